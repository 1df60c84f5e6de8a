"""What leaves in a mail: its words, its links, and its bytes on the wire."""

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.core import mail as outbox
from django.core import serializers
from django.utils import timezone

from newsletter.mailing import letters as single_letters
from newsletter.mailing import messages
from newsletter.mailing.checks import check_sender
from newsletter.mailing.retries import Outcome
from newsletter.models import ConfirmationToken, SignupRequest, Subscription
from newsletter.subscribers import signups, tokens
from tests.builders import make_newsletter, make_request, make_subscription, make_token
from tests.newsletter.conftest import last_link
from tests.smtp_sink import Sink, running

pytestmark = pytest.mark.django_db

LONG_HOST = "https://pulse.a-host-of-30-chars.org"


@pytest.fixture
def letter(clock, sign_up):
    sign_up("reader@example.org", page="/glossary/")
    return outbox.outbox[0]


@pytest.fixture
def smtp(settings):
    """Run a real SMTP server on a port of its own and send through it."""
    with running(Sink()) as sink:
        settings.MAILERS = {"default": sink.mailer}
        yield sink


def headers_of(raw):
    """Split the bytes of a message's header into its lines as sent, unfolded by nobody."""
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_the_confirmation_says_when_and_where_it_was_asked_for(letter):
    assert letter.subject == "Please confirm: AI Economy Pulse"
    assert "November 23, 2026 at 09:00 UTC" in letter.body
    assert "on the glossary of 127.0.0.1" in letter.body


def test_nothing_a_visitor_typed_is_in_it(sign_up):
    sign_up(
        "buy.cheap.pills@example.org",
        page="/glossary/buy-cheap-pills/",
        website="",
        name="buy cheap pills",
    )
    message = outbox.outbox[0].message()
    del message["To"]
    parts = "".join(part.get_content() for part in message.walk() if not part.is_multipart())
    assert "pills" not in parts + "".join(map(str, message.items()))


def test_a_confirmation_has_one_link_to_confirm_and_one_to_refuse(letter):
    html = letter.alternatives[0].content
    for text in (letter.body, html):
        assert len(re.findall(r"/newsletter/confirm/[\w-]+/", text)) == 1
        assert len(re.findall(r"/newsletter/refuse/[\w.-]+/", text)) == 1


def test_an_automatic_mail_says_so_and_can_be_unsubscribed(letter):
    message = letter.message()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == f"<http://127.0.0.1:8000{last_link('/u/')}>"
    assert message["Message-ID"].endswith("@127.0.0.1>")


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.hrefs, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "a":
            self.hrefs.append(found["href"])
        elif {"src", "href", "background"} & set(found):
            self.loads.append(found)


def links_of(html):
    reader = Links()
    reader.feed(html)
    return reader


def test_every_link_is_absolute_from_site_url_and_nothing_is_loaded(settings, sign_up, client):
    settings.SITE_URL = "https://pulse.example.org"
    client.defaults["HTTP_HOST"] = "localhost"
    sign_up()
    letter = outbox.outbox[0]
    found = links_of(letter.alternatives[0].content)
    assert len(found.hrefs) == 4
    assert all(href.startswith("https://pulse.example.org/") for href in found.hrefs)
    assert found.loads == []
    addresses = re.findall(r"https?://\S+", letter.body)
    assert len(addresses) == 4
    assert all(each.startswith("https://pulse.example.org/") for each in addresses)


def test_the_html_stands_without_a_style_sheet_and_knows_the_dark(letter):
    html = letter.alternatives[0].content
    assert 'lang="en"' in html
    assert "prefers-color-scheme: dark" in html
    assert re.search(r'class="button"[^>]* style="[^"]*background: ?#b3391f', html)
    assert html.count("<table") == html.count('role="presentation"')
    assert len(html.encode()) < 20_000


def make_every_letter(subscription):
    """Build one of each single mail we have."""
    request = make_request("reader@example.org")
    letters = [single_letters.confirmation(subscription, make_token(subscription), request)]
    kinds = ConfirmationToken.Purpose
    for purpose, new in [
        (kinds.CHANGE, ""),
        (kinds.CHANGE, "new@example.net"),
        (kinds.EXPORT, ""),
        (kinds.ERASE, ""),
    ]:
        token = tokens.plan(subscription, purpose, new_address=new)
        letters.append(single_letters.own_data(token, tokens.give_text(token)))
    note = tokens.plan(subscription, kinds.NOTE, note_to="reader@example.org")
    letters.append(single_letters.change_note(note))
    return letters


