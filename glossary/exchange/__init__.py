"""The glossary as files: spreadsheets, JSON and Markdown, exported and imported."""
