"""The beginning of a text, where a list has no room for all of it."""

import re

CLAUSE_END = re.compile("[,;:.](?= )")
# Words that a text does not end with.
LEADING_ON = re.compile(
    "(?: (?:an?|and|as|at|because|by|for|from|in|into|is|of|on|or|so|such|than|that|the|their|to|"
    "which|who|whose|with))+$"
)


def head(text: str, most: int) -> str:
    """Return the text, or a beginning of at most `most` characters.

    It ends behind a clause, if that leaves half of them, else behind a word.
    """
    if len(text) <= most:
        return text
    cut = text[: most + 1]
    clause = max((end.start() for end in CLAUSE_END.finditer(cut)), default=0)
    if clause >= most // 2:
        return cut[:clause]
    whole_words = cut.rpartition(" ")[0] or text[:most]
    return LEADING_ON.sub("", whole_words).rstrip(" ,;:")
