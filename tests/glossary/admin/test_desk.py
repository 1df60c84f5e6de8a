"""The front page of admin: what needs work, and each count matches its list."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User

from glossary.admin.desk import PUBLISHED, Coming, Desk, Urgency, desk_of
from glossary.mentions import relinking
from glossary.models import CheckedAddress, Fetch, Term
from glossary.series import figure_uses
from glossary.terms import publishing, text_problems
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
    relate(make_whole_term("Broad"), one_way := make_whole_term("One way"), kind="broader")
    relate(one_way, Term.objects.get(slug="broad"), kind="contrast")
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
    text_problems.record_all_broken()
    late = {"status": "draft", "publish_at": datetime(2020, 1, 1, tzinfo=UTC)}
    make_term("Not out", explanation="[[Nobody]]", **late)
    publishing.publish_due()
    make_whole_term("Faulty", explanation="A [link](other.md).", has_text_remarks=True)
    make_whole_term("Heading", explanation="## Lonely\n\nNobody links a heading.")
    relinking.relink_changed()


def test_every_count_is_the_number_of_rows_in_its_list(client):
    user = log_in(client, "Editors", "Newsletter editors")
    make_everything()
    needs = desk_of(user).needs
    assert len(needs) == 21
    for need in needs:
        listed = client.get(need.url).context["cl"]
        assert (need.text, listed.result_count) == (need.text, need.count)


def test_every_line_about_published_terms_is_tried_on_a_term(client):
    make_everything()
    counts = {need.text: need.count for need in desk_of(log_in(client, "Editors")).needs}
    for line in PUBLISHED:
        assert counts.get(line.one, 0) + counts.get(line.several, 0) > 0, line.several


def lines_of(page):
    """Return (count, text) of each line of the front page, in order."""
    return re.findall(r"<strong>([\d,]+)</strong>\s*<div>\s*(.*?)\s*<p", page)


def test_the_front_page_says_each_in_words_with_a_link(client):
    log_in(client, "Editors", "Newsletter editors")
    make_everything()
    page = client.get("/admin/").text
    pressing, folded, tidy = page.partition('<details class="tidy">')
    assert folded
    assert lines_of(pressing) == [
        ("1", "series with a file to look at"),
        ("1", "series late: newer values are missing"),
        ("1", "series that cannot be fetched (fetching has not worked yet)"),
        ("1", "term with a claim that no longer holds"),
        ("1", "term with a figure or link that cannot be read"),
        ("1", "term scheduled but not published: a figure or link cannot be read"),
        ("1", "series with a chart title older than its numbers"),
        ("1", "term with a dead link"),
        ("1", "term with a link or mark that does not work"),
        ("1", "dead link"),
        ("1", "term past the review date"),
        ("1", "term changed since the review"),
        ("1", "term never reviewed"),
    ]
    assert lines_of(tidy) == [
        ("1", "term without related terms"),
        ("2", "terms with a relation that the other term tells differently"),
        ("1", "term without citations"),
        ("1", "term without data"),
        ("1", "term with a mention of another that is not linked"),
        ("12", "terms that no other mentions"),
        ("14", "drafts"),
        ("1", "issue in draft"),
    ]
    assert 'href="/admin/glossary/term/?status__exact=published&amp;citations=none"' in page


def test_a_line_names_its_first_three_rows_the_longest_waiting_first(client):
    user = log_in(client, "Editors")
    for day in ("04", "02", "05", "03"):
        make_whole_term(f"Reviewed on {day}", reviewed_on=f"2026-01-{day}")
    need = next(need for need in desk_of(user).needs if need.urgency == Urgency.REVIEW)
    names = [name for name, _ in need.rows]
    assert names == ["Reviewed on 02", "Reviewed on 03", "Reviewed on 04"]
    assert need.count == 4
    for name, url in need.rows:
        assert client.get(url).context["original"].headword == name


def test_nothing_to_do_is_said_calmly_and_what_can_wait_stays_folded(client):
    log_in(client, "Editors", "Newsletter editors")
    make_whole_term("Whole")
    page = client.get("/admin/").text
    assert "Nothing needs work." in page
    assert lines_of(page.partition('<details class="tidy">')[2])[-1] == ("1", "draft")


def test_an_empty_site_says_how_to_begin(client):
    log_in(client, "Editors")
    page = client.get("/admin/").text
    assert '<a class="button" href="/admin/glossary/term/add/">Write the first term</a>' in page
    assert '<a class="button" href="/admin/glossary/term/import/">Import terms' in page
    make_term("Draft", status="draft")
    page = client.get("/admin/").text
    assert "Publish the first term</a>" in page
    assert "Write the first term" not in page
    make_term("Published")
    assert "Publish the first term" not in client.get("/admin/").text


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


def rooms_of(page):
    """Return the names in the navigation, in order; "System" is followed by what it folds."""
    nav = re.search(r'<nav id="rooms".*?</nav>', page, re.S)[0]
    return re.findall(r"(?:<a[^>]*|<summary)>([^<]+)</", nav)


TERMS = ["Terms", "Categories", "Links to other sites", "Former slugs"]
DATA = ["Data", "Sources", "Releases", "Fetches"]
ABOUT = ["About", "People"]
NEWS = ["Issues", "Newsletters", "Readers", "Suppressions", "Consent events"]


@pytest.mark.parametrize(
    ("group", "rooms"),
    [
        ("Editors", ["Today", *TERMS, *DATA, *ABOUT]),
        ("Newsletter editors", ["Today", "Terms", "Data", *NEWS]),
        ("Publishers", ["Today", "Terms", "Data", *NEWS]),
    ],
)
def test_the_navigation_has_the_rooms_of_a_role(client, group, rooms):
    log_in(client, group)
    assert rooms_of(client.get("/admin/").text) == rooms


def test_what_is_an_operators_is_folded_on_every_page(client):
    client.force_login(User.objects.create_superuser("root"))
    for page in ("/admin/", "/admin/glossary/term/", "/admin/auth/user/"):
        names = rooms_of(client.get(page).text)
        everyday, system = names[: names.index("System")], names[names.index("System") + 1 :]
        assert everyday == [
            "Today",
            *TERMS,
            *DATA,
            *ABOUT,
            *NEWS[:4],
            "Returned mail",
            *NEWS[4:],
            "Reader actions",
        ]
        expected = {
            "Users", "Groups", "Held signups", "Log entries", "Login attempts", "Task results",
        }  # fmt: skip
        assert {name.capitalize() for name in system} == expected


def test_the_navigation_says_where_one_is(client):
    client.force_login(User.objects.create_superuser("root"))
    html = client.get("/admin/").text
    assert '<a class="name" href="/admin/" aria-current="page">Today</a>' in html
    assert "<details open>" not in html
    html = client.get(f"/admin/glossary/term/{make_term().pk}/change/").text
    assert 'href="/admin/glossary/term/" aria-current="page">Terms</a>' in html
    assert html.count('aria-current="page">') == 2  # and the last breadcrumb
    assert "<details open>" in client.get("/admin/auth/user/").text


def test_each_chosen_filter_of_a_list_is_a_link_that_removes_it(client):
    log_in(client, "Editors")
    assert 'class="chip"' not in client.get("/admin/glossary/term/").text
    html = client.get("/admin/glossary/term/?status__exact=draft&review=due").text
    assert '<a class="chip" href="?review=due">Status: Draft<' in html
    assert '<a class="chip" href="?status__exact=draft">Review: Due<' in html


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


def test_data_expected_in_fourteen_days_are_named_also_for_those_who_only_look(client):
    for slug, days in (("today", 3), ("last", 17), ("later", 18), ("late", 2)):
        release(make_series(slug, expected_days=days, title=slug), "2026,1", "2026-11-20")
    for group in ("Editors", "Newsletter editors"):
        expected = desk_of(log_in(client, group)).expected
        assert [(each.text, each.day) for each in expected] == [
            ("today", date(2026, 11, 23)),
            ("last", date(2026, 12, 7)),
        ]
        assert client.get(expected[0].url).status_code == 200
        User.objects.all().delete()


def test_what_colleagues_changed_last_is_listed_newest_first(client):
    user, root = log_in(client, "Editors"), User.objects.create_superuser("root")
    terms = [make_term(f"Term {n}") for n in range(11)]
    for term in terms:
        LogEntry.objects.log_actions(root.pk, [term], 2, change_message="Changed its headword.")
    LogEntry.objects.log_actions(root.pk, [user], 2)
    LogEntry.objects.log_actions(user.pk, [terms[0]], 3, single_object=True)
    page = client.get("/admin/").text.partition('id="changes"')[2]
    told = [" ".join(each.split()) for each in re.findall(r"<div>(.*?)</div>", page, re.S)]
    assert len(told) == 10
    assert told[0].startswith("deleted term Term 0")
    assert 'change/">Term 10</a> <span class="quiet">Changed its headword.</span>' in told[1]
    assert "staff" not in told[1]  # accounts are not shown to editors


def test_what_cannot_be_fetched_says_when_fetching_last_worked(client, clock):
    log_in(client, "Editors")
    works = make_series("works", fetch_url="https://example.org/a.csv")
    Fetch.objects.create(series=works, worked_at="2026-11-20T05:17Z")
    added_up = make_series("added-up", steps=[{"sum of": ["works"]}])
    Fetch.objects.create(series=added_up, worked_at="2026-11-22T05:17Z")  # without a network
    Fetch.objects.create(
        series=make_series("broken"), worked_at="2026-11-19T05:17Z", failures=2,
        checked_at="2026-11-23T05:17Z",
    )  # fmt: skip
    page = client.get("/admin/").text
    said = "series that cannot be fetched (fetching last worked on November 20, 2026)"
    assert ("1", said) in lines_of(page)


def test_the_list_says_how_long_a_review_is_overdue(client):
    log_in(client, "Editors")
    make_term("Soon", reviewed_on="2026-11-22", review_interval=2)
    make_term("Today", reviewed_on="2026-11-21", review_interval=1)
    make_term("Late", reviewed_on="2026-11-10", review_interval=2)
    make_term("Never")
    page = client.get("/admin/glossary/term/").text
    for said in ("Nov 25, 2026", "1 day overdue", "11 days overdue", "never reviewed"):
        assert said in page


def test_the_front_page_stays_cheap_however_much_there_is_to_do(
    client, django_assert_max_num_queries
):
    log_in(client, "Editors", "Newsletter editors")
    make_everything()
    for number in range(8):
        make_term(f"Unread {number}", explanation="[[Nobody]]", has_broken_text=True)
        release(make_series(f"slow-{number}", expected_days=30), "2025,1", "2026-01-15")
        make_issue(10 + number, status="draft", sent_at=None)
    client.get("/admin/")  # afterwards content types are known
    with django_assert_max_num_queries(51):
        client.get("/admin/")
