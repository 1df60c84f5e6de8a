"""What a development machine has in place of the world outside."""
