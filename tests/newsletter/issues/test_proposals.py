"""What a draft is filled with, in which order, and why; what was typed stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from glossary.models import Series
from glossary.series.figure_uses import record
from glossary.series.latest import latest
from glossary.values.periods import Denotes, Frequency
from newsletter.issues.composing import proposals
from newsletter.issues.composing.candidates import Evidence, choose, headline, rank
from newsletter.issues.composing.candidates import record as record_of
from newsletter.issues.freezing import freeze
from newsletter.models import DataPoint, Issue
from tests.builders import make_data_point, make_issue, make_series, make_term, release
from tests.glossary.series_views import make_view, point
from tests.newsletter.drafts import make_draft, make_three_series


def monthly(*values, **fields):
    """Make a series of monthly values that ends in October 2026."""
    months = [(2026 * 12 + 9 - back) for back in range(len(values))][::-1]
    points = [
        point(f"{month // 12}-{month % 12 + 1:02}-01", value)
        for month, value in zip(months, values, strict=True)
    ]
    return make_view(points=points, **({"frequency": Frequency.MONTHLY, "title": "Rent"} | fields))


@pytest.mark.parametrize(
    ("values", "fields", "said"),
    [
        (("2.4", "2.1"), {"unit": "US dollars", "short_unit": "$", "decimals": 2},
         "Rent fell 13% to $2.10 in October 2026"),
        (("10", *["11"] * 11, "15"), {"unit": "chips"},
         "Rent rose 50% in a year to 15 chips in October 2026"),
        (("40", "46"), {"unit": "%"}, "Rent rose 6 percentage points to 46% in October 2026"),
        (("40", "46"), {"unit": "%", "title": "AI use, world"},
         "AI use, world: up 6 percentage points to 46% in October 2026"),
        (("10", "10"), {"unit": "chips"}, "Rent stands at 10 chips in October 2026"),
        (("10",), {"unit": "chips", "denotes": Denotes.DAY}, "Rent stands at 10 chips on October 1, 2026"),
        (("10",), {"unit": "chips", "denotes": Denotes.ENDING},
         "Rent stands at 10 chips in the month to October 1, 2026"),
    ],
)  # fmt: skip
def test_headlines_are_plain_sentences_from_the_numbers(values, fields, said):
    view = monthly(*values, **fields)
    assert headline(view.title, latest(view)) == said


def test_a_title_that_leaves_no_room_is_cut_and_not_the_number():
    view = monthly("10", "15", title="Long " * 32, unit="chips")
    said = headline(view.title, latest(view))
    assert len(said) <= 160
    assert said.endswith("… rose 50% to 15 chips in October 2026")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("5 3 4 3 4 6", ("highest", True, date(2026, 5, 1))),
        ("5 3 4 3 4 2", ("lowest", True, date(2026, 5, 1))),
        ("9 3 4 3 4 6", ("highest", False, date(2026, 5, 1))),
        ("9 9 3 4 5 6", None),  # tops three values only
        ("1 2 3 4 5 6", None),  # each value is a record
        ("6 3 4 3 4 6", ("highest", False, date(2026, 5, 1))),  # as high once before
        ("3 4 5 6", None),  # too few to tell
    ],
)
def test_a_record_is_told_only_where_it_is_news(values, found):
    seen = record_of(monthly(*values.split()))
    assert (seen and (seen.word, seen.is_all, seen.since)) == found


def evidence(slug, category="Chips", **fields):
    view = monthly("10", "10", slug=slug, title=slug)
    surprise = Decimal(fields.pop("surprise", 0))
    known = {"latest": latest(view), "surprise": surprise, "is_new": True} | fields
    return Evidence(view=view, category=category, **known)


def test_news_comes_first_and_what_was_told_already_last():
    ranked = rank(
        [
            evidence("old", is_new=False, surprise=5),
            evidence("told", told="Issue 1 told of it, and it still holds.", is_repeat=True),
            evidence("calm"),
            evidence("moved", surprise=3),
            evidence("broke", broken=("In “GPU”: broken.",)),
        ]
    )
    assert [each.slug for each in ranked] == ["broke", "moved", "calm", "old", "told"]


def test_of_each_topic_one_is_chosen_before_a_second():
    ranked = rank(
        [
            evidence("chips", surprise=6),
            evidence("more-chips", surprise=5),
            evidence("power", "Energy", surprise=2),
            evidence("old-jobs", "Work", is_new=False),
        ]
    )
    assert [each.slug for each in choose(ranked, 3)] == ["chips", "power", "more-chips"]
    assert [each.slug for each in choose(ranked, 1, told=["Chips"])] == ["power"]


# --- with the database ---


@pytest.fixture
def draft(clock, db):
    """A draft, after an issue of last Friday."""
    draft = make_draft(subject="")
    make_issue(2, "Last week", sent_at=datetime(2026, 11, 20, 14, tzinfo=UTC))
    return draft


def test_an_empty_draft_is_filled_from_three_topics_with_reasons(draft):
    compute, _power, _jobs = make_three_series(day="2026-11-23")
    make_term("GPU").shown_series.create(series=compute)
    assert len(proposals.propose(draft)) == 3
    first, second, third = draft.data_points.all()
    assert (first.series, first.term.headword) == (compute, "GPU")
    assert first.headline == "Compute rose 20% in a year to 12 units in 2025"
    assert first.change == "Up 20% in a year"
    assert first.source_title == "AI chip counts"
    assert (first.figure, first.comment) == ("", "")
    assert first.proposed_because == "New since the last issue: released November 23, 2026."
    assert {second.series.slug, third.series.slug} == {"power", "jobs"}
    draft.refresh_from_db()
    assert draft.subject == first.headline
    assert draft.slug == "compute-rose-20-in-a-year-to-12-units-in-2025"


def test_what_an_editor_typed_stays(draft):
    _, power, _ = make_three_series(day="2026-11-23")
    Issue.objects.filter(pk=draft.pk).update(subject="My subject")
    draft.refresh_from_db()
    make_data_point(draft, 1, headline="Typed", change="Typed too")
    make_data_point(draft, 3, series=power, headline="My headline", figure="", change="")
    proposals.propose(draft)
    first, second, third = draft.data_points.all()
    assert (first.headline, first.change, first.series) == ("Typed", "Typed too", None)
    assert second.series.slug == "compute"  # not power again
    assert (third.headline, third.change) == ("My headline", "Up 20% in a year")
    draft.refresh_from_db()
    assert draft.subject == "My subject"


def test_filling_twice_changes_nothing(draft):
    make_three_series()
    proposals.propose(draft)
    before = list(draft.data_points.values())
    assert proposals.propose(draft) == []
    assert list(draft.data_points.values()) == before


def test_overdue_ended_and_empty_series_are_no_news(draft):
    make_three_series()
    Series.objects.filter(slug="compute").update(expected_days=1, current_release=old_release())
    Series.objects.filter(slug="power").update(ended_on="2026-01-01")
    make_series("empty")
    assert [each.slug for each in proposals.candidates(draft)] == ["jobs"]


def old_release():
    series = make_series("older")
    series.ended_on = "2026-01-01"
    series.save()
    return release(series, "2024,1", day="2026-01-15")


def reasons(draft, slug):
    return next(each.reasons for each in proposals.candidates(draft) if each.slug == slug)


def test_a_claim_that_broke_and_a_revision_are_reasons(draft):
    compute, *_ = make_three_series(day="2026-11-19")
    record(make_term("GPU", explanation="Many. {{ assert compute > 11 }}"))
    release(compute, "2024,10 2025,9", day="2026-11-22")
    broken, revised, new = reasons(draft, "compute")
    assert broken.startswith("In “GPU”: Broken: Compute is 9\xa0units")
    assert revised.startswith("Revised on November 22, 2026. 1 of 2 periods changed")
    assert new == "New since the last issue: released November 22, 2026."


def test_what_an_earlier_issue_said_is_compared_with_now(draft):
    compute, power, _ = make_three_series(day="2026-11-19")
    last = Issue.objects.get(number=2)
    make_data_point(last, 1, series=compute, figure="", period="")
    make_data_point(last, 2, series=power, figure="", period="")
    freeze(last)
    release(compute, "2024,10 2025,12 2026,20", day="2026-11-22")
    assert "Issue 2 told of it: as sent 12\xa0units (2025), now 20\xa0units (2026)." in reasons(
        draft, "compute"
    )
    assert "Issue 2 told of it, and it still holds." in reasons(draft, "power")
    assert [each.slug for each in proposals.candidates(draft)][-1] == "power"


def test_what_was_imported_long_after_its_day_is_no_news(draft):
    make_three_series(day="2026-03-01")
    assert reasons(draft, "compute") == (
        "Nothing new since the last issue: released March 1, 2026.",
    )


def test_one_candidate_takes_the_place_of_another_and_history_keeps_that(draft):
    make_three_series()
    make_data_point(draft, 2, headline="Old")
    proposals.use(draft, "jobs", 2)
    point = draft.data_points.get()
    assert (point.position, point.series.slug) == (2, "jobs")
    assert DataPoint.history.filter(headline="Old", history_type="-").exists()


@pytest.mark.parametrize(("slug", "place"), [("none", 1), ("jobs", 4)])
def test_what_is_no_candidate_and_no_place_is_refused(draft, slug, place):
    make_three_series()
    with pytest.raises(LookupError):
        proposals.use(draft, slug, place)
    assert not draft.data_points.exists()


def test_an_approved_issue_is_not_filled(draft):
    make_three_series()
    Issue.objects.filter(pk=draft.pk).update(
        status="approved", subject="S", send_at="2026-11-27T14:00Z"
    )
    with pytest.raises(proposals.NotADraft, match="Take the approval back first"):
        proposals.propose(draft)
    assert not draft.data_points.exists()


def test_however_many_series_there_are_the_candidates_cost_the_same(
    draft, django_assert_num_queries
):
    make_three_series()
    for number in range(5):
        release(make_series(f"more-{number}"), "2024,1 2025,2")
    with django_assert_num_queries(6):
        assert len(proposals.candidates(draft)) == 8