def test_every_mail_has_both_parts_with_the_same_links_and_no_markup_in_the_text():
    newsletter = make_newsletter(
        name="AI Economy Pulse", postal_address="1 Main St <&>\nSpringfield", reply_to="us@b.org"
    )
    for letter in make_every_letter(make_subscription(newsletter=newsletter)):
        html = letter.alternatives[0].content
        in_text = set(re.findall(r"http://\S+", letter.body))
        assert in_text == set(links_of(html).hrefs)
        assert "1 Main St <&>\nSpringfield" in letter.body
        assert "1 Main St &lt;&amp;&gt;" in html
        assert "{{" not in html + letter.body
        assert "&#" not in letter.body
        assert letter.message()["Reply-To"] == "us@b.org"
        assert max(map(len, re.sub(r"http\S+", "", letter.body).splitlines())) < 79


def test_looking_at_every_link_of_every_mail_changes_no_row(client, clock):
    make_newsletter()
    paths = set()
    for letter in make_every_letter(make_subscription(status="pending")):
        found = [
            *links_of(letter.alternatives[0].content).hrefs,
            letter.message().get("List-Unsubscribe", "/"),
        ]
        paths |= {href.strip("<>").removeprefix("http://127.0.0.1:8000") for href in found}
    paths |= {f"{path}/preferences" for path in paths if re.fullmatch(r"/u/[^/]+", path)}
    assert len(paths) >= 8
    before = every_row()
    for path in sorted(paths):
        for look in (client.get, client.head):
            response = look(path)
            assert response.status_code == 200, path
            assert not response.cookies
    assert every_row() == before


def every_row():
    models = [model for model in apps.get_models() if model._meta.managed]
    return {
        m._meta.label: serializers.serialize("json", m._base_manager.order_by("pk")) for m in models
    }


# --- On the wire ------------------------------------------------------------------------------


@pytest.mark.parametrize("site_url", [LONG_HOST, f"https://{'a' * 60}.{'b' * 60}.example.org"])
@pytest.mark.parametrize("number", [1, 10**12])
def test_no_header_with_a_link_is_encoded_or_folded(smtp, settings, site_url, number):
    settings.SITE_URL = site_url
    subscription = make_subscription(pk=number, status="pending")
    token = make_token(subscription)
    messages.hand_over(single_letters.confirmation(subscription, token, make_request()))
    lines = headers_of(smtp.messages[0])
    unsubscribe = [line for line in lines if line.startswith(b"List-Unsubscribe:")]
    assert len(unsubscribe) == 1
    assert re.fullmatch(
        rb"List-Unsubscribe: <" + site_url.encode() + rb"/u/dev\.[\w-]{22}\.[0-9a-z]+>",
        unsubscribe[0],
    )
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert len([line for line in lines if line.startswith(b"Message-ID: <")]) == 1
    assert all(len(line) < 998 for line in lines)
    assert not any(b"=?" in line for line in lines)


