"""The placeholder in an issue's mail for each reader's own link.

The message is built once for all readers and the placeholder is replaced in its bytes, so it is
plain ASCII that no transfer encoding changes.
"""

# A link of signed_links: {SITE_URL}/u/{READER_LINK} is the page to unsubscribe, and
# {SITE_URL}/u/{READER_LINK}/preferences is for everything else.
READER_LINK = "READERLINK0READERLINK0READER"
