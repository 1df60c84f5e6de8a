"""A sent issue keeps its numbers, however the data change."""

import re
from datetime import UTC, datetime

import pytest

from glossary.models import Series
from glossary.prose.figures.readings import change_since_sent
from glossary.series.loading import load_as_of
from newsletter.issues.figure_texts import draft_texts, issues_showing
from newsletter.issues.freezing import UnreadableFigure, freeze, frozen_readings
from tests.builders import make_data_point, make_issue, make_newsletter, make_series, release

pytestmark = pytest.mark.django_db

SENT = datetime(2026, 3, 6, 14, tzinfo=UTC)


@pytest.fixture
def compute():
    """A series that is 12 as of January and 14 as of June."""
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-01-15")
    release(series, "2024,10 2025,14", day="2026-06-15")
    return series


def plain(text):
    """Replace the no-break spaces between number and unit."""
    return text.replace("\xa0", " ").replace("&nbsp;", " ")


def frozen_issue(number=1, intro="There are {{ compute }}.", **point):
    issue = make_issue(number, "Chips", intro=intro, sent_at=SENT)
    defaults = {"comment": "It was {{ compute | first }}, {{ compute | change 1y | words }}."}
    make_data_point(issue, **(defaults | point))
    freeze(issue)
    return issue


def test_texts_are_frozen_with_the_values_of_the_day_they_were_sent(compute, client):
    frozen_issue()
    page = plain(client.get("/newsletter/1-chips/").text)
    page, since = page.split("What has changed since")
    assert "12 units" in page
    assert "14 units" not in page
    assert "14 units" in since
    assert "10 units" in page
    assert "up 20%" in page
    assert "Released January 15, 2026. As sent." in page


def test_importing_a_release_does_not_change_a_sent_issue(compute, client):
    def as_sent():
        article = client.get("/newsletter/1-chips/").text.partition("<article>")[2]
        return re.sub(
            '(?s)<p class="since".*?</p>\n*', "", article.partition("What has changed since")[0]
        )

    frozen_issue(series=compute, figure="", period="")
    before = as_sent()
    release(compute, "2024,11 2025,15 2026,20", day="2026-07-15")
    assert as_sent() == before
    assert client.get("/newsletter/").status_code == 200


def test_readings_are_stored_to_compare_with_the_present(compute):
    issue = frozen_issue()
    assert set(frozen_readings(issue)) == {
        "compute",
        "compute | first",
        "compute | change 1y | words",
    }
    as_sent = frozen_readings(issue)["compute"]
    assert str(as_sent.released_on) == "2026-01-15"
    now = load_as_of(Series.objects.with_page().get()).view
    assert (
        plain(change_since_sent(as_sent, now))
        == "as sent 12 units (2025), now 14 units (revised by June 2026)"
    )


def test_a_data_point_takes_figure_period_and_reading_from_its_series(compute):
    issue = frozen_issue(series=compute, figure="", period="")
    point = issue.data_points.get()
    assert (plain(point.figure), point.period) == ("12 units", "2025")
    assert point.reading["value"] == "12"


def test_a_data_point_takes_a_large_number_as_pages_write_it():
    series = make_series("users", unit="people")
    release(series, "2024,800000000 2025,1200000000", day="2026-01-15")
    point = frozen_issue(intro="", comment="", series=series, figure="").data_points.get()
    assert (point.figure, point.reading["value"]) == ("1.20 billion people", "1200000000")


def test_a_typed_figure_and_period_stay(compute):
    point = frozen_issue(series=compute, figure="a dozen", period="last year").data_points.get()
    assert (point.figure, point.period, plain(point.reading["shown"])) == (
        "a dozen",
        "last year",
        "12 units",
    )


def test_the_day_is_in_the_sites_time_zone_as_for_imports(compute):
    make_newsletter(time_zone="America/New_York")
    issue = make_issue(
        2, intro="{{ compute }}", sent_at=datetime(2026, 6, 15, 3, tzinfo=UTC)
    )  # still 14 June in New York; the release of the 15th is what readers saw
    freeze(issue)
    assert "14 units" in plain(issue.intro_html)


def test_an_unsent_issue_reads_the_newest_release(compute):
    issue = make_issue(3, intro="{{ compute }}", status="draft", sent_at=None)
    freeze(issue)
    assert "14 units" in plain(issue.intro_html)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"intro": "{{ compite }}"}, "The intro, line 1: There is no series “compite”"),
        ({"comment": "Well.\n\n{{ compute | at 1999 }}"}, "Data point 1, line 3: compute"),
        ({"comment": "{{ compute"}, "Data point 1, line 1: {{ is never closed"),
    ],
)
def test_a_broken_figure_stops_the_freezing(compute, fields, said):
    with pytest.raises(UnreadableFigure) as unreadable:
        frozen_issue(**fields)
    assert said in str(unreadable.value)


def test_a_series_without_data_at_that_time_stops_the_freezing():
    late = make_series("late")
    release(late, "2025,1", day="2026-06-15")
    with pytest.raises(UnreadableFigure, match="Data point 1: There is no series “late”"):
        frozen_issue(intro="", comment="Why.", series=late, figure="")


def test_a_figure_that_is_too_long_has_to_be_typed():
    series = make_series("long", unit="standardized units of computing work done")
    release(series, "2025,1", day="2026-01-15")
    with pytest.raises(UnreadableFigure, match="longer than 40 characters; type it"):
        frozen_issue(intro="", comment="Why.", series=series, figure="")


def test_an_issue_older_than_figures_shows_its_text(client):
    issue = make_issue(1, "Chips", intro="A *calm* week.")
    make_data_point(issue, comment="Why **it** matters.")
    page = client.get("/newsletter/1-chips/").text
    assert "<em>calm</em>" in page
    assert "<strong>it</strong>" in page


def test_the_sent_issues_that_show_a_series(compute):
    make_series("compute-cost")
    frozen_issue(1)
    frozen_issue(2, intro="", comment="Why.", series=compute)
    make_issue(3, intro="{{ compute-cost }}")
    make_issue(4, intro="{{ compute }}", status="draft", sent_at=None)
    make_issue(5, intro="{{ compute }}", newsletter=make_newsletter("Data Letter"))
    make_issue(6, intro="We compute.")
    assert [issue.number for issue in issues_showing(compute)] == [5, 2, 1]


def test_the_texts_of_unsent_issues_that_use_a_series(compute):
    draft = make_issue(1, intro="There are {{ compute }}.", status="draft", sent_at=None)
    make_data_point(draft, 1, series=compute, figure="", headline="More chips")
    make_data_point(draft, 2, series=compute, figure="a dozen")
    frozen_issue(2)
    assert [(text.title, text.markdown) for text in draft_texts(compute)] == [
        ("Issue 1", "There are {{ compute }}."),
        ("Issue 1", "{{ compute }}: More chips"),
    ]
    assert draft_texts(compute)[0].path == f"/admin/newsletter/issue/{draft.pk}/change/"