def test_the_bytes_are_what_any_server_takes(smtp):
    newsletter = make_newsletter(promise="Zahlen für alle – “jede Woche”")
    subscription = make_subscription("ann@bücher.example", newsletter=newsletter)
    messages.hand_over(
        single_letters.confirmation(subscription, make_token(subscription), make_request())
    )
    raw = smtp.messages[0]
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = message_from_bytes(raw, policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert message["To"] == "ann@xn--bcher-kva.example"
    assert message.defects == []


def test_the_link_that_arrives_is_the_link_that_works(smtp, client):
    signups.handle_request(make_request().pk)
    message = message_from_bytes(smtp.messages[0], policy=policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    path = re.search(r"^http://127\.0\.0\.1:8000(/newsletter/confirm/\S+)$", text, re.M)[1]
    assert client.post(path).status_code == 303
    leave = message["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    assert client.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().status == "unsubscribed"


def test_a_newsletter_with_its_own_sender_uses_it_with_its_name(smtp):
    newsletter = make_newsletter(from_address="letter@example.org")
    subscription = make_subscription(newsletter=newsletter)
    messages.hand_over(
        single_letters.confirmation(subscription, make_token(subscription), make_request())
    )
    assert b"From: AI Economy Pulse <letter@example.org>" in headers_of(smtp.messages[0])


@pytest.mark.parametrize("answer", ["421 closing", "450 busy", "451 greylisted", "452 full"])
def test_a_server_that_says_later_gets_it_later_and_once(smtp, clock, answer):
    row = make_request()
    smtp.obey(f"message: {answer}")
    signups.handle_request(row.pk)
    assert not smtp.messages
    smtp.obey()
    for _ in range(3):
        clock.shift(3600)
        signups.handle_waiting()
    assert len(smtp.messages) == 1
    assert not SignupRequest.objects.exists()


@pytest.mark.parametrize("answer", ["550 no such user", "552 too large", "550 5.1.1 5.7.1"])
def test_a_server_that_says_never_is_not_asked_again(smtp, clock, caplog, answer):
    signups.handle_request(make_request("reader@example.org").pk)
    assert len(smtp.messages) == 1
    smtp.taken.clear()
    smtp.obey(f"message: {answer}")
    signups.handle_request(make_request("second@example.org").pk)
    assert not SignupRequest.objects.exists()
    assert f"is given up: answer: {answer[:3]}" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert "second@" not in caplog.text


@pytest.mark.parametrize("step", ["to", "message"])
@pytest.mark.parametrize(
    "answer", ["550 5.7.1 sender not authenticated", "554 5.7.1 relay access denied", "535 log in"]
)
def test_a_refusal_of_us_is_not_charged_to_the_reader(smtp, clock, step, answer):
    row = make_request()
    smtp.obey(f"{step}: {answer}")
    assert signups.handle_request(row.pk) is Outcome.LATER
    for _ in range(8):  # longer than a reader's own server may put us off
        clock.shift(7 * 3600)
        signups.handle_waiting()
    assert SignupRequest.objects.filter(pk=row.pk).exists()


def test_a_sender_refused_for_its_log_in_waits(smtp, clock):
    smtp.obey("from: 530 5.7.0 authenticate first")
    assert signups.handle_request(make_request().pk) is Outcome.LATER
    assert SignupRequest.objects.get().next_at > timezone.now()


BAD_SENDERS = [
    "AI, Inc <pulse@example.org>",
    "AI Economy Pulse pulse@example.org",
    "Pulse <pulse@example.org",
    "pulse",
    "a@example.org, b@example.org",
    "Größe GmbH, Köln <p@example.org>",
    "Pulse\nBcc: <p@example.org>",
]


@pytest.mark.parametrize("sender", BAD_SENDERS)
def test_a_sender_that_cannot_be_parsed_loses_no_signup(smtp, settings, clock, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    ids = [make_request(f"r{number}@example.org").pk for number in range(3)]
    for pk in ids:
        signups.handle_request(pk)
    clock.shift(7 * 3600)
    signups.handle_waiting()
    assert list(SignupRequest.objects.filter(next_at__gt=timezone.now()).values_list("pk")) == [
        (pk,) for pk in ids
    ]
    settings.DEFAULT_FROM_EMAIL = "Pulse <pulse@example.org>"
    clock.shift(7 * 3600)
    assert signups.handle_waiting() == "3 waiting signups handled"
    assert len(smtp.messages) == 3


@pytest.mark.parametrize("sender", BAD_SENDERS)
def test_the_system_check_names_such_a_sender(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    assert [error.id for error in check_sender()] == ["newsletter.E001"]


@pytest.mark.parametrize(
    "sender",
    ["pulse@example.org", "Größe <p@example.org>", '"AI, Inc" <p@example.org>', "p@bücher.example"],
)
def test_and_nothing_else(smtp, settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    assert check_sender() == []
    signups.handle_request(make_request().pk)
    assert len(smtp.messages) == 1


def test_a_message_that_breaks_on_its_way_out_waits(clock, monkeypatch):
    def broken(self, *, policy=None):
        raise ValueError("reader@example.org")

    row = make_request()
    claimed, letter = signups._claim(row.pk)
    monkeypatch.setattr(messages.Letter, "message", broken)
    monkeypatch.setattr(signups, "_claim", lambda pk: (claimed, letter))
    assert signups.handle_request(row.pk) is Outcome.LATER
    assert SignupRequest.objects.get().next_at > timezone.now()


def test_a_mail_to_an_address_not_yet_proved_has_no_link_of_the_reader():
    subscription = make_subscription()
    token = tokens.plan(
        subscription, ConfirmationToken.Purpose.CHANGE, new_address="stranger@example.net"
    )
    letter = single_letters.own_data(token, tokens.give_text(token))
    assert letter.to == ["stranger@example.net"]
    assert "List-Unsubscribe" not in letter.message()
    assert "List-Unsubscribe-Post" not in letter.message()
    for text in (letter.body, letter.alternatives[0].content):
        assert "/u/" not in text
        assert "unsubscribe" not in text.casefold()


def test_a_server_that_is_not_there_delays_the_mail(settings, smtp, clock):
    row = make_request()
    there = settings.MAILERS["default"]["OPTIONS"]["port"]
    settings.MAILERS["default"]["OPTIONS"]["port"] = 1  # nobody listens
    signups.handle_request(row.pk)
    row.refresh_from_db()
    assert row.next_at > timezone.now()
    settings.MAILERS["default"]["OPTIONS"]["port"] = there
    clock.move_to(row.next_at)
    assert signups.handle_waiting() == "1 waiting signups handled"
    assert len(smtp.messages) == 1
