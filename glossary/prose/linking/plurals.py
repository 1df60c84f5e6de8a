"""English plurals and singulars of names, enough for a glossary.

Wrong plurals of real words ("epoches") do no harm, because no text contains them. A form that is
another word does ("economic" for economics), so only clear plurals get a singular.
"""

from collections.abc import Iterator

IRREGULAR = {
    "analysis": ("analyses",), "antenna": ("antennas", "antennae"),
    "appendix": ("appendices", "appendixes"), "automaton": ("automata", "automatons"),
    "axis": ("axes",), "basis": ("bases",), "calf": ("calves",), "child": ("children",),
    "codex": ("codices",), "consortium": ("consortia", "consortiums"),
    "corpus": ("corpora", "corpuses"), "crisis": ("crises",), "criterion": ("criteria",),
    "curriculum": ("curricula", "curriculums"), "datum": ("data",),
    "diagnosis": ("diagnoses",), "equilibrium": ("equilibria", "equilibriums"),
    "focus": ("foci", "focuses"), "foot": ("feet",), "formula": ("formulas", "formulae"),
    "half": ("halves",), "hypothesis": ("hypotheses",), "index": ("indices", "indexes"),
    "knife": ("knives",), "leaf": ("leaves",), "life": ("lives",), "locus": ("loci",),
    "man": ("men",), "matrix": ("matrices", "matrixes"), "maximum": ("maxima", "maximums"),
    "medium": ("media", "mediums"), "memorandum": ("memoranda", "memorandums"),
    "minimum": ("minima", "minimums"), "moratorium": ("moratoria", "moratoriums"),
    "mouse": ("mice",), "nucleus": ("nuclei",), "optimum": ("optima", "optimums"),
    "person": ("people", "persons"),
    "phenomenon": ("phenomena",), "quantum": ("quanta",), "quiz": ("quizzes",),
    "radius": ("radii", "radiuses"), "referendum": ("referenda", "referendums"),
    "schema": ("schemas", "schemata"), "self": ("selves",), "shelf": ("shelves",),
    "spectrum": ("spectra", "spectrums"), "stimulus": ("stimuli",), "synthesis": ("syntheses",),
    "thesis": ("theses",), "thief": ("thieves",), "vertex": ("vertices", "vertexes"),
    "wife": ("wives",), "wolf": ("wolves",), "woman": ("women",), "workman": ("workmen",),
}  # fmt: skip
SINGULARS = {plural: one for one, plurals in IRREGULAR.items() for plural in plurals}
# Plurals without a singular, or with one that is another word: futures, commons.
ONLY_PLURAL = {
    "commons", "economics", "futures", "goods", "headquarters", "means", "news", "securities",
    "savings", "series", "species", "windows",
}  # fmt: skip
# Without a plural: that form would be a verb ("it computes") or no word.
NOT_COUNTED = {"compute", "data", "hardware", "information", "software", "research", "equipment"}
NO_PLURALS = ("ss", "us", "is", "ics")
SINGULAR_IN_S = {"alias", "atlas", "bias", "canvas", "chaos", "cosmos", "gas", "lens"}
# The word before the first of these may be plural: costs of capital, humans in the loop.
LINKING_WORDS = {"of", "in", "for", "per", "from", "to", "with", "by", "on", "at", "as"}


def other_numbers(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a name's words with its head, or its last word, in the other number."""
    heads = [at - 1 for at, word in enumerate(words) if at and word.lower() in LINKING_WORDS][:1]
    for at in {len(words) - 1, *heads}:
        for word in other_number(words[at]):
            yield (*words[:at], word, *words[at + 1 :])


def other_number(word: str) -> tuple[str, ...]:
    """Return the plurals of a singular or the singulars of a plural, in the word's own case.

    >>> other_number("GPU"), other_number("agency"), other_number("Weights")
    (('GPUs',), ('agencies',), ('Weight',))
    """
    low = word.lower()
    if not word[-1:].isalnum() or not low.isascii() or low in ONLY_PLURAL | NOT_COUNTED:
        return ()
    if word[-1].isupper() or word[-1].isdigit():
        return (f"{word}s", f"{word}es") if low.endswith(("s", "x")) else (f"{word}s",)
    if len(word) == 1:
        return ()
    if low in IRREGULAR:
        return tuple(_in_case(word, plural) for plural in IRREGULAR[low])
    if low in SINGULARS:
        return (_in_case(word, SINGULARS[low]),)
    if word[-2:-1].isupper() and word.endswith("s"):
        return (word[:-1],)  # GPUs
    if low.endswith("s") and not low.endswith(NO_PLURALS) and low not in SINGULAR_IN_S:
        return tuple(_singulars(word))
    return _plurals(word)


def _in_case(word: str, other: str) -> str:
    return other.capitalize() if word[0].isupper() else other


def _plurals(word: str) -> tuple[str, ...]:
    low = word.lower()
    if low.endswith("ics"):
        return ()
    if low.endswith("y") and low[-2] not in "aeiou":
        return (f"{word[:-1]}ies",)
    if low.endswith("ch"):
        return (f"{word}es", f"{word}s")  # batches, epochs
    if low.endswith(("s", "x", "z", "sh")):
        return (f"{word}es",)
    if low.endswith("o"):
        return (f"{word}s", f"{word}es")  # studios, embargoes
    return (f"{word}s",)


def _singulars(word: str) -> Iterator[str]:
    low = word.lower()
    if low.endswith("ies") and len(word) > 4:
        yield f"{word[:-3]}y"
        yield word[:-1]  # cookies
    elif low.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        yield word[:-2]  # losses
        yield word[:-1]  # licenses
    else:
        yield word[:-1]
