"""What became of a term's name in a text, as models store it and linking decides it."""

from enum import StrEnum

LONGEST_MENTION = 300  # characters of a text, from the first word of a name to its last


class MentionState(StrEnum):
    LINKED = "linked"
    CROWDED = "crowded"
    HEADING = "heading"
    QUOTE = "quote"
    FLAGGED = "flagged"
    FORBIDDEN = "forbidden"


# Left unlinked for a reason an editor can change; one that was forbidden is as it should be.
UNLINKED = (
    MentionState.CROWDED,
    MentionState.HEADING,
    MentionState.QUOTE,
    MentionState.FLAGGED,
)
