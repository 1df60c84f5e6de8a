"""Single mails to one reader, each asked for: built and handed over here."""

import contextlib
import email.policy
import re
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

from newsletter.mailing import signed_links
from newsletter.mailing.smtp import is_about_us
from newsletter.models import Newsletter, Subscription
from newsletter.values import addresses

# A mailbox provider must read these whole.
UNBROKEN = {
    "list-unsubscribe", "list-unsubscribe-post", "list-id", "list-archive", "feedback-id",
    "message-id",
}  # fmt: skip
EMPTY_LINES = re.compile(r"\n{3,}")


class MailError(Exception):
    """A message was not handed over, for a reason without addresses in it.

    `may_retry`: nothing reached the reader, and another time may do. `is_ours`: it is the mail
    server, our settings or our reputation, so the reader is not to blame, and the next message
    would most likely fail as well.
    """

    def __init__(self, reason: str, *, may_retry: bool, is_ours: bool = False) -> None:
        super().__init__(reason)
        self.may_retry = may_retry
        self.is_ours = is_ours


class UnbrokenHeaders(EmailPolicy):
    """Python folds a header of more than 78 columns that has no space by encoding it.

    A List-Unsubscribe header that arrives as =?utf-8?q?…?= is a button that does nothing. RFC 5322
    (2.1.1) recommends 78 columns, and allows 998.
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in UNBROKEN:
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

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
    """Build one mail to a subscription's address, or to `to`. No text of a visitor's goes in.

    Raises ValueError when it cannot be put into bytes.
    """
    letter = _letter(subscription, content, to or subscription.subscriber.address)
    leave_url = signed_links.leave_url(subscription.pk)
    letter.extra_headers |= {
        "List-Unsubscribe": f"<{leave_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return _with_text(letter, subscription, content, leave_url)


def build_for_stranger(subscription: Subscription, content: Content, to: str) -> Letter:
    """Build one mail to an address that has not proved to be the subscriber's.

    Whoever reads it gets no link that acts on the subscription.
    """
    return _with_text(_letter(subscription, content, to), subscription, content, "")


def html_part(template: str, context: dict[str, Any]) -> str:
    """Return a mail's HTML, each style in its element: many mail programs read no style sheet."""
    return _inliner().inline(render_to_string(f"newsletter/email/{template}.html", context))


def text_part(template: str, context: dict[str, Any]) -> str:
    """Return a mail's text, without the empty lines that a template's tags leave behind."""
    text = render_to_string(f"newsletter/email/{template}.txt", context)
    return EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def hand_over(letter: Letter) -> None:
    """Give one message to the mail server. Raises MailError.

    Connecting comes first and apart: a failure there has surely delivered nothing.
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
    except Exception as error:
        # Not of the network, so it was raised while the message was put together. Its text may
        # hold an address.
        raise MailError(f"building: {_named(error)}", may_retry=True, is_ours=True) from None
    finally:
        # The server has said what becomes of the message; its farewell changes nothing.
        with contextlib.suppress(OSError):
            mailer.close()


def _letter(subscription: Subscription, content: Content, to: str) -> Letter:
    newsletter = subscription.newsletter
    return Letter(
        subject=content.subject,
        from_email=sender_of(newsletter),
        to=[addresses.on_the_wire(to)],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers={
            "Message-ID": make_msgid(domain=settings.SITE_HOST),
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies to this
        },
    )


def _with_text(
    letter: Letter, subscription: Subscription, content: Content, leave_url: str
) -> Letter:
    context = {
        "newsletter": subscription.newsletter,
        "site_url": settings.SITE_URL,
        "leave_url": leave_url,
        **content.context,
    }
    letter.body = text_part(content.template, context)
    letter.attach_alternative(html_part(content.template, context), "text/html")
    # Tried now: what cannot be put into bytes must not be found out once the row is claimed.
    addresses.mailbox_of(letter.from_email)
    letter.message().as_bytes()
    return letter


def sender_of(newsletter: Newsletter) -> str:
    if newsletter.from_address:
        return formataddr((newsletter.name, addresses.on_the_wire(newsletter.from_address)))
    return addresses.line_on_the_wire(settings.DEFAULT_FROM_EMAIL)


def _as_mail_error(error: OSError) -> MailError:
    """Map what smtplib raised to whether to retry. Its own text holds addresses, so it goes."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
        return _refused("recipient", f"{[code for code, _ in answers]}", answers)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return MailError(f"sender: {error.smtp_code}", may_retry=True, is_ours=True)
    if isinstance(error, smtplib.SMTPResponseException):
        answer = (error.smtp_code, error.smtp_error)
        return _refused("answer", f"{error.smtp_code}", [answer])
    # The connection broke: perhaps before the message was taken, perhaps just after.
    return MailError(f"unknown: {_named(error)}", may_retry=False)


def _refused(step: str, codes: str, answers: list[tuple[int, Any]]) -> MailError:
    if any(is_about_us(code, text) for code, text in answers):
        return MailError(f"{step}: {codes} by policy", may_retry=True, is_ours=True)
    is_temporary = all(400 <= code < 500 for code, _ in answers)
    return MailError(f"{step}: {codes}", may_retry=is_temporary)


def _named(error: Exception) -> str:
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


@cache
def _inliner() -> css_inline.CSSInliner:
    # Rules for dark mode cannot be inlined, so they stay in their style element.
    return css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
