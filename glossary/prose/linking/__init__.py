"""Links to terms inside prose: found on the parsed text when names or texts change, then stored."""
