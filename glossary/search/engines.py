"""The queries of search. No other module of search depends on the database.

Both databases index the same stems, made in Python: SQLite in an FTS5 table that triggers update,
PostgreSQL in generated tsvector columns. So both find and rank alike: by tier, then terms
before data before issues, then shorter titles, then the alphabet. This is SQL because a search runs
three queries, and building them in the ORM takes longer than running them.
"""

from collections.abc import Sequence
from enum import Enum, IntEnum

from django.db import connection

from glossary.search.words import Query

# Ranking all hits of a common word takes ten times as long at 100,000 terms. The parts of a query
# are given best first, and those after so many hits are not even looked for.
MOST_RANKED = 2_000
# The last word may be incomplete and matches as a prefix; one letter would match too much.
SHORTEST_PREFIX = 2
AFTER_ALL_LETTERS = "\U0010ffff"
# The key of the advisory lock of indexing; any number that nothing else uses.
INDEXING_LOCK = 5_271_009

Part = tuple[str, list[str | int]]


class Tier(IntEnum):
    """How well a page matches, best first. After a tier of headwords comes one of aliases."""

    EXACT = 0
    PLURAL = 2
    PREFIX = 4
    WORDS_OF_NAME = 6
    WORDS_OF_DEFINITION = 7
    WORDS_OF_EXPLANATION = 8


class Scope(Enum):
    """Where words are searched. Each scope includes the previous one.

    On PostgreSQL each has its own index: weights inside one index are read from every row found.
    """

    NAMES = "name_words"
    DEFINITIONS = "name_words definition_words"
    EVERYTHING = "name_words definition_words body_words"


def by_name(query: Query, most: int) -> list[int]:
    """Return the ids of entries whose names match, best first."""
    parts = [_exact_name(query), _prefix(query.key), _all_words(query.words, Scope.NAMES)]
    # A name may write two of the words as one: data center, Datacenter Cooling.
    parts += [_all_words(words, Scope.NAMES) for words in query.compounds.values()]
    # The title as typed first, because keys lose signs: C++, C*, (c).
    typed = ["".join(filter(str.isprintable, text.lower())) for text in (query.text, query.name)]
    same = "CASE WHEN LOWER(title) IN (%s, %s) THEN 0 ELSE 1 END,"
    return _ranked(parts, most, (same, [*typed]))


def by_text(query: Query, most: int) -> list[int]:
    """Return the ids of entries whose texts hold all the words.

    Entries with more of the words in their names come first; then definitions before explanations.
    Where MOST_RANKED definitions hold the words, explanations are not looked at.
    """
    parts = [_all_words(query.words, scope) for scope in (Scope.DEFINITIONS, Scope.EVERYTHING)]
    one = "CASE WHEN ' ' || name_words || ' ' LIKE %s THEN 1 ELSE 0 END"
    most_in_name = f"{' + '.join(one for _ in query.words)} DESC,"
    return _ranked(parts, most, (most_in_name, [f"% {word} %" for word in query.words]))


def by_most_words(words: Sequence[str], most: int) -> list[int]:
    """Return the ids of entries whose names contain the most of these stems, rare stems first."""
    parts: list[Part] = []
    for word in words:
        found, parameters = _matching([word], Scope.NAMES, is_prefix=False)
        parts.append((f"SELECT id, %s AS word FROM ({found}) AS whole", [word, *parameters]))  # noqa: S608
    union, parameters = _union(parts)
    weighed = f"""
        SELECT id, 1.0 / COUNT(*) OVER (PARTITION BY word) AS weight FROM ({union}) AS held
    """  # noqa: S608
    ranked = _in_order("COUNT(*)", weighed, "COUNT(*) DESC, SUM(weight) DESC")
    rows = _rows(ranked, [*parameters, most])
    return [pk for pk, held in rows if held == rows[0][1]]


