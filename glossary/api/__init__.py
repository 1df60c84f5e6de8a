"""What programs read: twins of terms, JSON-LD, social cards, and what there is to read."""
