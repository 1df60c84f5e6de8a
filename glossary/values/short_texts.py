"""The beginning of a text, where a list has no room for all of it."""

import re

# A full stop behind a lone letter (U.S.) or before a small one (vs. two) ends nothing.
SENTENCE_END = re.compile(r"[;:](?= )|(?<!\b\w)\.(?= [^a-z])")
CLAUSE_END = re.compile(r",(?= )| [–—](?= )")
ELLIPSIS = "…"
# Words that a text does not end with.
LEADING_ON = re.compile(
    "(?: (?:after|an?|and|are|as|at|be|because|been|before|but|by|each|every|for|from|has|have|how|"
    "in|into|is|its|not|of|on|or|so|such|than|that|the|their|this|through|to|under|was|were|what|"
    "when|where|whether|which|while|who|whose|with|within|without))+$"
)


def head(text: str, most: int) -> str:
    """Return the text, or a beginning of at most `most` characters.

    It ends behind a sentence or clause, if that leaves a third of them, else behind a word, with an
    ellipsis.
    """
    if len(text) <= most:
        return text
    cut = text[: most + 1]
    for ends in (SENTENCE_END, CLAUSE_END):
        at = max((end.start() for end in ends.finditer(cut)), default=0)
        if at >= most // 3:
            return cut[:at]
    whole_words = cut.rpartition(" ")[0] or text[:most]
    return LEADING_ON.sub("", whole_words).rstrip(" ,;:–—") + ELLIPSIS
