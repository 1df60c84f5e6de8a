"""The front page of admin: what needs work, and each count matches its list."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from glossary.admin.desk import Coming, Desk, desk_of
from glossary.mentions import relinking
from glossary.models import CheckedAddress, Fetch
from glossary.series import figure_uses
from glossary.terms import text_problems
from tests.builders import (
    make_citation,
    make_issue,
    make_series,
    make_term,
    make_upload,
    relate,
    release,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def log_in(client, *groups):
    user = User.objects.create_user("staff", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client.force_login(user)
    return user


def make_whole_term(headword, **fields):
    """Make a term that needs no work."""
    term = make_term(headword, **({"reviewed_on": "2026-11-01"} | fields))
    make_citation(term, url="https://works.example/")
    relate(term, make_term(f"{headword} related", status="draft"))
    term.shown_series.create(series=release(make_series(f"for-{term.slug}"), "2025,1").series)
    return term


def make_everything():
    """Make one row or more for every line of the desk."""
    make_whole_term("Late", reviewed_on="2026-01-01")
    make_whole_term("Unread", reviewed_on=None)
    make_whole_term("Edited", reviewed_on=None, reopened_on="2026-11-20")
    make_whole_term("Lonely").relations.all().delete()
    make_whole_term("Unproved").citations.all().delete()
    make_whole_term("Bare").shown_series.all().delete()
    make_citation(make_whole_term("Cites"), url="https://dead.example/")
    CheckedAddress.objects.create(url="https://dead.example/", state="dead", answer=404)
    wrong = make_whole_term("Wrong", explanation="{{ assert for-late > 100 }}")
    figure_uses.record_figures(wrong)
    make_series("slow", expected_days=30)
    release(make_series("slow-too", expected_days=30), "2025,1", "2026-01-15")
    release(make_series("ended", expected_days=30, ended_on="2026-02-01"), "2025,1")
    Fetch.objects.create(series=make_series("broken"), failures=2, checked_at=datetime.now(UTC))
    with time_machine.travel("2026-11-20", tick=False):
        titled = make_series("titled", chart_title="Chips are everywhere")
    release(titled, "2026,1")
    filed = make_series("filed")
    make_upload(filed, name="a.csv")
    make_upload(filed, name="b.csv")
    make_issue(1, status="draft", sent_at=None)
    make_whole_term("Names nobody", explanation="[[Nobody]]")
    text_problems.check_all()
    make_whole_term("Faulty", explanation="A [link](other.md).", has_text_remarks=True)
    make_whole_term("Heading", explanation="## Lonely\n\nNobody links a heading.")
    relinking.relink_changed()


def test_every_count_is_the_number_of_rows_in_its_list(client):
    user = log_in(client, "Editors", "Newsletter editors")
    make_everything()
    needs = desk_of(user).needs
    assert len(needs) == 19
    for need in needs:
        listed = client.get(need.url).context["cl"]
        assert (need.text, listed.result_count) == (need.text, need.count)


def test_the_front_page_says_each_in_words_with_a_link(client):
    log_in(client, "Editors", "Newsletter editors")
    make_everything()
    page = client.get("/admin/").text
    for count, text in (
        (1, "term past its review date"),
        (1, "term never reviewed"),
        (1, "term changed since its review"),
        (1, "term with a figure or link that cannot be read"),
        (1, "term with a claim that no longer holds"),
        (1, "term with a dead link"),
        (1, "term with a link or mark that does not work"),
        (1, "term without citations"),
        (1, "term without data"),
        (1, "term that mentions others without a link"),
        (11, "drafts"),
        (1, "dead link"),
        (1, "series with a file to look at"),
        (1, "series overdue for new data"),
        (1, "series that cannot be fetched (fetching has not worked yet)"),
        (1, "series with a chart title older than its numbers"),
        (1, "issue in draft"),
    ):
        assert f"<strong>{count}</strong> {text}</a>" in page
    assert 'href="/admin/glossary/term/?status__exact=published&amp;citations=none"' in page


def test_nothing_to_do_is_said_calmly(client):
    log_in(client, "Editors", "Newsletter editors")
    assert "Nothing is waiting for you." in client.get("/admin/").text


def test_only_what_somebody_may_change_is_counted(client):
    make_everything()
    make_term("Next", status="draft", publish_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    desk = desk_of(log_in(client, "Newsletter editors"))
    # They may look at terms and series, which are nevertheless the work of Editors.
    assert [need.text for need in desk.needs] == ["issue in draft"]
    assert desk.coming == ()
    User.objects.all().delete()
    assert "issue in draft" not in [need.text for need in desk_of(log_in(client, "Editors")).needs]
    User.objects.all().delete()
    assert desk_of(log_in(client)) == Desk()


def test_what_is_an_operators_is_folded_and_not_shown_to_editors(client):
    log_in(client, "Editors", "Publishers")
    assert "<summary>System</summary>" not in client.get("/admin/").text
    client.force_login(User.objects.create_superuser("root"))
    for page, sections in (("/admin/", 1), ("/admin/glossary/term/", 1), ("/admin/auth/user/", 1)):
        html = client.get(page).text
        work, folded, system = html.partition("<summary>System</summary>")
        assert html.count(folded) == sections
        for app in ("auth", "config", "django_tasks_database"):
            assert f'class="app-{app} ' not in work
            assert f'class="app-{app} ' in system
    assert '<details class="system" open>' in html


def test_a_list_says_which_filters_are_chosen_without_opening_them(client):
    log_in(client, "Editors")
    assert "<summary>Filter</summary>" in client.get("/admin/glossary/term/").text
    html = client.get("/admin/glossary/term/?status__exact=draft&review=due").text
    assert "<summary>Filter: status Draft, review Due</summary>" in html


def test_the_coming_days_name_what_is_published_and_what_is_to_be_reviewed(client):
    make_term("Next", status="draft", publish_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    soon = make_term("Soon", reviewed_on="2026-06-01", review_interval=180)
    make_term("Later", reviewed_on="2026-11-01", review_interval=180)
    make_term("Overdue", reviewed_on="2026-01-01", review_interval=180)
    coming = desk_of(log_in(client, "Editors")).coming
    assert [each.text for each in coming] == ["“Soon” is due for review", "“Next” is published"]
    page = f"/admin/glossary/term/{soon.pk}/change/"
    assert coming[0] == Coming(date(2026, 11, 29), "“Soon” is due for review", page)
    listed = client.get("/admin/glossary/term/?review=soon").context["cl"].queryset
    assert [term.headword for term in listed] == ["Soon"]


def test_what_cannot_be_fetched_says_when_fetching_last_worked(client, clock):
    log_in(client, "Editors")
    Fetch.objects.create(series=make_series("works"), worked_at="2026-11-20T05:17Z")
    Fetch.objects.create(
        series=make_series("broken"), worked_at="2026-11-19T05:17Z", failures=2,
        checked_at="2026-11-23T05:17Z",
    )  # fmt: skip
    page = client.get("/admin/").text
    said = "series that cannot be fetched (fetching last worked on November 20, 2026)"
    assert f"<strong>1</strong> {said}</a>" in page


def test_the_list_says_how_long_a_review_is_overdue(client):
    log_in(client, "Editors")
    make_term("Soon", reviewed_on="2026-11-22", review_interval=2)
    make_term("Today", reviewed_on="2026-11-21", review_interval=1)
    make_term("Late", reviewed_on="2026-11-10", review_interval=2)
    make_term("Never")
    page = client.get("/admin/glossary/term/").text
    for said in ("Nov. 25, 2026", "1 day overdue", "11 days overdue", "never reviewed"):
        assert said in page


def test_the_front_page_stays_cheap(client, django_assert_max_num_queries):
    log_in(client, "Editors", "Newsletter editors")
    make_everything()
    with django_assert_max_num_queries(40):
        client.get("/admin/")
