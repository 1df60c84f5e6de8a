"""Fetching files from publishers, and from public addresses only."""
