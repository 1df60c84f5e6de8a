"""Whether a term's name in a text is a link and why not: decided by linking, stored by models."""

from enum import StrEnum

LONGEST_MENTION = 300  # characters of a text, from the first word of a name to its last


class MentionState(StrEnum):
    LINKED = "linked"
    CROWDED = "crowded"
    HEADING = "heading"
    QUOTE = "quote"
    FLAGGED = "flagged"
    FORBIDDEN = "forbidden"


# Not linked for a reason that an editor can change; a forbidden link is intended.
UNLINKED = (MentionState.CROWDED, MentionState.HEADING, MentionState.QUOTE, MentionState.FLAGGED)
