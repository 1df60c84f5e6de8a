"""Search over everything public, ranked alike on SQLite and PostgreSQL.

Exact headword, exact alias, how a name begins, words of the names, then of the definition, then of
the explanation. When no name fits, names that resemble what was typed; when no text does either,
names that hold most of its words. `indexing` keeps the table in step with terms, series and issues;
`engines` is all that knows which database it is; `words`, `marking` and `plain` are pure.
"""

from glossary.search.indexing import (
    SEARCH_SOURCES,
    Page,
    SearchSource,
    after_commit,
    refresh,
    refresh_all,
)
from glossary.search.results import Found, find, offers, suggest

__all__ = [
    "SEARCH_SOURCES",
    "Found",
    "Page",
    "SearchSource",
    "after_commit",
    "find",
    "offers",
    "refresh",
    "refresh_all",
    "suggest",
]
