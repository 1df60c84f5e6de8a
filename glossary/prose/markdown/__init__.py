"""The Markdown that editors write, parsed into a tree; figures and links are found on that tree."""
