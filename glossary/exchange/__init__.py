"""The glossary as files: spreadsheets, JSON and Markdown, out of the site and back into it."""
