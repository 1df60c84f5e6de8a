"""An issue as mail: text, links, pictures, and size."""

import re
import struct
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from glossary.models import Person, Series
from newsletter.issues.freezing import freeze
from newsletter.issues.rendering import LARGEST, render_mail
from newsletter.issues.rendering.editions import edition, explained_terms
from newsletter.issues.rendering.fragments import (
    as_plain_text,
    linked_paths,
    opened_by,
    with_absolute_links,
)
from newsletter.mailing.messages import Letter
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Issue
from tests.builders import (
    make_data_point,
    make_issue,
    make_newsletter,
    make_series,
    make_term,
    release,
)

SITE = "https://pulse.host-of-25-char.org"
FRIDAY = datetime(2026, 11, 20, 14, tzinfo=UTC)


@pytest.fixture
def site(settings):
    settings.SITE_URL, settings.SITE_HOST = SITE, SITE.removeprefix("https://")


@pytest.fixture
def draft(db, clock, site, settings):
    """A draft with and without a series, and links to terms, this site and others."""
    settings.DEFAULT_FROM_EMAIL = "Pulse Desk <pulse@example.org>"
    make_newsletter(postal_address="1 Example Street\nBerlin", reply_to="desk@example.org")
    release(make_series("compute", title="Compute"), "2024,10 2025,12")
    issue = make_issue(
        3,
        "Chips & rent",
        preheader="Two numbers of the week.",
        intro="A *calm* week with {{ compute }}, see [GPU](/glossary/gpu/).",
        status="draft",
        sent_at=None,
    )
    make_term("GPU", definition="A chip that multiplies.")
    hour = make_term("GPU-Hour", definition="One GPU for one hour.")
    make_data_point(
        issue,
        1,
        headline="Compute grew",
        series=Series.objects.get(),
        figure="",
        period="",
        change="up 20%",
        comment="It matters, [says one](https://example.org/a).",
    )
    make_data_point(issue, 2, term=hour)
    return issue


def sent(issue):
    Issue.objects.filter(pk=issue.pk).update(status="sending", sent_at=FRIDAY)
    issue = Issue.objects.get(pk=issue.pk)
    freeze(issue)
    return issue


TEXT = f"""\
AI Economy Pulse

No. 3 · Friday, November 27, 2026

Chips & rent

Two numbers of the week.

On the web:
{SITE}/newsletter/3-chips-rent/

A calm week with 12 units, see GPU [1].

— Pulse Desk

[1] {SITE}/glossary/gpu/

------------------------------------------------------------------------
1 of 2

Compute grew

12 units
Up 20%
2025

Compute, units:
From 10 in 2024 to 12 in 2025, up 20%.
{SITE}/data/compute/

Why it matters. It matters, says one [1].

[1] https://example.org/a

Source: Epoch AI, GPU rental prices
https://epoch.ai/data

------------------------------------------------------------------------
2 of 2

Renting an H100 got cheaper

$2.10
An hour, October 2026

Why it matters. It was more a year ago.

Source: Epoch AI, GPU rental prices
https://epoch.ai/data

------------------------------------------------------------------------
The words in this issue

GPU-Hour: One GPU for one hour.
{SITE}/glossary/gpu-hour/

GPU: A chip that multiplies.
{SITE}/glossary/gpu/

--{" "}
Forwarded to you? Subscribe:
{SITE}/newsletter/subscribe/

Reply: a person reads it.

You get this because you subscribed to AI Economy Pulse.

Preferences, a pause, your data:
{SITE}/u/{READER_LINK}/preferences

To unsubscribe:
{SITE}/u/{READER_LINK}

AI Economy Pulse on the web:
{SITE}/

1 Example Street
Berlin
"""


def test_the_text_part_is_complete(draft):
    assert render_mail(draft).text.replace("\xa0", " ") == TEXT
    long = [line for line in TEXT.splitlines() if len(line) > 72]
    assert all(line.lstrip("[]0123456789 ").startswith("https://") for line in long)


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def hrefs(self):
        return [link["href"] for link in self.of("a") if "href" in link]


