"""`…/card.png`: the picture of a shared link, drawn once, with letters the fonts have."""

import re
import struct
from dataclasses import replace
from itertools import pairwise

import pytest

from glossary.api import cards, social
from glossary.api.cards import Card, CardNumber, broken, drawable, lay_out, limited
from glossary.charts import faces
from glossary.charts.sparklines import Sparkline
from glossary.models import Series, TermSeries
from glossary.series import contents
from glossary.series.loading import load
from newsletter.issues.pages import issue_card
from newsletter.models import Issue
from tests.builders import make_data_point, make_issue, make_series, make_term, release

IMAGE = re.compile(r'<meta property="og:image" content="([^"]+)">')
LINE = Sparkline(96, 28, line="M4 24L92 4", x="92", y="4")
LONG = "A headword that goes on and on because nobody stopped its author in time " * 2


def kinds(card):
    found = {}
    for line in lay_out(card, "AI Economy Pulse", "pulse.example.org"):
        found.setdefault(line.kind, []).append(line)
    return found


def image_of(client, path):
    return IMAGE.search(client.get(path).text)[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/card.png", "/glossary/token/card.png", "/data/rich/card.png", "/newsletter/1-first/card.png"],
)  # fmt: skip
def test_every_kind_has_a_picture_of_1200_by_630(client, path):
    make_term("Token")
    release(make_series("rich"), "2024,1 2025,2 2026,3")
    make_data_point(make_issue(1, "First"))
    answer = client.get(path)
    assert answer["Content-Type"] == "image/png"
    assert struct.unpack(">II", answer.content[16:24]) == (1200, 630)
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.django_db
def test_pages_name_their_card_with_size_words_and_version(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    make_term("Token", definition="A piece of text.")
    page = client.get("/glossary/token/").text
    assert re.search(
        r'content="https://pulse\.example\.org/glossary/token/card\.png\?v=[0-9a-f]{12}"', page
    )
    for said in (
        'property="og:image:width" content="1200"',
        'property="og:image:height" content="630"',
        'property="og:image:alt" content="Token. A piece of text"',
        'name="twitter:card" content="summary_large_image"',
    ):
        assert said in page


@pytest.mark.django_db
def test_the_version_changes_with_what_the_card_says_and_not_else(client):
    term = make_term("Token")
    first = image_of(client, "/glossary/token/")
    term.explanation = "Longer."
    term.save()
    assert image_of(client, "/glossary/token/") == first
    term.definition = "Something else."
    term.save()
    assert image_of(client, "/glossary/token/") != first


@pytest.mark.django_db
def test_a_data_page_shows_the_card_of_the_release_it_shows(client):
    series = make_series("compute")
    release(series, "2024,10", "2025-01-15")
    release(series, "2024,10 2025,12", "2026-01-15")
    newest, earlier = (
        image_of(client, "/data/compute/"),
        image_of(client, "/data/compute/?asof=2025-06-30"),
    )
    assert "asof" not in newest
    assert "/data/compute/card.png?asof=2025-01-15&amp;v=" in earlier
    assert newest.partition("v=")[2] != earlier.partition("v=")[2]


@pytest.mark.django_db
def test_pages_without_a_card_of_their_own_show_the_sites(client, admin_client):
    make_term("Secret", status="draft")
    for path in ("/", "/glossary/", "/newsletter/"):
        assert "/card.png?v=" in image_of(client, path)
    assert "/glossary/secret/card.png" not in image_of(admin_client, "/glossary/secret/")


@pytest.mark.django_db
def test_a_card_is_drawn_once_for_the_same_words(client, monkeypatch):
    drawn = []
    monkeypatch.setattr(social, "png", lambda card: drawn.append(card) or b"png")
    term = make_term("Token")
    for version in ("", "?v=1", "?v=2"):
        client.get(f"/glossary/token/card.png{version}")
    assert len(drawn) == 1
    term.headword = "Tokens"
    term.save()
    client.get("/glossary/token/card.png")
    assert len(drawn) == 2


@pytest.mark.django_db
def test_drafts_of_issues_have_no_card(client):
    make_issue(1, "First", status="draft", sent_at=None)
    assert client.get("/newsletter/1-first/card.png").status_code == 404


@pytest.mark.django_db
def test_a_term_shows_the_newest_value_of_the_first_series_it_shows(client):
    term, plain = make_term("Token"), make_term("Plain")
    for position, slug in enumerate(("tokens", "prices")):
        series = make_series(slug, title=f"All {slug}")
        release(series, f"2020,5 2021,6 2022,7 2023,8 2024,10 2025,{12 + position}")
        TermSeries.objects.create(term=term, series=series, position=position)
    card = social.term_card(term, contents.for_term(term).entries)
    assert card.number.text == "12"
    assert card.number.labels[1] == "All tokens"
    assert card.spark.line
    assert social.term_card(plain, contents.for_term(plain).entries).number is None
    image = re.search('og:image:alt" content="(.+)">', client.get("/glossary/token/").text)[1]
    assert "All tokens" in image
    first = image_of(client, "/glossary/token/")
    release(Series.objects.get(slug="tokens"), "2024,10 2025,15", "2026-02-15")
    assert image_of(client, "/glossary/token/") != first


@pytest.mark.django_db
def test_a_data_card_says_what_the_chart_shows_and_has_a_line_of_enough_values():
    few = make_series("few", title="All tokens")
    release(few, "2024,10 2025,12")
    many = make_series("many", title="All prices")
    release(many, "2020,5 2021,6 2022,7 2023,8 2024,10 2025,12")
    loaded = load(Series.objects.all())
    card = social.series_card(loaded["few"])
    assert card.title == loaded["few"].finding
    assert (card.number.text, card.number.labels[1], card.spark) == ("12", "All tokens", None)
    assert social.series_card(loaded["many"]).spark.line


@pytest.mark.django_db
def test_an_issue_without_a_series_or_without_a_number_has_a_card(client):
    make_data_point(make_issue(1, "First"))
    assert client.get("/newsletter/1-first/card.png").status_code == 200
    found = issue_card(Issue.objects.get(), [(Issue.objects.get().data_points.get(), None)])
    assert (found.spark, found.number.labels[0]) == (None, "Renting an H100 got cheaper")
    assert issue_card(Issue.objects.get(), []).number is None


# --- layout ---


@pytest.mark.parametrize(
    "card",
    [
        Card("Glossary", "Token", text="A piece of text."),
        Card("Glossary · " + "Field " * 30, LONG, text="x" * 300),
        Card("Glossary", "Donaudampfschifffahrtsgesellschaft" * 4, text="word " * 80),
        Card("Data", LONG, number=CardNumber("1,234,567,890,123.5", labels=(LONG, LONG))),
        Card("Data", LONG, number=CardNumber("1,234,567,890,123.5", labels=(LONG,)), spark=LINE),
        Card("Newsletter", "Rent", number=CardNumber("$2.10", labels=("An hour", "2026"))),
        Card("Glossary", "Token", text="word " * 45, number=CardNumber("5"), spark=LINE),
        Card("Glossary", LONG, text="word " * 60, number=CardNumber("5", labels=(LONG,))),
    ],
)
def test_nothing_leaves_the_card_or_runs_into_the_next_part(card):
    fonts = {"title": faces.serif(), "number": faces.serif(), "kicker": faces.bold_sans()}
    for line in lay_out(card, "AI Economy Pulse", "pulse.example.org"):
        if line.kind != "host":
            width = fonts.get(line.kind, faces.sans()).width(line.text, line.size)
            assert line.x + width <= cards.WIDTH - cards.EDGE + 1, line
            assert line.y <= cards.BOTTOM + 2, line
            assert line.size >= 28, line
        if card.spark and line.kind in ("number", "label"):
            assert line.x + width < cards.WIDTH - cards.EDGE - cards.SPARK_WIDTH, line
    found = kinds(card)
    parts = [found[kind] for kind in ("title", "text", "number", "label") if kind in found]
    for above, below in pairwise(parts):
        assert below[0].y - below[0].size * 0.75 > above[-1].y, below[0].kind


def test_a_short_title_stands_large_and_a_long_one_is_cut_with_an_ellipsis():
    assert kinds(Card("Glossary", "Token"))["title"][0].size == 92
    title = kinds(Card("Glossary", LONG))["title"]
    assert (len(title), title[0].size) == (3, 46)
    assert title[-1].text.endswith("…")


def test_a_title_of_two_lines_is_balanced():
    title = kinds(Card("Newsletter", "Quoted rent for one H100 fell 30%"))["title"]
    assert [line.text for line in title] == ["Quoted rent for", "one H100 fell 30%"]


def test_a_text_that_does_not_fit_above_a_number_is_left_out_and_else_cut():
    words = "word " * 120
    assert "text" not in kinds(Card("Glossary", "Token", text=words, number=CardNumber("5")))
    assert kinds(Card("Glossary", LONG, text=words))["text"][-1].text.endswith("…")


def test_a_line_drawn_small_is_enlarged_with_its_strokes():
    assert 'stroke-width="5.0"' in social.svg(Card("Data", "Runs", spark=replace(LINE, width=416)))
    assert 'stroke-width="1.15' in social.svg(Card("Data", "Runs", spark=LINE))


def test_lines_break_between_words_and_very_long_words_between_letters():
    face = faces.sans()
    assert broken("one two three", face, 10, face.width("one two", 10)) == ["one two", "three"]
    assert broken("aaaa", face, 10, face.width("aa", 10)) == ["aa", "aa"]
    assert limited("one, two three", face, 10, face.width("one, two", 10), 1) == ["one…"]
    assert broken("", face, 10, 100) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain — “text” $1 €2 50% ×", "Plain — “text” $1 €2 50% ×"),
        ("Café", "Café"),
        ("Gőz, Łódź", ""),  # Ł is no L with an accent
        ("Gőz", "Goz"),
        ("Ｗｉｄｅ ﬁne", "Wide fine"),
        ("5 × 10²⁶ and x²", "5 × 10^26 and x²"),
        ("≈ 5 → 6 😀 ✓", "~ 5 – 6"),
        ("a ≤ b", ""),
        ("α", ""),
        ("生成AI", ""),
    ],
)
def test_only_letters_of_the_fonts_are_drawn_and_none_is_lost_silently(text, expected):
    assert drawable(text, faces.serif()) == expected
    assert faces.serif().has(expected.replace(" ", ""))


def test_a_title_in_another_script_gives_way_and_its_text_is_left_out():
    found = kinds(Card("Glossary · 技術", "大規模言語モデル", "Language model", text="文章。"))
    assert [line.text for line in found["title"]] == ["Language model"]
    assert [line.text for line in found["kicker"]] == ["Glossary"]
    assert "text" not in found


def test_a_power_stands_raised_behind_its_number():
    for number in (CardNumber("5 × 10²⁶"), CardNumber("5 × 10", "26")):
        (line,) = kinds(Card("Data", "Runs", number=number))["number"]
        assert (line.text, line.power) == ("5 × 10", "26")


def test_hostile_words_leave_the_picture_whole():
    card = Card("Glossary", '</text><script>x</script> & "q"', text="<b>]]>&amp;")
    assert "<script>" not in social.svg(card)
    assert social.png(card).startswith(b"\x89PNG")
