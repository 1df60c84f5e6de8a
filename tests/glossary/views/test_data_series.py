"""`/data/` and `/data/<slug>/`: what a reader sees of a series, now and as of a day."""

import gzip
import re
from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError

from glossary.models import Fetch, FigureUse, Series, Source, TermSeries
from tests.builders import (
    make_category,
    make_daily_series,
    make_data_point,
    make_issue,
    make_series,
    make_term,
    make_upload,
    release,
)
from tests.glossary.views.test_term_page import assert_in_order, visible_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def compute(clock):
    """Two releases; the second adds a year and changes one."""
    series = make_series("compute", notes="Counted **by hand**.", expected_days=365)
    release(series, "2023,8 2024,1000", "2025-01-15", note="The first.")
    release(series, "2023,8 2024,1100 2025,1250", "2026-01-15", note="Counted again.")
    return series


def test_the_overview_shows_every_series_by_topic(client, compute):
    other = make_series(
        "rent",
        category=make_category("Compute & Chips", position=9),
        unit="US dollars",
        short_unit="$",
    )
    release(other, "2024,3 2025,2")
    make_series("no-data-yet")
    text = visible_text(client.get("/data/").text)
    assert_in_order(
        text,
        [
            "The 2 series", "Fields on this page", "Techniques & Methods 1", "Compute & Chips 1",
            "Sort by newest", "Calendar",
            "Techniques & Methods", "Series", "Compute", "1,250 units", "Up 14% in a year",
            "Updated Jan 15 · next Jan 2027 · Epoch AI",
            "Compute & Chips", "Rent", "$2", "Down 33% in a year",
        ],
    )  # fmt: skip
    assert "No data yet" not in text


def test_the_overview_says_what_is_late(client, compute, clock):
    late = Series.objects.filter(pk=compute.pk)
    late.update(expected_days=200)
    said = visible_text(client.get("/data/").text)
    assert "Updated Jan 15 · was due Aug 2026" in said
    assert "Feed 1 late" in said


def test_the_overview_lists_by_day_of_release_if_asked(client, compute):
    release(make_series("rent"), "2024,3 2025,2", "2026-02-01")
    assert_in_order(
        visible_text(client.get("/data/?order=newest").text),
        ["Sort by field", "Newest first", "Rent", "Feb 1", "Compute", "Jan 15"],
    )
    assert "Sort by newest" in visible_text(client.get("/data/?order=size").text)


def test_what_fails_here_is_not_said_to_be_unpublished(client, compute, clock):
    path = "/data/compute/"
    Series.objects.update(expected_days=200, fetch_url="https://example.org/compute.csv")
    fetch = Fetch.objects.create(series=compute, worked_at="2026-11-23T05:17Z")
    assert "ot published yet" in visible_text(client.get(path).text)
    fetch.failures = 3
    fetch.save()
    text = visible_text(client.get(path).text)
    assert "not published yet" not in text
    assert "3 months late" in text
    make_upload(compute)
    assert "being checked" not in visible_text(client.get(path).text)
    make_upload(compute, is_fetched=True)
    assert "newer file is being checked" in visible_text(client.get(path).text)


def test_the_overview_without_any_series_says_so(client):
    assert "No series yet" in visible_text(client.get("/data/").text)


def test_the_overview_costs_five_queries_however_many_series(client, django_assert_max_num_queries):
    for number in range(12):
        release(
            make_series(f"series-{number}", category=make_category(f"Topic {number % 4}")),
            "2024,1 2025,2",
        )
    client.get("/about/")  # the first page of a process asks SQLite whether it knows JSON
    with django_assert_max_num_queries(5):
        assert client.get("/data/").text.count(">2 values</p>") == 12


def test_the_parts_of_a_page_stand_in_order(client, compute):
    term = make_term("AI Compute")
    TermSeries.objects.create(term=term, series=compute)
    text = visible_text(client.get("/data/compute/").text)
    assert_in_order(
        text,
        [
            "Compute", "How much compute there is.",
            "1,250", "units", "2025", "Fresh", "Observed", "Updated January 15, 2026", "Next expected in January 2027",
            "Compute", "Source: Epoch AI", "CSV", "JSON", "PNG", "SVG", "Embed", "Cite",
            "In words", "From 8 in 2023 to 1,250 in 2025",
            "Method and limits", "Counted by hand",
            "Used in", "AI Compute",
            "All values", "Period Value", "2025 1,250", "2024 1,100", "2023 8",
            "Releases and revisions", "January 15, 2026", "Revision", "Counted again.", "January 15, 2025", "First release", "The first.",
            "Use it", "Data:", "CC BY 4.0",
            "How to cite", "Epoch AI, AI chip counts. Release of January 15, 2026.", "@misc",
            "Embed the chart", "<iframe",
            "Metadata, JSON",
        ],
    )  # fmt: skip


