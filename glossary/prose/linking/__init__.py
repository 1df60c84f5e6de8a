"""Links to terms in prose: found in the parsed text when names or texts change, then stored."""
