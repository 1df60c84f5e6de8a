"""What a development machine uses in place of other servers."""
