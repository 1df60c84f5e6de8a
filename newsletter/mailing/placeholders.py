"""Marks in an issue's mail where each reader's own text goes.

The message is built once for all readers and the marks in its bytes are replaced, so a mark is
plain ASCII that no transfer encoding changes, in one piece as long as its line is short.
"""

# The signed link of newsletter.mailing.signed_links: {SITE_URL}/u/{READER_LINK} leaves,
# {SITE_URL}/u/{READER_LINK}/preferences is for everything else.
READER_LINK = "READERLINK0READERLINK0READER"
