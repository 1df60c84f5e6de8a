"""The newsletter in admin, one module for each aggregate."""

from newsletter.admin import issues, newsletters, readers, returned_mail, suppressions
