"""The mail of an issue for editors: as readers will get it, without working reader links."""

from collections.abc import Callable, Iterable
from email.message import MIMEPart

from django.conf import settings
from django.core.mail.message import make_msgid
from django.utils import timezone

from config.site import absolute
from newsletter.issues.composing.reviewing import issue_fingerprint
from newsletter.issues.rendering import MailPicture, RenderedMail, render_mail
from newsletter.mailing import arming, messages
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Issue, Suppression
from newsletter.values.addresses import address_key, on_the_wire

MOST_ADDRESSES = 5
# Takes the place of a reader's own link; our pages answer that the link is invalid.
NOBODYS_LINK = "this-is-only-a-test"


def send_test_mails(issue: Issue, addresses: Iterable[str]) -> dict[str, str]:
    """Mail the stored issue to a few addresses, which are not stored.

    The issue counts as tested once the mail server accepts one of these mails. Returns for each
    address why its mail was not accepted, or "".
    """
    stored = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    tested = issue_fingerprint(stored)
    rendered = render_mail(stored)
    problems = {address: _send(stored, rendered, address) for address in addresses}
    if "" in problems.values():
        # Not save(): a test mail is not an edit, so history does not record it.
        Issue.objects.filter(pk=issue.pk).update(
            tested_at=timezone.now(), tested_fingerprint=tested
        )
    return problems


def editors_text(mail: RenderedMail) -> str:
    return mail.text.replace(READER_LINK, NOBODYS_LINK)


def editors_html(mail: RenderedMail, issue: Issue, address_of: Callable[[MailPicture], str]) -> str:
    """Return the HTML part with other addresses for its pictures.

    Only editors see a draft's pictures on the site, and neither their mail program nor a frame
    without an origin is logged in.
    """
    html = mail.html.replace(READER_LINK, NOBODYS_LINK)
    page = absolute(issue.get_absolute_url())
    for picture in mail.pictures:
        html = html.replace(f"{page}{picture.name}.png", address_of(picture))
    return html


def _send(issue: Issue, rendered: RenderedMail, address: str) -> str:
    if why := arming.reason_not_armed():
        return why
    if Suppression.objects.covering(address_key(address), issue.newsletter).exists():
        return "this address is suppressed, so we may not write to it"
    answer = messages.hand_over(_letter(issue, rendered, address))
    return "" if answer.is_accepted else f"the mail server did not accept it ({answer.said})"


def _letter(issue: Issue, rendered: RenderedMail, address: str) -> messages.Letter:
    letter = messages.Letter(
        subject=f"[Test] {rendered.subject}",
        body=editors_text(rendered),
        from_email=messages.sender_of(issue.newsletter),
        to=[on_the_wire(address)],
        reply_to=messages.reply_to(issue.newsletter),
        headers={"Message-ID": make_msgid(domain=settings.SITE_HOST)},
    )
    html = editors_html(rendered, issue, lambda picture: f"cid:{_content_id(picture)}")
    letter.attach_alternative(html, "text/html")
    for picture in rendered.pictures:
        part, file = MIMEPart(), f"{picture.name}.png"
        cid = f"<{_content_id(picture)}>"
        part.set_content(picture.png, "image", "png", disposition="inline", filename=file, cid=cid)
        letter.attach(part)
    return letter


def _content_id(picture: MailPicture) -> str:
    return f"{picture.name}@{settings.SITE_HOST}"
