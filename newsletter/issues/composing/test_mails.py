"""Test mails of an issue: to a few chosen addresses, as readers will get it, with dead links."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.message import MIMEPart

from django.conf import settings
from django.core.mail.message import make_msgid
from django.utils import timezone

from newsletter.issues.composing.fingerprints import fingerprint
from newsletter.issues.composing.mail_contents import with_pictures, without_reader
from newsletter.issues.rendering import Picture, Rendered, render
from newsletter.mailing import messages
from newsletter.models import Issue, Suppression
from newsletter.values.addresses import address_key, on_the_wire

MOST_ADDRESSES = 5


@dataclass(frozen=True)
class Receipt:
    """What became of one address, in words for the editor; empty when its mail was taken."""

    address: str
    problem: str = ""


def send_test(issue: Issue, addresses: Iterable[str]) -> list[Receipt]:
    """Mail an issue as it is stored to a few addresses, which are kept nowhere.

    It counts as tested once one of them was taken by the mail server.
    """
    stored = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    tested = fingerprint(stored)
    rendered = render(stored)
    receipts = [_send(stored, rendered, address) for address in addresses]
    if any(not receipt.problem for receipt in receipts):
        # Not save(): a test mail is no edit, and history need not know of it.
        Issue.objects.filter(pk=issue.pk).update(
            tested_at=timezone.now(), tested_fingerprint=tested
        )
    return receipts


def _send(issue: Issue, rendered: Rendered, address: str) -> Receipt:
    if Suppression.objects.covering(address_key(address), issue.newsletter).exists():
        return Receipt(address, "nobody may write to this address: it is suppressed")
    try:
        messages.hand_over(_letter(issue, rendered, address))
    except messages.MailError as error:
        return Receipt(address, f"the mail server did not take it ({error})")
    return Receipt(address)


def _letter(issue: Issue, rendered: Rendered, address: str) -> messages.Letter:
    newsletter = issue.newsletter
    letter = messages.Letter(
        subject=f"[Test] {rendered.subject}",
        body=without_reader(rendered.text),
        from_email=messages.sender_of(newsletter),
        to=[on_the_wire(address)],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers={"Message-ID": make_msgid(domain=settings.SITE_HOST)},
    )
    html = with_pictures(rendered, issue, lambda picture: f"cid:{_content_id(picture)}")
    letter.attach_alternative(without_reader(html), "text/html")
    for picture in rendered.pictures:
        letter.attach(_attached(picture))
    return letter


def _attached(picture: Picture) -> MIMEPart:
    part = MIMEPart()
    part.set_content(
        picture.png,
        "image",
        "png",
        disposition="inline",
        filename=f"{picture.name}.png",
        cid=f"<{_content_id(picture)}>",
    )
    return part


def _content_id(picture: Picture) -> str:
    return f"{picture.name}@{settings.SITE_HOST}"
