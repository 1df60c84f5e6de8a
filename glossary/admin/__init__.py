"""Admin pages of the glossary, one module per aggregate."""

from glossary.admin.link_health import CheckedAddressAdmin
from glossary.admin.series import FetchAdmin, ReleaseAdmin, SeriesAdmin, SourceAdmin
from glossary.admin.terms import CategoryAdmin, FormerSlugAdmin, TermAdmin
from glossary.admin.versions import HistoryAdmin, LookOnly

__all__ = [
    "CategoryAdmin",
    "CheckedAddressAdmin",
    "FetchAdmin",
    "FormerSlugAdmin",
    "HistoryAdmin",
    "LookOnly",
    "ReleaseAdmin",
    "SeriesAdmin",
    "SourceAdmin",
    "TermAdmin",
]
