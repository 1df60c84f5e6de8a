"""Single mails to one reader, which somebody asked for: built here, and handed over here."""

import contextlib
import email.policy
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage as MimeMessage
from email.policy import EmailPolicy, Policy
from email.utils import formataddr
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.message import make_msgid
from django.template.loader import render_to_string

from newsletter import addresses, links
from newsletter.models import Newsletter, Subscription

# A mailbox provider must read these whole.
UNBROKEN = {"list-unsubscribe", "list-unsubscribe-post", "message-id"}


class MailError(Exception):
    """A message was not handed over, for a reason without addresses in it.

    `may_retry`: nothing reached the reader, and another time may do. `is_ours`: it is the mail
    server or our settings, so the next message would fail as well.
    """

    def __init__(self, reason: str, *, may_retry: bool, is_ours: bool = False) -> None:
        super().__init__(reason)
        self.may_retry = may_retry
        self.is_ours = is_ours


class UnbrokenHeaders(EmailPolicy):
    """Python folds a header of more than 78 columns that has no space by encoding it.

    A List-Unsubscribe header that arrives as =?utf-8?q?…?= is a button nobody can press. RFC 5322
    (2.1.1) recommends 78 columns, and allows 998.
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in UNBROKEN:
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in UNBROKEN:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


class Letter(EmailMultiAlternatives):
    """A message that is the same bytes on every way out."""

    def message(self, *, policy: Policy | None = None) -> MimeMessage:
        # 7bit: smtplib does not ask whether the server takes eight.
        linesep = policy.linesep if policy else email.policy.default.linesep
        return super().message(policy=UnbrokenHeaders(linesep=linesep, cte_type="7bit"))


@dataclass(frozen=True)
class Content:
    """What differs between our mails: the subject, the template's name and its context."""

    subject: str
    template: str
    context: dict[str, Any]


def build(subscription: Subscription, content: Content, to: str = "") -> Letter:
    """Build one mail to a subscription's address, or to `to`. No text of a visitor's goes in."""
    newsletter = subscription.newsletter
    leave_url = links.leave_url(subscription.pk)
    context = {"newsletter": newsletter, "site_url": settings.SITE_URL, "leave_url": leave_url}
    context |= content.context
    letter = Letter(
        subject=content.subject,
        body=render_to_string(f"newsletter/email/{content.template}.txt", context),
        from_email=_from(newsletter),
        to=[addresses.on_the_wire(to or subscription.subscriber.address)],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers=_headers(leave_url),
    )
    html = render_to_string(f"newsletter/email/{content.template}.html", context)
    letter.attach_alternative(_inliner().inline(html), "text/html")
    return letter


def hand_over(letter: Letter) -> None:
    """Give one message to the mail server. Raises MailError.

    Connecting comes first and apart: whatever fails there has surely delivered nothing.
    """
    mailer = mailers.default
    try:
        mailer.open()
    except OSError as error:  # smtplib's errors are all OSErrors
        raise MailError(f"connecting: {_named(error)}", may_retry=True, is_ours=True) from None
    try:
        mailer.send_messages([letter])
    except OSError as error:
        raise _as_mail_error(error) from None
    finally:
        # The server has said what becomes of the message; its farewell changes nothing.
        with contextlib.suppress(OSError):
            mailer.close()


def _headers(leave_url: str) -> dict[str, str]:
    return {
        "Message-ID": make_msgid(domain=settings.SITE_HOST),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies to this
        "List-Unsubscribe": f"<{leave_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _from(newsletter: Newsletter) -> str:
    if newsletter.from_address:
        return formataddr((newsletter.name, newsletter.from_address))
    return settings.DEFAULT_FROM_EMAIL


def _as_mail_error(error: OSError) -> MailError:
    """Map what smtplib raised to whether to retry. Its own text holds addresses, so it goes."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return MailError(f"recipient: {codes}", may_retry=all(400 <= code < 500 for code in codes))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return MailError(f"sender: {error.smtp_code}", may_retry=True, is_ours=True)
    if isinstance(error, smtplib.SMTPResponseException):
        is_temporary = 400 <= error.smtp_code < 500
        return MailError(f"answer: {error.smtp_code}", may_retry=is_temporary)
    # The connection broke: perhaps before the message was taken, perhaps just after.
    return MailError(f"unknown: {_named(error)}", may_retry=False)


def _named(error: OSError) -> str:
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


@cache
def _inliner() -> css_inline.CSSInliner:
    # Rules for dark mode cannot be inlined, so they stay in their style element.
    return css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
