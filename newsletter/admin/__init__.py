"""The newsletter in admin, one module for each aggregate."""

from newsletter.admin.issues import IssueAdmin
from newsletter.admin.newsletters import NewsletterAdmin
from newsletter.admin.readers import ConsentEventAdmin, SubscriberAdmin, SuppressionAdmin

__all__ = [
    "ConsentEventAdmin",
    "IssueAdmin",
    "NewsletterAdmin",
    "SubscriberAdmin",
    "SuppressionAdmin",
]
