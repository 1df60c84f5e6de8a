"""The site's name and addresses come from the settings, wherever they are printed."""

import re
from html import escape
from pathlib import Path

import pytest
from django.db import OperationalError

from config.site import absolute, user_agent
from glossary.api.cards import lay_out
from glossary.api.social import site_card
from newsletter.models import Newsletter
from tests.config.site import make_site

ROOT = Path(__file__).parents[2]
PAGES = (
    "/", "/about/", "/privacy/", "/glossary/", "/glossary/pre-training/", "/data/compute/",
    "/data/compute/embed/", "/newsletter/", "/newsletter/1-first/", "/no-such-page/",
    "/admin/login/", "/feeds/terms.atom", "/feeds/data.atom", "/feeds/newsletter.atom",
    "/glossary/pre-training.atom",
)  # fmt: skip
FILES = ("/llms.txt", "/openapi.json", "/glossary.json", "/glossary/pre-training.md")


@pytest.fixture
def renamed(db, settings):
    make_site()
    Newsletter.objects.filter(is_default=True).update(name="Friday Letter")
    settings.SITE_NAME = "Chips & <Co>"
    return settings.SITE_NAME


@pytest.mark.parametrize("path", PAGES)
def test_a_site_of_another_name_has_it_on_every_page(client, renamed, path):
    text = client.get(path).text
    assert escape(renamed) in text
    assert "AI Economy Pulse" not in text


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("", "http://127.0.0.1:8000/privacy/"),
        ("safe@example.org", "mailto:safe@example.org"),
        ("https://example.org/report", "https://example.org/report"),
    ],
)
def test_security_txt_says_whom_to_tell_and_never_lapses(client, clock, settings, contact, said):
    settings.CONTACT = contact
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        f"Contact: {said}",
        "Expires: 2027-05-22T00:00:00Z",
        "Preferred-Languages: en",
        "Canonical: http://127.0.0.1:8000/.well-known/security.txt",
    ]


@pytest.mark.parametrize("path", FILES)
def test_a_site_of_another_name_has_it_in_every_file_for_programs(client, renamed, path):
    text = client.get(path).text
    assert re.search(r"Chips (&|\\u0026) \\?(<|\\u003C)Co", text)
    assert "AI Economy Pulse" not in text


def test_where_a_page_broke_the_name_is_there_without_asking_the_database(client, renamed):
    from config.views import server_error

    answer = server_error(None)
    assert answer.status_code == 500
    assert escape(renamed) in answer.text


def test_a_database_that_is_away_is_no_fault_and_says_when_to_ask_again():
    from config.views import server_error

    try:
        raise OperationalError("the database system is starting up")
    except OperationalError:
        answer = server_error(None)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Back in a moment" in answer.text


def test_no_file_but_the_settings_names_the_site():
    """The first newsletter has a name of its own, and the starter texts are texts."""
    rooms = [ROOT / room for room in ("config", "glossary", "newsletter", "templates", "static")]
    files = [path for room in rooms for path in room.rglob("*") if path.suffix in KINDS]
    naming = {path.relative_to(ROOT).as_posix() for path in files if NAME.search(path.read_text())}
    assert {path for path in naming if "/starter/" not in path} == {
        "config/settings.py",
        "newsletter/migrations/0002_first_newsletter_and_groups.py",
    }


KINDS = {".py", ".html", ".txt", ".svg", ".js", ".css"}
NAME = re.compile("AI[ -]Economy([ -]|</span> *<span[^>]*>)Pulse")


def test_one_place_joins_a_path_to_our_origin():
    modules = [
        path
        for room in ("config", "glossary", "newsletter")
        for path in (ROOT / room).rglob("*.py")
    ]
    joining = [path for path in modules if re.search(r"SITE_URL(\}[{/]| \+)", path.read_text())]
    assert {path.relative_to(ROOT).as_posix() for path in joining} <= ONLY_COMPARED | {
        "config/site.py"
    }


# What begins with our origin is recognized there, and in a comment.
ONLY_COMPARED = {
    "glossary/fetching/link_health.py",
}


def test_addresses_begin_with_the_sites_own_origin(settings):
    settings.SITE_URL = "https://pulse.example.org"
    assert absolute("/about/") == "https://pulse.example.org/about/"


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("AI Economy Pulse", "AI-Economy-Pulse"),
        ("Chips & <Co>\r\nX: y", "Chips-Co-X-y"),
        ("芯片", "pulse.example.org"),
    ],
)
def test_our_programs_introduce_themselves_in_plain_ascii(settings, name, product):
    settings.SITE_NAME, settings.SITE_HOST = name, "pulse.example.org"
    settings.SITE_URL = "https://pulse.example.org"
    assert user_agent() == f"{product} (+https://pulse.example.org/about/)"
    settings.CONTACT = "data@example.org"
    assert user_agent() == f"{product} (+https://pulse.example.org/about/; data@example.org)"


@pytest.mark.parametrize("path", ["/", "/about/", "/llms.txt"])
def test_how_often_the_newsletter_comes_is_said_by_the_newsletter_alone(client, db, path):
    Newsletter.objects.update(frequency_text="each month", is_recurring=False)
    text = f"{site_card().text} {client.get(path).text}"
    assert "a newsletter with the three numbers" in text
    assert "weekly" not in text


@pytest.mark.parametrize(("name", "drawn"), [("Chips & Co", "Chips & Co"), ("芯片", "example.org")])
def test_a_card_has_the_name_as_far_as_its_font_can_write_it(name, drawn):
    assert lay_out(site_card(), name, "example.org")[0].text == drawn
