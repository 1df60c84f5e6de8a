"""The one door for data: read, validate, compare, show what follows, accept or refuse."""
