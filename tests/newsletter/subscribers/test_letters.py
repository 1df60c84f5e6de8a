"""The texts of the single mails and the links in them."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.core import mail, serializers

from newsletter.mailing.outbox import Kind, queue
from newsletter.models import ConsentEvent, OutboxMail, Subscriber
from newsletter.subscribers import subscriptions, tokens
from tests.builders import make_mail, make_newsletter, make_subscription, make_suppression
from tests.newsletter.conftest import last_link, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(clock, sign_up):
    sign_up("reader@example.org", page="/glossary/")
    return mail.outbox[0]


def test_the_confirmation_says_when_and_where_the_request_was_made(letter):
    assert letter.subject == "Please confirm: AI Economy Pulse"
    assert "November 23, 2026 at 09:00 UTC" in letter.body
    assert "on the glossary of 127.0.0.1" in letter.body


def test_it_contains_no_text_of_a_visitor(sign_up):
    sign_up(
        "buy.cheap.pills@example.org",
        page="/glossary/buy-cheap-pills/",
        website="",
        name="buy cheap pills",
    )
    message = mail.outbox[0].message()
    del message["To"]
    parts = "".join(part.get_content() for part in message.walk() if not part.is_multipart())
    assert "pills" not in parts + "".join(map(str, message.items()))


def test_a_confirmation_has_one_link_to_confirm_and_one_to_refuse(letter):
    html = letter.alternatives[0].content
    for text in (letter.body, html):
        assert len(re.findall(r"/newsletter/confirm/[\w-]+/", text)) == 1
        assert len(re.findall(r"/newsletter/refuse/[\w.-]+/", text)) == 1


def test_a_single_mail_is_marked_as_automatic_and_has_one_click_headers(letter):
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


def test_every_link_is_absolute_from_site_url_and_only_the_mark_is_loaded(
    settings, sign_up, client
):
    settings.SITE_URL = "https://pulse.example.org"
    client.defaults["HTTP_HOST"] = "localhost"
    sign_up()
    letter = mail.outbox[0]
    found = links_of(letter.alternatives[0].content)
    assert len(found.hrefs) == 4
    assert all(href.startswith("https://pulse.example.org/") for href in found.hrefs)
    assert [each["src"] for each in found.loads] == ["https://pulse.example.org/static/mark-48.png"]
    addresses = re.findall(r"https?://\S+", letter.body)
    assert len(addresses) == 4
    assert all(each.startswith("https://pulse.example.org/") for each in addresses)


def test_the_html_has_inline_styles_and_supports_dark_mode(letter):
    html = letter.alternatives[0].content
    assert 'lang="en"' in html
    assert "prefers-color-scheme: dark" in html
    assert re.search(r'class="button"[^>]* style="[^"]*background: ?#b3391f', html)
    assert all('role="presentation"' in table for table in re.findall("<table[^>]*>", html))
    assert len(html.encode()) < 20_000


def make_every_letter(subscription):
    """Write one single mail of each kind except the welcome."""
    subscriptions.record_consent(subscription, ConsentEvent.Kind.REQUESTED, page="/about/")
    mails = [
        *(make_mail(subscription, purpose) for purpose in ("confirm", "change", "export", "erase")),
        make_mail(subscription, "change", new_address="new@example.net", to="new@example.net"),
        queue(Kind.CHANGE_NOTE, subscription, to="reader@example.org"),
    ]
    return [written(each) for each in mails]


def test_every_mail_has_both_parts_with_the_same_links_and_no_markup_in_the_text():
    newsletter = make_newsletter(
        name="AI Economy Pulse",
        postal_address="1 Main St <&>\nSpringfield",
        reply_to="us@straße.org",
    )
    for letter in make_every_letter(make_subscription(newsletter=newsletter, status="pending")):
        html = letter.alternatives[0].content
        in_text = set(re.findall(r"http://\S+", letter.body))
        assert in_text == set(links_of(html).hrefs)
        assert "1 Main St <&>\nSpringfield" in letter.body
        assert "1 Main St &lt;&amp;&gt;" in html
        assert "{{" not in html + letter.body
        assert "&#" not in letter.body
        assert letter.message()["Reply-To"] == "us@xn--strae-oqa.org"  # IDNA 2008: not strasse
        assert "\n-- \n" in letter.body  # what mail programs know as the mark of a signature
        assert max(map(len, re.sub(r"http\S+", "", letter.body).splitlines())) < 79


def test_get_of_every_link_in_every_mail_changes_no_row(client, clock):
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


def test_a_mail_to_an_unproven_address_has_no_link_of_the_reader():
    stranger = "stranger@example.net"
    letter = written(make_mail(purpose="change", new_address=stranger, to=stranger))
    assert letter.to == [stranger]
    assert "List-Unsubscribe" not in letter.message()
    assert "List-Unsubscribe-Post" not in letter.message()
    for text in (letter.body, letter.alternatives[0].content):
        assert "/u/" not in text
        assert "unsubscribe" not in text.casefold()


def test_a_confirmation_names_the_request_it_is_for_and_no_later_one(clock):
    subscription = make_subscription(status="pending")
    for page in ("/about/", "/glossary/"):
        subscriptions.record_consent(subscription, ConsentEvent.Kind.REQUESTED, page=page)
        if page == "/about/":
            mail_of_first = make_mail(subscription, "confirm")
        clock.shift(3600)
    body = " ".join(written(mail_of_first).body.split())
    assert "November 23, 2026 at 09:00 UTC" in body
    assert "on the About page of 127.0.0.1" in body


@pytest.mark.parametrize("has", ["confirmed", "left", "refused", "complained"])
def test_a_confirmation_whose_link_would_do_nothing_is_not_written(clock, has):
    subscription = make_subscription(status="pending")
    first, waiting = make_mail(subscription, "confirm"), make_mail(subscription, "confirm")
    if has == "confirmed":
        subscriptions.confirm_subscription(tokens.give_new_text(first.token))
    elif has == "left":
        subscriptions.unsubscribe(subscription.pk)
    elif has == "refused":
        make_suppression("reader@example.org")
    else:
        Subscriber.objects.update(status=Subscriber.Status.COMPLAINED)
    assert written(OutboxMail.objects.get(pk=waiting.pk)) is None
