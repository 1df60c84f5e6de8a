"""What each reader receives, parsed from the bytes by code that did not write them."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Subscription
from newsletter.sending import launch
from tests import raw_mail
from tests.builders import make_data_point, make_series, make_subscription, release
from tests.newsletter.sending.conftest import make_due_issue, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

READERS = ("ann@example.org", "bob@two.example", "cyn@bücher.example")
SITE = "http://127.0.0.1:8000"
ONCE = (
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive", "Feedback-ID", "Precedence",
)  # fmt: skip
# Long lines, several scripts, and lines that begin with what a mail server may interpret.
INTRO = (
    """“Größe” – 人工智能: {{ compute | latest }}.

.A line with a dot.

From one to the next. """
    + "a-word-that-never-ends-" * 60
)


@pytest.fixture
def mails(relay):
    """Send one issue with everything in it to three readers; return {recipient: message}."""
    series = make_series("compute")
    release(series, "2022,10 2023,12 2024,15 2025,40")
    for address in READERS:
        make_subscription(address)
    issue = make_due_issue(intro=INTRO, preheader="Größe, three times")
    make_data_point(
        issue, 2, series=series, comment="More — *much* more [in detail](https://epoch.ai/data)."
    )
    issue.newsletter.postal_address = "1 Main St <&>\nSpringfield"
    issue.newsletter.save()
    launch.start_issue(issue)
    assert work_off(issue).status == "sent"
    return {taken.recipient: raw_mail.read(taken.content) for taken in relay.taken}


def texts(mail):
    """Return the plain text and the HTML of a message that has exactly these two parts."""
    assert mail["Content-Type"].startswith("multipart/alternative")
    plain, html = mail.parts
    assert plain["Content-Type"].startswith("text/plain")
    assert html["Content-Type"].startswith("text/html")
    return plain.text, html.text


def own_link(mail):
    return mail["List-Unsubscribe"].split(">")[0].removeprefix("<")


MARK = f"{SITE}/static/mark-48.png"


class Addresses(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.links, self.pictures = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "a" and "href" in found and not found["href"].startswith("#"):
            self.links.append(found["href"])
        if tag == "img" and found["src"] != MARK:
            assert found["alt"]
            self.pictures.append(found["src"])
        if tag == "source":
            self.pictures.append(found["srcset"])


def test_each_reader_has_a_message_with_two_parts_and_every_header_once(mails):
    assert set(mails) == {"ann@example.org", "bob@two.example", "cyn@xn--bcher-kva.example"}
    for recipient, mail in mails.items():
        for name in ONCE:
            assert mail[name]
        assert mail["To"] == recipient
        assert not {"bcc", "cc", "return-path"} & {name.lower() for name, _ in mail.headers}
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(rf"<{re.escape(SITE)}/u/[\w.-]+>", mail["List-Unsubscribe"])
        assert raw_mail.words(mail["Subject"]) == "Rents fell again"
    assert len({mail["Message-ID"] for mail in mails.values()}) == 3


def test_the_text_arrives_as_it_was_written(mails):
    plain, html = texts(mails["ann@example.org"])
    for text in (plain, html):
        assert "“Größe” – 人工智能: " in text
        assert "40" in text
        assert ".A line with a dot." in text
        assert "From one to the next." in text
        assert "{{" not in text
    assert "1 Main St <&>\r\nSpringfield" in plain
    assert "\r\n-- \r\n" in plain
    assert "1 Main St &lt;&amp;&gt;" in html


def test_a_message_contains_its_readers_link_and_no_other_readers(mails):
    links = {recipient: own_link(mail) for recipient, mail in mails.items()}
    assert len(set(links.values())) == 3
    for recipient, mail in mails.items():
        everything = "\n".join([*texts(mail), *(value for _, value in mail.headers)])
        assert READER_LINK not in everything
        for text in texts(mail):
            assert links[recipient] in text
        for other, link in links.items():
            if other != recipient:
                assert link.rpartition("/")[2] not in everything
                assert other not in everything


def test_one_click_leaves_for_this_reader_alone(mails, client):
    link = own_link(mails["bob@two.example"]).removeprefix(SITE)
    answer = client.post(link, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    left = Subscription.objects.filter(status="unsubscribed")
    assert [row.subscriber.address for row in left] == ["bob@two.example"]


def test_every_link_is_absolute_and_our_own_links_work(mails, client):
    plain, html = texts(mails["ann@example.org"])
    found = Addresses(html)
    in_text = re.findall(r"https?://[^\s>)\]]+", plain)
    assert found.pictures
    for address in {*found.links, *found.pictures, *in_text}:
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        if address.startswith(SITE):
            answer = client.get(address.removeprefix(SITE))
            assert answer.status_code == 200, address
    for address in found.pictures:
        assert address.startswith(SITE)
        assert client.get(address.removeprefix(SITE))["Content-Type"] == "image/png"


def test_bounces_of_each_message_have_an_address_of_their_own(settings, relay):
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    for address in READERS:
        make_subscription(address)
    issue = make_due_issue()
    launch.start_issue(issue)
    work_off(issue)
    senders = {taken.sender for taken in relay.taken}
    assert len(senders) == 3
    assert all(sender.endswith("@bounces.example.org") for sender in senders)
    assert all(len(sender) <= 254 and len(sender.split("@")[0]) <= 64 for sender in senders)