def test_the_change_is_beside_the_number_where_the_title_of_the_chart_does_not_say_it(
    client, compute, clock
):
    def beside_the_number():
        panel = client.get("/data/compute/").text.partition('aria-label="Latest value"')[2]
        return visible_text(panel.partition("</section>")[0]).partition(" Fresh")[0]

    assert beside_the_number().endswith("1,250 units 2025")
    clock.shift(1)
    compute.chart_title = "More compute than ever"
    compute.save()
    assert beside_the_number().endswith("1,250 units 2025. Up 14% in a year, from 2024")


def test_the_chart_says_in_words_what_it_shows(client, compute):
    html = client.get("/data/compute/").text
    assert re.search(r'<svg class="chart[^"]*" role="img"', html)
    assert html.count("From 8 in 2023 to 1,250 in 2025") == 2  # in the picture and under it


def test_the_table_has_columns_only_for_what_occurs(client):
    plain = make_series("plain")
    release(plain, "2024,1 2025,2")
    assert '<th scope="col" class="number">Low' not in client.get("/data/plain/").text
    from glossary.ingest.plans import accept_release, plan_release

    rich = make_series("rich", interval="90% interval")
    content = b"period,value,low,high,status\n2024,1000,900.5,1100,final\n2025,,,,final\n2026,2000,,,projected\n"
    accept_release(plan_release(rich, content, "x.csv", date(2025, 2, 1)))
    text = visible_text(client.get("/data/rich/").text)
    assert_in_order(
        text,
        [
            "Low and high: 90% interval",
            "Period Value Low High Status",
            "2026 2,000 Projected",
            "2025 n/a",
            "2024 1,000 900.5 1,100",
        ],
    )


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ("2023,5E+26 2024,2.7415E+24 2025,0", ["0", "2.74 × 10²⁴", "5 × 10²⁶"]),
        ("2023,12.5 2024,1234.1250 2025,7", ["7", "1,234.1250", "12.5"]),
        ("2023,78.30000000000001 2024,5", ["5.0", "78.3"]),
        ("2023,0.00000012345 2024,5", ["5", "0.000000123"]),
        ("2023,1234567890123456789 2024,2", ["2", "1.23 × 10¹⁸"]),
    ],
)
def test_the_table_has_the_published_digits_of_all_but_long_numbers(client, rows, shown):
    release(make_series("exact", decimals=1), rows)
    cells = re.findall(
        r'<td class="number value"><data [^>]*>([^<]*)<', client.get("/data/exact/").text
    )
    assert [cell.replace("\u00a0", " ") for cell in cells] == shown


def test_a_long_number_has_three_figures_and_all_digits_in_its_title(client):
    release(make_series("shipped"), "2023,1200000 2024,938873 2025,17048399")
    html = client.get("/data/shipped/").text.replace("\u00a0", " ")
    assert '<data value="17048399" title="17,048,399">17.0 million</data>' in html
    assert '<data value="938873">938,873</data>' in html
    assert '<data value="1200000">1,200,000</data>' in html
    assert "2025,17048399" in client.get("/data/shipped.csv").text.replace("-01-01", "")
    release(make_series("scaled", scale=3), "2024,1 2025,17048399")
    assert ">17,048,399</data>" in client.get("/data/scaled/").text


@pytest.mark.parametrize(("count", "seen"), [(15, 15), (16, 12)])
def test_a_table_shows_twelve_rows_and_folds_the_rest(client, clock, count, seen):
    make_daily_series("days", count)
    html = client.get("/data/days/").text
    shown, _, folded = html.partition("4 earlier periods")
    assert shown.count('<th scope="row">') == seen
    assert folded.count('<th scope="row">') == count - seen


