"""Faults put into the code by hand of a seed, to see which of them the suite sees."""
