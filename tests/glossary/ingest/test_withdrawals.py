"""The way back: the newest release is withdrawn, and what held before holds again."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from glossary.ingest.columns import Columns
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.plans import accept_release, plan_release
from glossary.ingest.uploads import Stale
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Fetch, FigureUse, Observation, Series, Upload, WithdrawnRelease
from glossary.series import figure_uses
from glossary.series.loading import load_as_of
from tests.builders import make_series, make_term, release
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

WRONG = "2024,11 2025,12 2026,99"


@pytest.fixture
def compute():
    series = make_series("compute")
    release(series, "2023,9 2024,10 2025,12", "2026-01-15")
    return series


@pytest.fixture
def editor(client):
    user = User.objects.create_user("edith", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    return client


def newest(series):
    return Series.objects.with_page().get(pk=series.pk)


def values(series, day=None):
    loaded = load_as_of(newest(series), day)
    return [str(point.value) for point in loaded.points] if loaded else None


def withdraw(series, reason="Wrong file.", by=None):
    return withdraw_release(series, newest(series).current_release_id, reason, by)


def page_of(series):
    return f"/admin/glossary/series/{series.pk}/withdraw/"


def test_added_changed_and_vanished_periods_come_back_as_they_were(compute):
    other = make_series("other")
    release(other, "2024,1 2025,2", "2026-02-01")
    wrong = release(compute, WRONG, "2026-02-01")
    before = newest(compute).updated_at
    with unchanged(other, other.releases.get(), *other.observations.all()):
        kept = withdraw(compute)
    assert values(compute) == ["9", "10", "12"]
    assert newest(compute).current_release.released_on == date(2026, 1, 15)
    assert newest(compute).updated_at > before  # or a cached answer would outlive the release
    assert not Observation.objects.filter(series=compute, superseded_in__isnull=False).exists()
    assert (kept.released_on, kept.summary) == (wrong.released_on, wrong.summary)


def test_claims_and_figures_follow(compute, client):
    term = make_term("Compute", explanation="{{ compute }} {{ assert compute < 50 }}")
    figure_uses.record_figures(term)
    release(compute, WRONG, "2026-02-01")
    assert FigureUse.objects.filter(broken_in__isnull=False).count() == 1
    withdraw(compute)
    assert not FigureUse.objects.filter(broken_in__isnull=False).exists()
    assert 'value="12">12&nbsp;units' in client.get("/glossary/compute/").text


def test_a_corrected_file_comes_in_with_an_earlier_day_afterwards(compute):
    release(compute, WRONG, "2026-03-01")
    withdraw(compute)
    release(compute, "2023,9 2024,11 2025,12 2026,13", "2026-02-01")
    assert values(compute) == ["9", "11", "12", "13"]
    assert values(compute, date(2026, 1, 20)) == ["9", "10", "12"]


def test_one_after_the_other_all_are_withdrawn_and_the_series_can_be_deleted(
    compute, admin_client, client
):
    release(compute, WRONG, "2026-02-01")
    Fetch.objects.create(series=compute)
    withdraw(compute)
    withdraw(compute)
    assert values(compute) is None
    assert newest(compute).mapping == ""
    assert client.get("/data/compute/").status_code == 404
    other = make_series("other")
    with unchanged(other):
        admin_client.post(f"/admin/glossary/series/{compute.pk}/delete/", {"post": "yes"})
    assert not Series.objects.filter(pk=compute.pk).exists()


def test_a_newer_release_than_the_one_seen_is_not_withdrawn(compute):
    seen = newest(compute).current_release_id
    release(compute, WRONG, "2026-02-01")
    with pytest.raises(Stale, match="Another release is the newest"):
        withdraw_release(compute, seen, "Wrong file.")
    assert values(compute) == ["11", "12", "99"]
    assert not WithdrawnRelease.objects.exists()


def test_after_a_withdrawal_the_columns_and_the_next_numbers_wait_for_a_person(clock, compute):
    content = b"date,sa,nsa\n2024,11,21\n2025,12,22\n"
    planned = plan_release(
        newest(compute),
        content,
        "x.csv",
        date(2026, 2, 1),
        Columns(columns="period=date,value=nsa"),
    )
    accept_release(planned)
    clock.shift(60)
    withdraw(compute, "Wrong column.")
    assert newest(compute).mapping == ""
    with pytest.raises(ChoiceNeeded, match="value"):
        plan_release(newest(compute), content + b"2026,13,23\n", "y.csv", date(2026, 3, 1))
    chosen = Columns(columns="value=nsa")
    again = plan_release(
        newest(compute), content + b"2026,13,23\n", "y.csv", date(2026, 3, 1), chosen
    )
    assert "The last release was withdrawn on 2026-11-23: Wrong column." in again.questions
    assert again.needs_a_person
    clock.shift(60)
    accept_release(again)
    later = plan_release(newest(compute), content + b"2026,14,24\n", "z.csv", date(2026, 4, 1))
    assert not any("withdrawn" in each for each in later.questions)


def test_the_same_file_again_asks_a_person_and_says_why(compute, clock):
    release(compute, WRONG, "2026-02-01")
    withdraw(compute, "The publisher took it back.")
    content = ("period,value\n" + WRONG.replace(" ", "\n")).encode()
    planned = plan_release(newest(compute), content, "x.csv", date(2026, 2, 2))
    assert planned.questions[0] == (
        "This file was withdrawn on 2026-11-23: The publisher took it back."
    )


def test_the_database_wants_a_reason(compute):
    with pytest.raises(IntegrityError), transaction.atomic():
        withdraw(compute, reason="")


# --- pages ---


def test_an_editor_sees_what_would_change_and_says_why(editor, client, compute, clock):
    figure_uses.record_figures(make_term("Compute", explanation="There are {{ compute }}."))
    wrong = release(compute, WRONG, "2026-02-01")
    page = editor.get(page_of(compute))
    assert "The numbers of the release of January 15, 2026 hold again." in page.text
    assert "There are <del>99</del><ins>12</ins> units." in page.text.replace("\xa0", " ")
    assert "This field is required" in editor.post(page_of(compute), {"release": wrong.pk}).text
    assert values(compute) == ["11", "12", "99"]
    typed = {"release": wrong.pk, "reason": "A wrong <b>column</b>."}
    other = make_series("other")
    with unchanged(other):
        page = editor.post(page_of(compute), typed, follow=True)
    assert "Withdrew the release of 2026-02-01: A wrong" in page.text
    assert values(compute) == ["9", "10", "12"]
    assert "Withdrew the release of 2026-02-01" in LogEntry.objects.first().change_message
    assert WithdrawnRelease.objects.get().withdrawn_by.username == "edith"
    text = client.get("/data/compute/").text
    assert "On November 23, 2026: A wrong &lt;b&gt;column&lt;/b&gt;." in text
    again = editor.post(page_of(compute), typed, follow=True)
    assert "Nothing was withdrawn. Another release is the newest now." in again.text


def test_the_only_release_leaves_a_series_without_data(editor, compute):
    explanation = "There are {{ compute }}. Next. {{ assert compute < 50 }}"
    figure_uses.record_figures(make_term("Compute", explanation=explanation))
    page = editor.get(page_of(compute)).text
    assert "the series leaves the site until another one is imported" in page
    assert "There are <del>12\xa0units</del><ins>—</ins>." in page
    assert "Claims that would no longer hold: 1" in page
    withdraw(compute)
    assert "There is no release to withdraw" in editor.get(page_of(compute), follow=True).text
    assert page_of(compute) not in editor.get(f"/admin/glossary/series/{compute.pk}/change/").text


def test_who_may_not_change_a_series_may_not_withdraw(client, compute):
    user = User.objects.create_user("nora", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    assert client.get(page_of(compute)).status_code == 403
    assert client.post(page_of(compute), {"reason": "x", "release": 1}).status_code == 403
    assert Upload.objects.count() == 0
    assert values(compute) == ["9", "10", "12"]
