"""Admin pages of the glossary, one module per aggregate."""

from glossary.admin.link_health import CheckedAddressAdmin
from glossary.admin.people import AboutTextAdmin, PersonAdmin
from glossary.admin.series import FetchAdmin, ReleaseAdmin, SeriesAdmin, SourceAdmin
from glossary.admin.terms import CategoryAdmin, FormerSlugAdmin, TermAdmin
from glossary.admin.versions import HistoryAdmin

__all__ = [
    "AboutTextAdmin",
    "CategoryAdmin",
    "CheckedAddressAdmin",
    "FetchAdmin",
    "FormerSlugAdmin",
    "HistoryAdmin",
    "PersonAdmin",
    "ReleaseAdmin",
    "SeriesAdmin",
    "SourceAdmin",
    "TermAdmin",
]