def lock_indexing() -> None:
    """Keep other processes from indexing until this transaction ends."""
    if _is_postgresql():  # on SQLite transactions are IMMEDIATE: one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INDEXING_LOCK])


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _ranked(parts: Sequence[Part], most: int, before: Part = ("", [])) -> list[int]:
    """Run the parts as one query, ordered by `before` and then by tier."""
    union, parameters = _union(parts)
    # Both engines run the parts in their order, so that the better kinds are among these.
    best = f"SELECT * FROM ({union}) AS parts LIMIT {MOST_RANKED}"  # noqa: S608
    ranked = _in_order("MIN(tier)", best, f"{before[0]} MIN(tier)")
    return [pk for pk, _ in _rows(ranked, [*parameters, *before[1], most])]


def _union(parts: Sequence[Part]) -> Part:
    return " UNION ALL ".join(part for part, _ in parts), [one for _, all_ in parts for one in all_]


def _in_order(measure: str, found: str, order: str) -> str:
    # SQLite orders by code point, PostgreSQL only in its C collation.
    collation = 'COLLATE "C"' if _is_postgresql() else ""
    return f"""
        SELECT entry.id, {measure} FROM ({found}) AS found
        JOIN glossary_searchentry AS entry ON entry.id = found.id
        GROUP BY entry.id
        ORDER BY {order}, kind_position, title_length, title_key {collation}, entry.id LIMIT %s
    """  # noqa: S608 (made of constants; typed text is in the parameters)


def _rows(statement: str, parameters: list[str | int]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows


def _exact_name(query: Query) -> Part:
    """Select entries with exactly this name, then those with its singular or plural."""
    tier = f"CASE WHEN key = %s THEN {Tier.EXACT} ELSE {Tier.PLURAL} END"
    exact = f"""
        SELECT entry_id AS id, {tier} + CASE WHEN is_title THEN 0 ELSE 1 END AS tier
        FROM glossary_searchname WHERE key = %s OR stems = %s
    """  # noqa: S608
    return exact, [query.key, query.key, query.joined]


def _prefix(key: str) -> Part:
    """Select entries with a name that begins with the key, so that each engine uses its index."""
    if _is_postgresql():
        condition, parameters = "key LIKE %s", [f"{key}%"]
    else:
        condition, parameters = "key >= %s AND key < %s", [key, key + AFTER_ALL_LETTERS]
    statement = f"""
        SELECT entry_id AS id, CASE WHEN is_title THEN 0 ELSE 1 END + {Tier.PREFIX} AS tier
        FROM glossary_searchname WHERE {condition}
    """  # noqa: S608
    return statement, [*parameters]


def _all_words(words: Sequence[str], scope: Scope) -> Part:
    tier = Tier.WORDS_OF_NAME + list(Scope).index(scope)
    is_prefix = len(words[-1]) >= SHORTEST_PREFIX
    found, parameters = _matching(words, scope, is_prefix)
    alias = f"in_{scope.name.lower()}"
    return f"SELECT id, {tier} AS tier FROM ({found}) AS {alias}", parameters  # noqa: S608


def _matching(words: Sequence[str], scope: Scope, is_prefix: bool) -> Part:
    """Select entries that contain all stems, with `is_prefix` the last one as a prefix."""
    if _is_postgresql():
        # A cast, because to_tsquery would split and drop words that are split already.
        terms = " & ".join(f"'{word}'" for word in words) + (":*" if is_prefix else "")
        column = f"in_{scope.name.lower()}"
        found = f"SELECT id FROM glossary_searchentry WHERE {column} @@ %s::tsquery"  # noqa: S608
    else:
        # Quoted, because bare words may be operators. A stem has letters and digits only.
        quoted = " AND ".join(f'"{word}"' for word in words) + ("*" if is_prefix else "")
        terms = f"{{{scope.value}}} : ({quoted})"
        found = "SELECT rowid AS id FROM glossary_searchwords WHERE glossary_searchwords MATCH %s"
    return f"{found} LIMIT {MOST_RANKED}", [terms]
