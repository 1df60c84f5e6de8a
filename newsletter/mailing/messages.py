"""Builds single mails, which a reader asked for, and hands them over to the mail server."""

import contextlib
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage as MimeMessage
from email.policy import Policy
from email.utils import formataddr
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import make_msgid
from django.template.loader import render_to_string

from newsletter.mailing import signed_links
from newsletter.mailing.backends import BackendConnection
from newsletter.mailing.headers import PlainHeaders
from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome
from newsletter.mailing.smtp.connection import Connection, Outgoing, as_data
from newsletter.mailing.smtp.opening import SmtpOptions, SmtpTimeouts, Unavailable
from newsletter.models import Newsletter, Subscription
from newsletter.values import addresses

EMPTY_LINES = re.compile(r"\n{3,}")


class Letter(EmailMultiAlternatives):
    """A message with the same bytes for every mail backend."""

    def message(self, *, policy: Policy | None = None) -> MimeMessage:
        # 7bit, because neither smtplib nor our client asks whether the server takes 8-bit content.
        linesep = policy.linesep if policy else email.policy.default.linesep
        return super().message(policy=PlainHeaders(linesep=linesep, cte_type="7bit"))


def build_letter(
    subscription: Subscription,
    subject: str,
    template: str,
    context: dict[str, Any],
    *,
    to: str = "",
    is_to_stranger: bool = False,
) -> Letter:
    """Build one mail to a subscription's address, or to `to`. It contains no visitor's text.

    A stranger's address may not be the subscriber's, so the mail has no link that acts on the
    subscription. Raises ValueError when it cannot be converted to bytes.
    """
    newsletter = subscription.newsletter
    leave_url = "" if is_to_stranger else signed_links.leave_url(subscription.pk)
    letter = Letter(
        subject=subject,
        from_email=sender_of(newsletter),
        to=[addresses.on_the_wire(to or subscription.subscriber.address)],
        reply_to=reply_to(newsletter),
        headers=_headers(leave_url),
    )
    filled = {
        "newsletter": newsletter,
        "site_url": settings.SITE_URL,
        "leave_url": leave_url,
        **context,
    }
    letter.body = text_part(template, filled)
    letter.attach_alternative(html_part(template, filled), "text/html")
    # Converted to bytes here, so that an error appears before the row is claimed.
    addresses.mailbox_of(letter.from_email)
    letter.message().as_bytes()
    return letter


def _headers(leave_url: str) -> dict[str, str]:
    headers = {
        "Message-ID": make_msgid(domain=settings.SITE_HOST),
        "Auto-Submitted": "auto-generated",  # RFC 3834: prevents out-of-office replies
    }
    if leave_url:
        headers["List-Unsubscribe"] = f"<{leave_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def html_part(template: str, context: dict[str, Any]) -> str:
    """Return a mail's HTML with inline styles: many mail programs ignore style sheets."""
    return _inliner().inline(render_to_string(f"newsletter/email/{template}.html", context))


def text_part(template: str, context: dict[str, Any]) -> str:
    """Return a mail's text without the empty lines that template tags leave."""
    text = render_to_string(f"newsletter/email/{template}.txt", context)
    return EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def hand_over(letter: Letter) -> Answer:
    """Hand one message over to the mail server, and return the outcome.

    The server has the timeout of MAILERS for each step, also after the final dot, because a page
    or the only worker waits.
    """
    options = SmtpOptions.from_mailer(settings.MAILERS["default"])
    try:
        prepared: Any = _as_outgoing(letter) if options else letter
    except Exception as error:  # without its text, which may contain an address
        text = f"building: {type(error).__name__}"
        return Answer(DeliveryOutcome.DEFERRED, text=text, is_ours=True)
    try:
        connection = _open(options)
    except Unavailable as error:  # a failure to connect has certainly delivered nothing
        return Answer(DeliveryOutcome.DEFERRED, text=error.reason, is_ours=True)
    answer = connection.hand_over(prepared)
    with contextlib.suppress(OSError):  # the server has answered for the message already
        connection.close()
    is_lost = answer.outcome is DeliveryOutcome.DEFERRED and not answer.code
    # The connection was lost before the message was whole: the next one would probably be, too.
    return replace(answer, is_ours=True) if is_lost else answer


def _as_outgoing(letter: Letter) -> Outgoing:
    """Build the message for our own client. Raises ValueError, or what its parts raise."""
    sender = addresses.on_the_wire(addresses.mailbox_of(letter.from_email))
    data = as_data(letter.message(policy=email.policy.SMTP).as_bytes())
    return Outgoing(sender, letter.to[0], data)


def _open(options: SmtpOptions | None) -> Connection | BackendConnection:
    if options is None:
        return BackendConnection("default", is_single=True)
    timeouts = SmtpTimeouts(*[options.timeout] * 5)  # all but the farewell
    return Connection.open(replace(options, timeouts=timeouts))


def sender_of(newsletter: Newsletter) -> str:
    if newsletter.from_address:
        return formataddr((newsletter.name, addresses.on_the_wire(newsletter.from_address)))
    return addresses.line_on_the_wire(settings.DEFAULT_FROM_EMAIL)


def reply_to(newsletter: Newsletter) -> list[str] | None:
    return [addresses.on_the_wire(newsletter.reply_to)] if newsletter.reply_to else None


@cache
def _inliner() -> css_inline.CSSInliner:
    # Rules for dark mode cannot be inlined, so they stay in a style element.
    return css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
