"""The newsletter in admin, one module for each aggregate."""

from newsletter.admin import issues, readers, returned_mail, suppressions