def test_in_words_are_two_sentences_and_the_rest_on_demand(client):
    release(make_series("grows", chart_scale="log"), "2021,1 2022,10 2023,100 2024,900 2025,9000")
    said = client.get("/data/grows/").text.partition('id="words"')[2].partition("</section>")[0]
    brief, _, rest = visible_text(said).partition("More of what it shows")
    assert "The largest change" in brief
    assert "The scale is logarithmic" in rest


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"expected_days": 365}, "Fresh"),
        ({"expected_days": 310}, "Due"),
        ({"expected_days": 200}, "3 months late"),
        ({"expected_days": 60}, "8 months late"),
        ({"ended_on": date(2026, 1, 20)}, "Ended January 20, 2026"),
    ],
)
def test_a_word_says_how_fresh_the_value_is(client, compute, fields, word):
    Series.objects.filter(pk=compute.pk).update(**fields)
    html = client.get("/data/compute/").text
    assert re.findall(r'<span class="state(?: late)?">([^<]*)<', html) == [
        word.replace(" late", "\u00a0late").replace(" months", "\u00a0months")
    ]
    assert ('class="state late"' in html) == (word.endswith("late"))
    assert visible_text(html).lower().count("ended january") == word.count("Ended")
    assert 'class="state' not in client.get("/data/compute/?asof=2025-06-30").text


@pytest.mark.parametrize(
    ("fields", "figure", "caption"),
    [
        ({"unit": "thousand claims", "scale": 3, "decimals": 2}, "155 thousand claims",
         "2 periods, newest first. Claims, thousands"),
        ({"unit": "thousand claims", "decimals": 2}, "155 thousand claims",
         "2 periods, newest first. Claims, thousands"),
        ({"unit": "billion US dollars", "short_unit": "$", "scale": 9}, "$155 billion",
         "2 periods, newest first. US dollars, billions"),
    ],
)  # fmt: skip
def test_a_unit_that_repeats_the_scale_says_it_once(client, fields, figure, caption):
    series = make_series("claims", **fields)
    release(series, "2024,150 2025,155")
    text = visible_text(client.get("/data/claims/").text)
    assert figure in text
    assert caption in text
    series.unit = "million claims"
    series.scale = 6
    with pytest.raises(ValidationError, match="The scale says that already; write “claims”"):
        series.clean()


def test_as_of_a_day_the_page_shows_what_held_then_and_says_so(client, compute):
    text = visible_text(client.get("/data/compute/?asof=2025-06-30").text)
    assert_in_order(
        text,
        [
            "This is the release of January 15, 2025",
            "Show the newest",
            "1,000 units",
            "From 8 in 2023 to 1,000 in 2024",
        ],
    )
    assert "1,250" not in text.partition("Releases and revisions")[0]


def test_as_of_today_is_the_newest_and_needs_no_notice(client, compute):
    assert "as it stood then" not in client.get("/data/compute/?asof=2026-11-23").text


def test_before_the_first_release_the_page_says_since_when_there_are_data(client, compute):
    answer = client.get("/data/compute/?asof=2024-12-31")
    assert answer.status_code == 404
    assert "?asof=2025-01-15" in visible_text(answer.text)


