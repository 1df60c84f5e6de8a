"""Search over everything public, ranked alike on SQLite and PostgreSQL.

Exact headwords come first, then exact aliases, names that begin with the query, words of names, of
definitions, of explanations. When no name matches, similar names are offered; when no text matches
either, names with most of the words. `indexing` updates the table from terms, series and issues;
only `engines` depends on the database; `words` and `highlights` are pure.
"""

from glossary.search.indexing import (
    SEARCH_SOURCES,
    SearchPage,
    SearchSource,
    after_commit,
    refresh,
    refresh_all,
    refresh_changed,
)
from glossary.search.results import Results, find, offers, suggestions
