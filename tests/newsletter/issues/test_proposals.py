"""What a draft is filled with, in which order, and why."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from glossary.models import Release, Series
from glossary.series.figure_uses import record_figures
from glossary.series.latest import latest
from glossary.series.movement import Movement
from glossary.values.periods import Denotes, Frequency
from newsletter.issues.composing import proposals
from newsletter.issues.composing.candidates import (
    Candidate,
    choose_candidates,
    find_extreme,
    headline,
    rank_candidates,
)
from newsletter.issues.freezing import freeze
from newsletter.models import DataPoint, Issue
from tests.builders import (
    make_data_point,
    make_issue,
    make_newsletter,
    make_series,
    make_term,
    release,
)
from tests.bystanders import unchanged
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
        # Of a share: it rises, and not what it is a share of.
        (("40", "46"), {"unit": "%"}, "Rent: 46% in October 2026, up 6 points since September 2026"),
        (("46",), {"unit": "%"}, "Rent: 46% in October 2026"),
        (("46", "46"), {"unit": "%"}, "Rent: 46% in October 2026, unchanged since September 2026"),
        (("13.48", *["15"] * 11, "19.95"), {"unit": "%", "decimals": 2},
         "Rent: 19.95% in October 2026, up 6.5 points in a year"),
        (("19.91", "19.95"), {"unit": "%", "decimals": 2},
         "Rent: 19.95% in October 2026, up 0.04 points since September 2026"),
        (("1", *["5"] * 11, "14"), {"unit": "chips"},
         "Rent is at 14 chips in October 2026, 14 times as much in a year"),
        (("10", "10"), {"unit": "chips"}, "Rent is at 10 chips in October 2026"),
        # The figure as it is shown, without the base of an index.
        (("661", "1276"), {"unit": "megawatts"}, "Rent rose 93% to 1,276 megawatts in October 2026"),
        (("100", "102.1"), {"unit": "index, 2017 = 100", "decimals": 1},
         "Rent rose 2.1% to 102.1 in October 2026"),
        (("10",), {"unit": "chips", "denotes": Denotes.DAY}, "Rent is at 10 chips on October 1, 2026"),
        (("10",), {"unit": "chips", "denotes": Denotes.ENDING},
         "Rent is at 10 chips in the month to October 1, 2026"),
    ],
)  # fmt: skip
def test_headlines_are_plain_sentences_about_the_numbers(values, fields, said):
    view = monthly(*values, **fields)
    assert headline(view, latest(view)) == said


@pytest.mark.parametrize(
    ("frequency", "said"),
    [
        (
            Frequency.MONTHLY,
            "46% of firms use AI in October 2026, up 6 points since September 2026",
        ),
        (Frequency.WEEKLY, "46% of firms use AI, up 6 points since September 1, 2026"),
    ],
)
def test_the_words_that_follow_a_share_are_the_headlines_own(frequency, said):
    view = monthly("40", "46", unit="%", frequency=frequency)
    assert headline(view, latest(view), "of firms use AI") == said
    assert headline(view, latest(view), "Use of AI").startswith("Rent: 46%")


def test_a_long_title_is_shortened_and_the_number_is_not():
    view = monthly("10", "15", title="Long " * 32, unit="chips")
    said = headline(view, latest(view))
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
def test_a_record_is_reported_only_if_it_is_news(values, found):
    seen = find_extreme(monthly(*values.split()))
    assert (seen and (seen.word, seen.is_all, seen.since)) == found


def evidence(slug, category="Chips", **fields):
    view = monthly("10", "10", slug=slug, title=slug)
    surprise = Decimal(fields.pop("surprise", 0))
    moved = Movement("up 1 unit since 2025", surprise, "its step")
    known = {"latest": latest(view), "movement": moved, "is_new": True, "subject": ""} | fields
    return Candidate(view=view, category=category, **known)


def test_news_comes_first_and_repetitions_last():
    ranked = rank_candidates(
        [
            evidence("old", is_new=False, surprise=5),
            evidence(
                "repeat", earlier="It was in issue 1 and has not changed since.", is_repeat=True
            ),
            evidence("calm"),
            evidence("moved", surprise=3),
            evidence("broke", broken=("In “GPU”: broken.",)),
        ]
    )
    assert [each.slug for each in ranked] == ["broke", "moved", "calm", "old", "repeat"]


def test_every_topic_is_chosen_once_before_any_is_chosen_twice():
    ranked = rank_candidates(
        [
            evidence("chips", surprise=6),
            evidence("more-chips", surprise=5),
            evidence("power", "Energy", surprise=2),
            evidence("old-jobs", "Work", is_new=False),
        ]
    )
    assert [each.slug for each in choose_candidates(ranked, 3)] == ["chips", "power", "more-chips"]
    assert [each.slug for each in choose_candidates(ranked, 1, topics=["Chips"])] == ["power"]


def test_what_has_neither_a_new_release_nor_a_change_fills_no_place():
    rising = monthly("10", "12", slug="rising", title="rising")
    moved = {"view": rising, "latest": latest(rising)}
    found = [
        evidence("new", category="A"),
        replace(evidence("moved", category="B", is_new=False), **moved),
        replace(evidence("told", category="C", is_new=False, is_repeat=True), **moved),
        evidence("same", category="D", is_new=False),
    ]
    ranked = rank_candidates(found)
    assert len(ranked) == 4
    assert [each.category for each in choose_candidates(ranked, 3)] == ["A", "B"]


# --- with the database ---

TOO_FEW = "Too few values to say what is usual."


@pytest.fixture
def draft(clock, db):
    """A draft; the last issue was sent last Friday."""
    draft = make_draft(subject="")
    make_issue(2, "Last week", sent_at=datetime(2026, 11, 20, 14, tzinfo=UTC))
    return draft


def test_an_empty_draft_is_filled_from_three_topics_with_reasons(draft):
    compute, _power, _jobs = make_three_series(day="2026-11-23")
    make_term("AGI").shown_series.create(series=_power)
    make_term("Draft", status="draft").shown_series.create(series=compute)
    make_term("GPU").shown_series.create(series=compute)
    assert len(proposals.fill_draft(draft)) == 3
    first, second, third = draft.data_points.all()
    assert (first.series, first.term.headword) == (compute, "GPU")
    assert first.headline == "Compute rose 20% in a year to 12 units in 2025"
    assert first.change == "Up 20% in a year"
    assert first.source_title == "AI chip counts"
    assert (first.figure, first.comment) == ("", "")
    assert first.proposed_because == (
        "New since the last issue: released November 23, 2026. Too few values to say what is usual."
    )
    assert {second.series.slug, third.series.slug} == {"power", "jobs"}
    draft.refresh_from_db()
    assert draft.subject == first.headline
    assert draft.slug == "compute-rose-20-percent-in-a-year-to-12-units-in-2025"


def test_many_reasons_are_all_kept(draft):
    compute = make_three_series(day="2026-11-23")[0]
    for number in range(9):
        claim = "{{ assert compute < 1 }}"
        record_figures(make_term(f"A term with a long name {number}", explanation=claim))
    why = proposals.use_candidate(draft, compute.slug, 1).proposed_because
    assert why.count("A term with a long name") == 9
    assert why.endswith("Too few values to say what is usual.")


def test_filling_keeps_what_an_editor_typed(draft):
    _, power, _ = make_three_series(day="2026-11-23")
    Issue.objects.filter(pk=draft.pk).update(subject="My subject")
    draft.refresh_from_db()
    make_data_point(draft, 1, headline="Typed", change="Typed too")
    make_data_point(draft, 3, series=power, headline="My headline", figure="", change="")
    proposals.fill_draft(draft)
    first, second, third = draft.data_points.all()
    assert (first.headline, first.change, first.series) == ("Typed", "Typed too", None)
    assert second.series.slug == "compute"  # not power again
    assert (third.headline, third.change) == ("My headline", "Up 20% in a year")
    draft.refresh_from_db()
    assert draft.subject == "My subject"


def test_with_nothing_to_propose_the_subject_stays_empty(draft):
    release(make_series("flat"), "2024,10 2025,10", day="2026-11-01")
    Release.objects.update(imported_at="2026-11-01T12:00Z")
    assert proposals.fill_draft(draft) == []
    draft.refresh_from_db()
    assert draft.subject == ""
    assert [each.slug for each in proposals.find_candidates(draft)] == ["flat"]


def test_filling_twice_changes_nothing(draft):
    make_three_series()
    proposals.fill_draft(draft)
    before = list(draft.data_points.values())
    assert proposals.fill_draft(draft) == []
    assert list(draft.data_points.values()) == before


def test_overdue_ended_and_empty_series_are_no_candidates(draft):
    make_three_series()
    Series.objects.filter(slug="compute").update(expected_days=1, current_release=old_release())
    Series.objects.filter(slug="power").update(ended_on="2026-01-01")
    make_series("empty")
    assert [each.slug for each in proposals.find_candidates(draft)] == ["jobs"]


def test_late_series_are_told_apart_from_candidates_newest_first(draft):
    make_three_series()
    for slug, day in (("overdue", "2026-10-20"), ("stale", "2026-01-15")):
        release(make_series(slug, expected_days=20), "2024,10 2025,12", day=day)
    late = [(series.slug, fresh.state) for series, fresh in proposals.late_series()]
    assert late == [("overdue", "overdue"), ("stale", "stale")]
    offered = [each.slug for each in proposals.find_candidates(draft)]
    assert sorted(offered) == ["compute", "jobs", "power"]


def old_release():
    series = make_series("older")
    series.ended_on = "2026-01-01"
    series.save()
    return release(series, "2024,1", day="2026-01-15")


def reasons(draft, slug):
    return next(each.reasons for each in proposals.find_candidates(draft) if each.slug == slug)


def test_a_broken_claim_and_a_revision_are_reasons(draft):
    compute, *_ = make_three_series(day="2026-11-19")
    record_figures(make_term("GPU", explanation="Many. {{ assert compute > 11 }}"))
    release(compute, "2024,10 2025,9", day="2026-11-22")
    broken, revised, new, _ = reasons(draft, "compute")
    assert broken.startswith("In “GPU”: Broken: Compute is 9\xa0units")
    assert revised.startswith(
        "Revised on November 22, 2026, too few revisions before it to say what is usual. "
        "1 of 2 periods changed"
    )
    assert new == "New since the last issue: released November 22, 2026."


@pytest.mark.parametrize(
    ("value", "how"),
    [("101", "within its usual revision"), ("106", "3 times its usual revision")],
)
def test_a_revision_is_told_against_those_before_it(draft, value, how):
    series = make_series("compute")
    known = "2019,90"
    release(series, known, day="2026-06-20")
    for month, year in enumerate(range(2020, 2024), 7):
        release(series, f"{known} {year},100", day=f"2026-{month:02}-20")
        known += f" {year},102"
    release(series, known.replace("2023,102", f"2023,{value}"), day="2026-11-22")
    (revised,) = (each for each in reasons(draft, "compute") if each.startswith("Revised on"))
    assert revised.startswith(f"Revised on November 22, 2026, {how}. 1 of 5 periods changed")


def test_the_number_of_an_earlier_issue_is_compared_with_the_present(draft):
    compute, power, _ = make_three_series(day="2026-11-19")
    last = Issue.objects.get(number=2)
    make_data_point(last, 1, series=compute, figure="", period="")
    make_data_point(last, 2, series=power, figure="", period="")
    freeze(last)
    release(compute, "2024,10 2025,12 2026,20", day="2026-11-22")
    assert (
        "It was in the last issue (2): as sent 12\xa0units (2025), now 20\xa0units (2026)."
        in reasons(draft, "compute")
    )
    assert "It was in the last issue (2) and has not changed since." in reasons(draft, "power")
    assert [each.slug for each in proposals.find_candidates(draft)][-1] == "power"


def test_what_another_newsletter_sent_meanwhile_is_still_news_here(draft, clock):
    make_three_series(day="2026-11-22")
    clock.shift(3600)
    make_issue(9, newsletter=make_newsletter("Data Letter"))
    assert reasons(draft, "compute") == (
        "New since the last issue: released November 22, 2026.",
        TOO_FEW,
    )


def test_a_newest_release_that_came_in_since_is_news_whatever_its_day(draft):
    make_three_series(day="2026-03-01")
    assert reasons(draft, "compute") == (
        "New since the last issue: came in on November 23, 2026, although released March 1, 2026.",
        TOO_FEW,
    )


def test_an_older_release_that_completes_the_past_is_no_news(draft):
    compute, *_ = make_three_series(day="2026-11-22")
    Release.objects.update(imported_at="2026-11-01T12:00Z")
    past = Release.objects.create(
        series=compute, released_on="2026-03-01", checksum="x", kind="first"
    )
    assert past.imported_at > Issue.objects.get(number=2).sent_at
    assert reasons(draft, "compute") == (
        "No newer release than that of November 22, 2026, which no issue has told yet.",
        TOO_FEW,
    )


def test_a_number_that_the_last_issue_typed_by_hand_is_named(draft):
    compute, *_ = make_three_series(day="2026-11-22")
    make_data_point(make_issue(1, sent_at="2026-11-01T12:00Z"), 1, series=compute)
    assert "It was in issue 1." in reasons(draft, "compute")
    make_data_point(Issue.objects.get(number=2), 1, series=compute)
    assert "It was in the last issue (2)." in reasons(draft, "compute")


def test_a_candidate_replaces_a_data_point_and_history_keeps_the_old_one(draft):
    make_three_series()
    make_data_point(draft, 2, headline="Old")
    others = [
        make_data_point(draft, 1),
        make_data_point(draft, 3),
        make_data_point(Issue.objects.get(number=2), 2),
    ]
    with unchanged(*others):
        proposals.use_candidate(draft, "jobs", 2)
    point = draft.data_points.get(position=2)
    assert point.series.slug == "jobs"
    assert DataPoint.history.filter(headline="Old", history_type="-").exists()


@pytest.mark.parametrize(("slug", "place"), [("none", 1), ("jobs", 4)])
def test_an_unknown_candidate_or_place_is_refused(draft, slug, place):
    make_three_series()
    with pytest.raises(LookupError):
        proposals.use_candidate(draft, slug, place)
    assert not draft.data_points.exists()


def test_an_approved_issue_is_not_filled(draft):
    make_three_series()
    Issue.objects.filter(pk=draft.pk).update(
        status="approved", subject="S", send_at="2026-11-27T14:00Z"
    )
    with pytest.raises(proposals.NotADraft, match="Withdraw the approval first"):
        proposals.fill_draft(draft)
    assert not draft.data_points.exists()


def test_finding_candidates_needs_the_same_queries_for_any_number_of_series(
    draft, django_assert_num_queries
):
    make_three_series()
    for number in range(5):
        release(make_series(f"more-{number}"), "2024,1 2025,2")
    with django_assert_num_queries(6):
        assert len(proposals.find_candidates(draft)) == 8
