"""The newsletter in admin, one module for each aggregate."""

from newsletter.admin import held_signups, issues, newsletters, readers, returned_mail, suppressions
