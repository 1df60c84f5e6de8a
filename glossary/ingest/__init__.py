"""Every import of data: read, validate, compare, show what would change, accept or refuse."""