def test_every_link_is_absolute_and_direct(draft):
    page = Elements(render_mail(draft).html)
    in_mail = {"#point-1", "#point-2"}
    assert in_mail <= {f"#{anchor.get('name')}" for anchor in page.of("a")}
    assert set(page.hrefs) - in_mail == {
        f"{SITE}/newsletter/3-chips-rent/",
        f"{SITE}/newsletter/subscribe/",
        f"{SITE}/data/compute/",
        f"{SITE}/glossary/gpu/",
        f"{SITE}/glossary/gpu-hour/",
        "https://example.org/a",
        "https://epoch.ai/data",
        f"{SITE}/u/{READER_LINK}",
        f"{SITE}/u/{READER_LINK}/preferences",
    }
    # The mark and the charts are the only pictures: nothing counts who opens the mail.
    pictures = [picture["src"] for picture in page.of("img")]
    chart = f"{SITE}/newsletter/3-chips-rent/chart-1"
    assert pictures == [f"{SITE}/static/mark-48.png", f"{chart}.png"]
    assert page.of("source") == [
        {"srcset": f"{chart}-dark.png", "media": "(prefers-color-scheme: dark)"}
    ]
    assert not page.of("script") + page.of("link") + page.of("iframe")


def test_it_works_for_screen_readers_without_pictures_and_in_dark_mode(draft):
    html = render_mail(draft).html
    page = Elements(html)
    assert page.of("html") == [{"lang": "en"}]
    laid_out = page.of("table")
    assert laid_out
    assert all(table["role"] == "presentation" for table in laid_out)
    assert {"name": "color-scheme", "content": "light dark"} in page.of("meta")
    assert "@media (prefers-color-scheme: dark)" in html
    mark, picture = page.of("img")
    assert (mark["alt"], mark["role"]) == ("", "presentation")  # the name is beside it
    assert picture["alt"] == "From 10 in 2024 to 12 in 2025, up 20%."
    assert "height" not in picture  # it would cut off the alternative text


def test_the_preheader_comes_first_and_is_hidden(draft):
    rendered = render_mail(draft)
    assert (rendered.subject, rendered.preheader) == ("Chips & rent", "Two numbers of the week.")
    _, _, body = rendered.html.partition("<body")
    first = Elements(body).found[0]
    assert first[1]["class"] == "preheader"
    assert "display: none" in first[1]["style"]
    assert not re.search(r"color|opacity|font-size", first[1]["style"])  # signs of spam


def test_without_a_preheader_the_first_headline_is_beside_the_subject_and_not_under_it(draft):
    assert 'class="deck"' in render_mail(draft).html
    Issue.objects.update(preheader="")
    rendered = render_mail(Issue.objects.get())
    assert rendered.preheader == "Compute grew"
    assert 'class="deck"' not in rendered.html
    assert rendered.text.count("Compute grew") == 1


def test_the_foot_names_the_site_where_its_name_is_another(draft, settings):
    settings.SITE_NAME = "Pulse House"
    told = "because you subscribed to AI Economy Pulse of Pulse House."
    rendered = render_mail(draft)
    assert told in rendered.html
    assert told in " ".join(rendered.text.split())


def test_type_has_five_sizes_and_labels_of_charts_are_at_least_11_pixels_on_a_phone(draft):
    html = render_mail(draft).html
    sizes = {"13px", "15px", "17px", "28px", "40px"}
    assert set(re.findall(r"font-size: ?(\w+)", html)) == sizes | {"20px"}
    assert html.count("font-size: 20px") == 1  # of a headline on a phone
    (plot,) = (chart.plot for chart in edition(draft).charts)
    assert plot.width == 552 == 600 - 2 * 24  # the sheet without its padding
    assert plot.text_size * (360 - 2 * 16) / plot.width >= 11


def test_a_headline_is_larger_than_the_labels_of_its_chart_and_a_phones_header_has_two_rows(draft):
    html = render_mail(draft).html
    (size,) = set(re.findall(r'<h2 style="[^"]*font-size: ?(\d+)px[^>]*>Compute grew', html))
    assert int(size) > edition(draft).charts[0].plot.text_size
    phone = html.partition("@media (max-width: 480px)")[2]
    assert ".mark, .dateline { display: block !important" in phone


def test_what_the_headline_says_is_not_said_beside_the_figure(draft):
    draft.data_points.filter(position=1).update(headline="Compute grew 20% in 2025")
    text = render_mail(draft).text.replace("\xa0", " ")
    assert "\n12 units\n\nCompute, units:" in text
    assert "\n$2.10\nAn hour, October 2026\n" in text


