"""The newsletter in admin, one module for each aggregate."""

from newsletter.admin.held_signups import HeldSignupAdmin
from newsletter.admin.issues import IssueAdmin
from newsletter.admin.newsletters import NewsletterAdmin
from newsletter.admin.readers import ConsentEventAdmin, SubscriberAdmin
from newsletter.admin.returned_mail import MailEventAdmin
from newsletter.admin.suppressions import ReaderActionAdmin, SuppressionAdmin

__all__ = [
    "ConsentEventAdmin",
    "HeldSignupAdmin",
    "IssueAdmin",
    "MailEventAdmin",
    "NewsletterAdmin",
    "ReaderActionAdmin",
    "SubscriberAdmin",
    "SuppressionAdmin",
]
