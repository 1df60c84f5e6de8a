"""Public pages of the glossary, by aggregate: terms, series, search."""

from glossary.views import series, terms
from glossary.views.terms import not_found