def test_who_answers_for_an_issue_signs_it_and_else_its_sender(draft):
    assert "\n— Pulse Desk\n" in render_mail(draft).text
    ann = Person.objects.create(name="Ann <Lee>", role="Editor")
    Issue.objects.update(responsible=ann)
    signed = render_mail(Issue.objects.get())
    assert "\n— Ann <Lee>, Editor\n" in signed.text
    assert "— Ann &lt;Lee&gt;, Editor</p>" in signed.html
    assert "Pulse Desk" not in signed.text


def test_readers_are_asked_to_reply_only_where_replies_arrive(draft):
    reply = "Reply: a person reads it."
    assert reply in render_mail(draft).html
    make_newsletter(reply_to="")
    assert (
        reply not in render_mail(Issue.objects.get()).html + render_mail(Issue.objects.get()).text
    )


def test_a_large_figure_stays_on_one_line_only_if_there_is_room_beside_it(draft):
    draft.data_points.filter(position=2).update(figure="2,100,000 US dollars an hour")
    classes = [cell.get("class", "") for cell in Elements(render_mail(draft).html).of("td")]
    assert [name for name in classes if name.startswith("figure")] == ["figure whole", "figure"]


def test_editors_text_is_escaped(draft):
    draft.data_points.update(headline="<script>x</script>", source_title="A & <b>", change="<i>")
    html = render_mail(draft).html
    assert "&lt;script&gt;" in html
    assert not Elements(html).of("script") + Elements(html).of("i")


def test_no_transfer_encoding_breaks_a_placeholder(draft):
    rendered = render_mail(draft)
    letter = Letter(subject="x", body=rendered.text, to=["r@example.org"])
    letter.attach_alternative(rendered.html, "text/html")
    assert letter.message().as_bytes().count(READER_LINK.encode()) == 4