HOSTILE = [
    "", "x", "2026-02-30", "20260101", "2026-W09-1", "2026-1-1", "2026-01-01T00:00", "0000-00-00",
    "٢٠٢٦-٠١-٠١", "2026-01-01' OR 1=1", "<script>", "9999-12-31", "-001-01-01", "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("asof", HOSTILE)
@pytest.mark.parametrize("path", ["/data/compute/", "/data/compute.csv", "/data/compute/embed/"])
def test_a_day_that_cannot_be_read_is_answered_with_what_to_write(client, compute, path, asof):
    answer = client.get(path, {"asof": asof})
    assert answer.status_code == 400
    assert "?asof=2026-03-01" in unescape(answer.text) or "has not come yet" in answer.text
    assert "<script>" not in answer.text


def test_an_unknown_series_and_one_without_data_are_not_there(client):
    make_series("empty")
    for path in (
        "/data/empty/",
        "/data/nothing/",
        "/data/empty.csv",
        "/data/empty/embed/",
        "/data/Compute'/",
    ):
        assert client.get(path).status_code == 404


def test_terms_and_issues_that_use_it_are_linked_drafts_are_not(client, compute):
    shows, reads, draft = (
        make_term("Shows"),
        make_term("Reads"),
        make_term("Hidden", status="draft"),
    )
    TermSeries.objects.create(term=shows, series=compute)
    TermSeries.objects.create(term=draft, series=compute)
    FigureUse.objects.create(term=reads, series=compute, token="compute")
    FigureUse.objects.create(
        term=make_term("Claims"), series=compute, token="assert x", is_claim=True
    )
    make_data_point(make_issue(3, "Chips again"), comment="There are {{ compute }}.")
    used = client.get("/data/compute/").text.partition('id="used"')[2]
    for found in ("/glossary/shows/", "/glossary/reads/", "Issue 3: Chips again"):
        assert found in used
    for hidden in ("Hidden", "Claims"):
        assert hidden not in used


def test_without_the_right_to_pass_values_on_no_file_of_them_is_offered(client, compute):
    compute.source.may_redistribute = False
    compute.source.save()
    html = client.get("/data/compute/").text
    assert "compute.csv" not in html
    assert "compute.json" not in html
    assert "compute.metadata.json" in html
    assert "does not allow the values to be passed on" in html


def test_titles_and_notes_cannot_carry_markup(client):
    series = make_series(
        "odd", title="<b>A & B</b>", notes="<script>x</script> {{ odd }}", unit="<i>u</i>"
    )
    release(series, "2024,1 2025,2")
    for path in ("/data/", "/data/odd/", "/data/odd/embed/", "/data/odd.svg", "/feeds/data.atom"):
        html = client.get(path).text
        for poison in ("<b>A", "<script>x", "<i>u"):
            assert poison not in html, path


def test_a_page_costs_ten_queries_however_much_hangs_on_it(
    client, compute, django_assert_max_num_queries
):
    for number in range(8):
        TermSeries.objects.create(term=make_term(f"Term {number}"), series=compute)
        release(compute, f"2023,8 2024,1100 2025,{1300 + number}", f"2026-02-0{number + 1}")
    with django_assert_max_num_queries(10):
        client.get("/data/compute/")


def test_a_long_series_stays_small(client):
    series = make_series("long", frequency="monthly")
    rows = " ".join(f"{2001 + n // 12}-{n % 12 + 1:02},{100 + n * 37 % 91}.5" for n in range(295))
    release(series, rows)
    html = client.get("/data/long/").content
    assert len(gzip.compress(html)) < 20_000


def test_a_series_of_8336_values_shows_the_newest_hundred_and_leads_to_the_file(client, clock):
    make_daily_series("long", 8336)
    html = client.get("/data/long/").text
    assert len(html.encode()) < 50_000
    assert html.count('<th scope="row">') == 100
    text = visible_text(html)
    assert "Newest values The newest 100 of 8,336 periods, newest first." in text
    assert_in_order(text, ["October 27, 2025 12.5", "July 20, 2025 13.0", "All 8,336 values, CSV"])
    assert "July 19, 2025" not in text
    assert 'data-since="2003-01-01"' in html
    assert len(client.get("/data/long.csv").text.splitlines()) == 8337


@pytest.mark.parametrize(("count", "rows"), [(250, 250), (251, 100)])
def test_a_table_is_whole_up_to_250_values(client, clock, count, rows):
    make_daily_series("days", count)
    html = client.get("/data/days/").text
    assert html.count('<th scope="row">') == rows
    assert ("All values" in visible_text(html)) == (rows == count)
    assert ("data-file" in html) == (rows != count)


def test_a_cut_table_leads_to_the_source_when_no_file_may_be_given(client, clock):
    series = make_daily_series("long", 300)
    Source.objects.update(may_redistribute=False, url="https://epoch.ai/data")
    html = client.get(f"/data/{series.slug}/").text
    assert '<a href="https://epoch.ai/data">All values at the source</a>' in html
    assert 'data-file=""' in html


def test_a_chart_of_data_that_are_share_alike_has_their_license(client, compute):
    """CC BY-SA asks for it; texts and all other charts are CC BY."""
    source = Source.objects.filter(pk=compute.source.pk)
    page, embed, metadata = "/data/compute/", "/data/compute/embed/", "/data/compute.metadata.json"
    assert "Our chart and texts: CC BY 4.0" in visible_text(client.get(page).text)
    source.update(licence="CC-BY-SA-3.0")
    said = visible_text(client.get(page).text)
    assert "Our chart has the same license. Our texts: CC BY 4.0" in said
    for address in (page, embed):
        shown = visible_text(client.get(address).text).replace("Pulse ,", "Pulse,")
        assert "Chart: AI Economy Pulse, CC BY-SA 3.0" in shown
    assert "Chart: AI Economy Pulse, CC-BY-SA-3.0" in client.get(metadata).json()["dc:rights"]
