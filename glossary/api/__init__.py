"""What programs read: twins of terms, JSON-LD, social cards, feeds, and descriptions of these."""
