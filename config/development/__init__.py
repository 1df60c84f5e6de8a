"""Replacements for mail servers on a development machine."""
