"""`make validate`: checks our output for programs with independent validators."""