def test_the_largest_issue_is_not_clipped(draft):
    """Gmail clips a mail at 102 kB."""
    words = "All that can be said of it, and “more”. "
    draft.data_points.update(comment=(words + "\n\n") * (5_000 // len(words)))
    Issue.objects.update(intro=(words + "\n\n") * (20_000 // len(words)))
    make_data_point(draft, 3)
    assert len(render_mail(Issue.objects.get()).html.encode()) < 100_000


def test_pictures_are_sharp_and_small(draft):
    series = make_series("quotes", chart_form="line", frequency="monthly")
    rows = [f"{2020 + n // 12}-{n % 12 + 1:02},{n * n % 97}.5" for n in range(60)]
    release(series, " ".join(rows))
    make_data_point(draft, 3, series=series)
    pictures = render_mail(draft).pictures
    assert [picture.name for picture in pictures] == [
        "chart-1",
        "chart-1-dark",
        "chart-3",
        "chart-3-dark",
    ]
    for picture in pictures:
        width, height = struct.unpack(">II", picture.png[16:24])
        assert width in (1104, 552)
        assert height < width
        assert len(picture.png) <= LARGEST


def test_a_draft_reads_the_newest_release_and_stores_nothing(draft):
    release(Series.objects.get(), "2024,10 2025,14", day="2026-06-15")
    assert "14 units" in render_mail(draft).text.replace("\xa0", " ")
    kept = Issue.objects.get()
    assert (kept.intro_html, kept.data_points.first().figure) == ("", "")


def test_a_sent_issue_stays_as_it_was_sent(draft):
    issue = sent(draft)
    before = render_mail(issue)
    release(Series.objects.get(), "2024,11 2025,14 2026,20", day="2026-11-22")
    assert render_mail(Issue.objects.get()) == before
    assert "Friday, November 20, 2026" in before.text


def test_the_day_is_in_the_newsletters_time_zone(draft):
    make_newsletter(time_zone="Pacific/Auckland")
    assert "Saturday, November 21, 2026" in render_mail(sent(draft)).text


def test_at_most_three_terms_are_explained_those_of_data_points_first(draft):
    make_term("Draft", status="draft")
    links = [f"[x](/glossary/{slug}/)" for slug in ("draft", "gpu-hour", "gpu", "token", "flop")]
    for headword in ("Token", "FLOP"):
        make_term(headword)
    Issue.objects.update(intro=" ".join(links))
    text = render_mail(Issue.objects.get()).text.partition("The words in this issue")[2]
    places = [text.find(f"\n{word}: ") for word in ("GPU-Hour", "GPU", "Token", "FLOP", "Draft")]
    assert places[:3] == sorted(places[:3])
    assert -1 not in places[:3]
    assert places[3:] == [-1, -1]


@pytest.mark.parametrize(
    ("path", "queries"), [("/data/compute/", 0), ("/about/", 0), ("/glossary/gpu/", 1)]
)
def test_only_links_into_the_glossary_are_looked_up_as_terms(
    draft, django_assert_num_queries, path, queries
):
    draft.intro = f"See [x]({path})."
    with django_assert_num_queries(queries):
        assert len(explained_terms(draft, [])) == queries


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n<p>Two</p>", "One\n\nTwo"),
        ("<p>Up<br>\nand down</p>", "Up\nand down"),
        ("<p>10<sup>26</sup></p>", "10^26"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c"),
        ("<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n<p>Three</p>", " - One\n - Two\n\nThree"),
        ("<ol start='9'>\n<li>One</li>\n<li>Two</li>\n</ol>", "9. One\n10. Two"),
        ("<ul><li><p>One</p><p>more</p></li><li><p>Two</p></li></ul>", " - One\n\n   more\n - Two"),
        ("<ul><li>One<ul><li>in it</li></ul></li></ul>", " - One\n    - in it"),
        ("<blockquote>\n<p>Said</p>\n</blockquote>", "> Said"),
        ("<pre><code>a  b\n  c\n</code></pre>", "a  b\n  c"),
        ("<h2>Head</h2>\n<p>Text</p>", "Head\n\nText"),
        ("<hr>\n<p>x</p>", "* * *\n\nx"),
        (
            "<div><table><tr>\n<th>A</th>\n<th>B</th>\n</tr>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>"
            "</table></div>",
            "A | B\n1 | 2",
        ),
        (
            '<p><a href="/a/">one</a>, <a href="/b/">two</a>, <a href="/a/">one</a></p>',
            "one [1], two [2], one [1]\n\n[1] https://x.org/a/\n[2] https://x.org/b/",
        ),
        ('<p><a href="/data/c/"><data value="1">12 units</data></a>.</p>', "12 units."),
        (f"<p>{'word ' * 20}</p>", f"{'word ' * 13}word\n{'word ' * 5}word"),
        ("", ""),
    ],
)
def test_our_html_as_plain_text(html, text):
    assert as_plain_text(html, "https://x.org") == text


def test_an_address_is_never_wrapped():
    address = "https://example.org/" + "-long" * 30
    assert (
        address in as_plain_text(f'<p>See <a href="{address}">it</a></p>', "https://x.org").split()
    )


@pytest.mark.parametrize(
    ("href", "whole"),
    [
        ("/glossary/gpu/", "https://x.org/glossary/gpu/"),
        ("/data/compute/?asof=2026-01-15#t", "https://x.org/data/compute/?asof=2026-01-15#t"),
        ("//example.org/a", "https://example.org/a"),
        ("https://example.org/a", "https://example.org/a"),
        ("mailto:pulse@example.org", "mailto:pulse@example.org"),
    ],
)
def test_links_are_made_absolute(href, whole):
    assert with_absolute_links(f'<p><a href="{href}">x</a></p>', "https://x.org") == (
        f'<p><a href="{whole}">x</a></p>'
    )


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        ("<p>It is.</p>\n<p>So</p>", "<p><strong>Why &lt;</strong> It is.</p>\n<p>So</p>"),
        ("<ul><li>One</li></ul>", "<p><strong>Why &lt;</strong></p>\n<ul><li>One</li></ul>"),
        ("", "<p><strong>Why &lt;</strong></p>\n"),
    ],
)
def test_a_text_is_opened_by_bold_words(html, whole):
    assert opened_by("Why <", html) == whole


def test_links_to_our_own_pages_are_found():
    html = (
        '<a href="/glossary/gpu/#t">1</a> <a href="https://a.org/x">2</a> <a href="/data/c/">3</a>'
    )
    assert linked_paths(html * 2) == ["/glossary/gpu/", "/data/c/"]
