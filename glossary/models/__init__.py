from glossary.models.incoming import Fetch, Upload
from glossary.models.series import (
    FigureUse,
    Observation,
    Release,
    Series,
    Source,
    State,
    TermSeries,
)
from glossary.models.terms import Alias, Category, Citation, FormerSlug, Relation, Term

__all__ = [
    "Alias",
    "Category",
    "Citation",
    "Fetch",
    "FigureUse",
    "FormerSlug",
    "Observation",
    "Relation",
    "Release",
    "Series",
    "Source",
    "State",
    "Term",
    "TermSeries",
    "Upload",
]
