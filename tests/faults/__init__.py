"""Mutation testing: puts seeded faults into the code to see which ones the tests detect."""
