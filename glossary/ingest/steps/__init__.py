"""How a publisher's file becomes a series: named steps from a table to a table, read in order."""
