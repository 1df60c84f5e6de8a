"""The questions search asks of the database; nothing else of it knows which one that is.

Both index the same stems, made in Python: SQLite in an FTS5 table kept in step by triggers,
PostgreSQL in generated tsvector columns. So both find the same, and rank it the same: by tier, then
terms before data before issues, then shorter titles, then the alphabet. Written as SQL, because a
search asks three times and putting such queries together in the ORM takes longer than running them.
"""

from collections.abc import Sequence
from enum import Enum, IntEnum

from django.db import connection

from glossary.search.words import Query

# Ranking all hits of a common word takes ten times as long at 100,000 terms, for pages nobody
# turns to.
MOST_RANKED = 2_000
# A last word that is still being typed stands for all that begin so; one letter says too little.
SHORTEST_BEGINNING = 2
AFTER_ALL_LETTERS = "\U0010ffff"
# Any number of our own, for those who renew entries to wait for one another.
RENEWING = 5_271_009

Part = tuple[str, list[str | int]]


class Tier(IntEnum):
    """How well a page fits; those of its name have two each, for headword and alias."""

    SPELLED_SO = 0
    BUT_FOR_PLURAL = 2
    BEGINS_SO = 4
    WORDS_OF_NAME = 6
    WORDS_OF_DEFINITION = 7
    WORDS_OF_EXPLANATION = 8


class Scope(Enum):
    """Where words are looked for. Each scope holds the one before it and is an index of its own on
    PostgreSQL: a weight inside one index would be looked up in the row of every hit."""

    NAMES = "name_words"
    DEFINITIONS = "name_words definition_words"
    EVERYTHING = "name_words definition_words body_words"


def named(query: Query, most: int) -> list[int]:
    """Return the entries whose names fit, best first."""
    return _ranked([_called(query), _beginning(query.key), _told(query, Scope.NAMES)], most)


def told(query: Query, most: int) -> list[int]:
    """Return the entries whose texts hold all the words: those first whose names hold the most of
    them, then those whose definition does."""
    parts = [_told(query, Scope.DEFINITIONS), _told(query, Scope.EVERYTHING)]
    return _ranked(parts, most, _so_many_in_name(query.words))


def holding_most(words: Sequence[str], most: int) -> list[int]:
    """Return the entries whose names hold as many of these stems as any does, rare ones first."""
    parts = [_holding(word) for word in words]
    union, parameters = _union(parts)
    weighed = f"""
        SELECT id, 1.0 / COUNT(*) OVER (PARTITION BY word) AS weight FROM ({union}) AS held
    """  # noqa: S608
    ranked = _in_order("COUNT(*)", weighed, "COUNT(*) DESC, SUM(weight) DESC")
    rows = _rows(ranked, [*parameters, most])
    return [pk for pk, held in rows if held == rows[0][1]]


def wait_for_others() -> None:
    """Let no other process renew entries until this transaction ends."""
    if _is_postgresql():  # on SQLite a transaction that writes is alone from its beginning
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RENEWING])


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _ranked(parts: Sequence[Part], most: int, before: Part = ("", [])) -> list[int]:
    """Ask for what any of the parts finds, ordered by tier, or by what is to come `before` it."""
    union, parameters = _union(parts)
    ranked = _in_order("MIN(tier)", union, f"{before[0]} MIN(tier)")
    return [pk for pk, _ in _rows(ranked, [*parameters, *before[1], most])]


def _union(parts: Sequence[Part]) -> Part:
    return " UNION ALL ".join(part for part, _ in parts), [one for _, all_ in parts for one in all_]


def _in_order(measure: str, found: str, order: str) -> str:
    # SQLite orders by code point anyway, PostgreSQL only in its C collation.
    collation = 'COLLATE "C"' if _is_postgresql() else ""
    return f"""
        SELECT entry.id, {measure} FROM ({found}) AS found
        JOIN glossary_searchentry AS entry ON entry.id = found.id
        GROUP BY entry.id
        ORDER BY {order}, kind_position, title_length, title_key {collation}, entry.id LIMIT %s
    """  # noqa: S608 (made of constants; what was typed is in the parameters)


def _rows(asked: str, parameters: list[str | int]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(asked, parameters)
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows


def _so_many_in_name(words: Sequence[str]) -> Part:
    """Order by how many of the words stand in the names, most first."""
    one = "CASE WHEN ' ' || name_words || ' ' LIKE %s THEN 1 ELSE 0 END"
    return f"{' + '.join(one for _ in words)} DESC,", [f"% {word} %" for word in words]


def _holding(word: str) -> Part:
    """Those whose names hold one stem, as a whole word."""
    found, parameters = _matching([word], Scope.NAMES, begins=False)
    return f"SELECT id, %s AS word FROM ({found}) AS whole", [word, *parameters]  # noqa: S608


def _called(query: Query) -> Part:
    """Those of exactly this name: as it is spelled, then but for a plural."""
    tier = f"CASE WHEN key = %s THEN {Tier.SPELLED_SO} ELSE {Tier.BUT_FOR_PLURAL} END"
    exact = f"""
        SELECT entry_id AS id, {tier} + CASE WHEN is_title THEN 0 ELSE 1 END AS tier
        FROM glossary_searchname WHERE key = %s OR stems = %s
    """  # noqa: S608
    return exact, [query.key, query.key, query.joined]


def _beginning(key: str) -> Part:
    """Those with a name that begins so, asked in the way that the engine answers from its index."""
    if _is_postgresql():
        condition, parameters = "key LIKE %s", [f"{key}%"]
    else:
        condition, parameters = "key >= %s AND key < %s", [key, key + AFTER_ALL_LETTERS]
    begins = f"""
        SELECT * FROM (
            SELECT entry_id AS id, CASE WHEN is_title THEN 0 ELSE 1 END + {Tier.BEGINS_SO} AS tier
            FROM glossary_searchname WHERE {condition} LIMIT {MOST_RANKED}
        ) AS begins
    """  # noqa: S608
    return begins, [*parameters]


def _told(query: Query, scope: Scope) -> Part:
    tier = Tier.WORDS_OF_NAME + list(Scope).index(scope)
    begins = len(query.words[-1]) >= SHORTEST_BEGINNING
    found, parameters = _matching(query.words, scope, begins)
    alias = f"in_{scope.name.lower()}"
    return f"SELECT id, {tier} AS tier FROM ({found}) AS {alias}", parameters  # noqa: S608


def _matching(words: Sequence[str], scope: Scope, begins: bool) -> Part:
    """Ask for entries that hold all stems, with `begins` the last as the beginning of a word."""
    return (_in_tsvector if _is_postgresql() else _in_fts5)(words, scope, begins)


def _in_fts5(words: Sequence[str], scope: Scope, begins: bool) -> Part:
    # Quoted, because bare words may be operators; letters and digits hold no quote.
    terms = " AND ".join(f'"{word}"' for word in words) + ("*" if begins else "")
    found = "SELECT rowid AS id FROM glossary_searchwords WHERE glossary_searchwords MATCH %s"
    return f"{found} LIMIT {MOST_RANKED}", [f"{{{scope.value}}} : ({terms})"]


def _in_tsvector(words: Sequence[str], scope: Scope, begins: bool) -> Part:
    # Cast, not to_tsquery: its parser would split and drop what was split here already.
    terms = " & ".join(f"'{word}'" for word in words) + (":*" if begins else "")
    column = f"in_{scope.name.lower()}"
    found = f"SELECT id FROM glossary_searchentry WHERE {column} @@ %s::tsquery"  # noqa: S608
    return f"{found} LIMIT {MOST_RANKED}", [terms]
