"""The archive and the pages of issues."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from glossary.models import Series
from newsletter.issues import listings
from newsletter.issues.freezing import freeze
from newsletter.issues.pages import Story, issue_card
from newsletter.models import Issue, Newsletter
from newsletter.templatetags.issues import latest_issues
from tests.builders import (
    make_data_point,
    make_issue,
    make_newsletter,
    make_series,
    make_term,
    release,
)

pytestmark = pytest.mark.django_db


def friday(week):
    return datetime(2026, 10, 2 + 7 * (week - 1), 13, tzinfo=UTC)


def test_the_archive_lists_sent_issues_newest_first_and_no_draft(client):
    for number in (1, 3, 2):
        make_issue(number, f"Subject {number}", sent_at=friday(number))
    make_issue(4, "Not yet", status="draft")
    page = client.get("/newsletter/").text
    places = [page.index(f"Subject {number}") for number in (3, 2, 1)]
    assert places == sorted(places)
    assert "Not yet" not in page


def test_the_archive_is_described_by_what_its_newsletter_promises(client):
    make_newsletter("AI Economy Pulse")
    make_newsletter("Data Letter", promise="Each month: one chart.")
    Newsletter.objects.filter(is_default=True).update(promise="Each Monday: two charts.")
    page = client.get("/newsletter/").text
    assert '<meta name="description" content="Each Monday: two charts. All issues so far.">' in page
    assert '<meta property="og:description" content="Each Monday: two charts.">' in page
    assert "Friday" not in page.partition("</head>")[0]
    other = client.get("/newsletter/data-letter/").text
    assert 'content="Each month: one chart. All issues so far."' in other


@pytest.mark.parametrize(
    ("promise", "told"),
    [("Every Friday: three numbers.", "Only your address"), ("Three numbers.", "Every Friday")],
)
def test_the_archive_says_once_how_often_the_newsletter_comes(client, promise, told):
    make_newsletter("AI Economy Pulse", promise=promise)
    page = client.get("/newsletter/").text.partition("<main")[2]
    assert f"<b>{told}</b> With no account" in page
    assert page.count("Every Friday") == 1


def test_an_issues_address_still_works_with_another_default_newsletter(client):
    old = make_newsletter("AI Economy Pulse")
    for number in (1, 2):
        make_issue(number, f"Subject {number}", newsletter=old, sent_at=friday(number))
    Newsletter.objects.update(is_default=False)
    new = make_newsletter("Data Letter", is_default=True)
    make_issue(1, "Another first", newsletter=new, sent_at=friday(3))
    moved = client.get("/newsletter/1-subject-1/")
    assert (moved.status_code, moved["Location"]) == (
        302,
        "/newsletter/ai-economy-pulse/1-subject-1/",
    )
    page = client.get(moved["Location"]).text
    assert 'href="/newsletter/ai-economy-pulse/2-subject-2/"' in page
    assert '<a href="/newsletter/ai-economy-pulse/">AI Economy Pulse</a>, Issue 1' in page
    assert client.get("/newsletter/1-wrong/")["Location"] == "/newsletter/1-another-first/"
    two = "/newsletter/ai-economy-pulse/2-subject-2/"
    assert client.get("/newsletter/2-wrong/")["Location"] == two
    archive = client.get("/newsletter/").text
    assert "Another first" in archive
    assert "Subject 2" not in archive
    assert 'href="/newsletter/ai-economy-pulse/">AI Economy Pulse</a>' in archive
    assert [issue.subject for issue in latest_issues(2)] == ["Another first", "Subject 2"]


def test_no_two_issues_share_an_address():
    make_issue(1, "Chips for rent")
    other = make_newsletter("Data Letter")
    assert make_issue(1, "Chips for rent", newsletter=other).slug == "chips-for-rent-data-letter"
    assert make_issue(2, "Chips for rent", newsletter=other).slug == "chips-for-rent"
    with pytest.raises(IntegrityError):
        Issue.objects.filter(newsletter=other, number=1).update(slug="chips-for-rent")


def test_an_issue_shows_its_data_points_with_source_and_term(client):
    issue = make_issue(2, "Chips for rent", intro="A *calm* week.")
    term = make_term("GPU-Hour")
    make_data_point(issue, 1, figure="$2.10", comment="Why **it** matters.", term=term)
    make_issue(1, "Before")
    make_issue(3, "After")
    page = client.get("/newsletter/2-chips-for-rent/").text
    for part in (
        "$2.10",
        "<em>calm</em>",
        "<strong>it</strong>",
        "/glossary/gpu-hour/",
        "Epoch AI",
    ):
        assert part in page
    assert 'href="/newsletter/1-before/"' in page
    assert 'href="/newsletter/3-after/"' in page


@pytest.mark.parametrize("slug", ["wrong", "chips", "Chips-For-Rent"])
def test_a_wrong_slug_redirects_to_the_right_one(client, slug):
    make_issue(2, "Chips for rent")
    response = client.get(f"/newsletter/2-{slug}/")
    assert response.status_code == 301
    assert response["Location"] == "/newsletter/2-chips-for-rent/"


@pytest.mark.parametrize("path", ["/newsletter/2-x/", "/newsletter/99999999999999999999-x/"])
def test_an_unknown_issue_is_404(client, path):
    assert client.get(path).status_code == 404


def test_a_draft_is_404(client):
    make_issue(5, "Not yet", status="draft")
    assert client.get("/newsletter/5-not-yet/").status_code == 404


def test_a_draft_looks_like_an_unknown_issue(client):
    make_issue(5, "Not yet", status="draft")
    client.force_login(User.objects.create_user("nobody"))
    for visitor in (Client(), client):
        draft = visitor.get("/newsletter/5-not-yet/")
        nothing = visitor.get("/newsletter/6-not-yet/")
        assert draft.status_code == nothing.status_code == 404
        assert draft.text == nothing.text.replace("6-not-yet", "5-not-yet")
        for answer in (draft, nothing):
            del answer["ETag"]  # it depends on the text, which contains the address
        assert dict(draft.headers) == dict(nothing.headers)
    assert "Cookie" not in Client().get("/newsletter/5-not-yet/").get("Vary", "")


def test_editors_of_the_newsletter_see_a_draft_with_its_figures(client):
    release(make_series("compute"), "2024,10 2025,12")
    issue = make_issue(5, "Not yet", status="draft", sent_at=None, intro="Now {{ compute }}.")
    series = Series.objects.get()
    make_data_point(issue, 1, series=series, figure="", period="", comment="{{ compute }}")
    make_data_point(issue, 2, series=make_series("empty"), figure="", period="")
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    page = client.get("/newsletter/5-not-yet/")
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert "Only editors see this page" in page.text
    assert f'href="/admin/newsletter/issue/{issue.pk}/change/"' in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert '<p class="figure">12' in page.text
    assert "{{" not in page.text
    assert "Data point 2: " in page.text
    issue.refresh_from_db()
    assert issue.intro_html == ""
    assert issue.data_points.first().figure == ""
    assert client.get("/newsletter/5-wrong/").status_code == 404


@pytest.mark.parametrize("status", ["sending", "paused", "sent", "canceled"])
def test_an_issue_has_a_page_before_its_first_mail_is_sent(client, status):
    make_issue(1, "One", status=status, sent_at=friday(1))
    assert "One" in client.get("/newsletter/").text
    assert client.get("/newsletter/1-one/").status_code == 200
    assert "“One”" in client.get("/about/").text  # the promo's newest title
    assert "Only editors" not in client.get("/newsletter/1-one/").text


def test_an_issue_ends_with_its_words_and_the_way_to_all_issues(client):
    used, draft = make_term("Compute"), make_term("Draft", status="draft")
    make_term("Unused")
    issue = make_issue(1, "One")
    make_data_point(issue, term=used)
    make_data_point(issue, 2, term=draft)
    freeze(issue)
    page = client.get("/newsletter/1-one/")
    assert page.context["terms"] == [used]
    assert draft.get_absolute_url() not in page.text
    assert f"<p>{used.definition}" in page.text
    assert 'href="/newsletter/"><span class="link">All issues' in page.text
    make_issue(2, "Two", intro="None.")
    assert "The words in this issue" not in client.get("/newsletter/2-two/").text


def test_the_day_is_in_the_newsletters_time_zone(client):
    make_newsletter(time_zone="Pacific/Auckland")
    make_issue(1, "One", sent_at=datetime(2026, 11, 19, 20, tzinfo=UTC))
    for path in ("/", "/newsletter/", "/newsletter/1-one/"):
        day = '<time datetime="2026-11-20">November 20, 2026</time>'
        assert day in client.get(path).text, path
    assert issue_card(Issue.objects.get(), []).kicker == "Newsletter · Issue 1 · November 20, 2026"
    assert next(listings.issue_pages()).note == "November 20, 2026"


def test_the_newest_issue_is_a_story_and_each_earlier_one_a_row_with_its_numbers(client):
    for number in (1, 2):
        issue = make_issue(number, f"Subject {number}", sent_at=friday(number))
        for position, headline in enumerate(("Chips", "Rent", "Power"), 1):
            figure = f"${number}.{position}0"
            make_data_point(issue, position, figure=figure, headline=headline)
    story, rows = client.get("/newsletter/").text.split("Earlier issues")
    for position, headline in enumerate(("Chips", "Rent", "Power"), 1):
        assert f'<p class="figure">$2.{position}0</p>\n<h3>{headline}</h3>' in story
        assert f"<li><b>$1.{position}0</b> {headline}</li>" in rows
    assert "Subject 2" in story
    assert "Subject 1" in rows
    assert "Subject 2" not in rows


@pytest.mark.parametrize("path", ["/", "/newsletter/"])
@pytest.mark.parametrize(
    ("subject", "headline", "has_figure", "has_unit"),
    [
        ("Up 20% to 12 units", "Up 20% to 12 units", False, False),
        ("Up by a fifth", "Up by a fifth", True, True),
        ("Our subject", "Up to 12 units in a year", True, False),
        ("Our subject", "Up by a fifth", True, True),
    ],
)
def test_a_story_says_nothing_twice(client, path, subject, headline, has_figure, has_unit):
    release(series := make_series("compute"), "2024,10 2025,12")
    issue = make_issue(1, subject)
    make_data_point(issue, series=series, headline=headline, figure="12 units")
    make_data_point(issue, 2, headline="Our second")
    story = client.get(path).text.partition('class="story"')[2].partition("</article>")[0]
    first = story.partition("Our second")[0]
    assert ('<p class="figure">12' in first) is has_figure
    assert ('<text class="unit"' in first) is has_unit
    assert first.count(f">{headline}</") == 1
    assert first.count("Read why it matters") == 1


def test_the_chart_of_the_newest_issue_is_as_of_the_day_it_was_sent(client, clock):
    series = issue_about_compute().data_points.get().series
    release(series, "2024,10 2025,14", day="2026-06-15")
    says = "From 10 in 2024 to 12 in 2025, up 20%."
    assert f'<desc id="point-1-d">{says}</desc>' in client.get("/newsletter/").text


def test_a_single_issue_has_no_list_of_earlier_ones(client):
    make_data_point(make_issue(1, "One"))
    page = client.get("/newsletter/").text
    assert "Earlier issues" not in page
    assert "No issue yet" not in page


def test_samples_say_that_they_are_none_of_the_issues(client):
    for day in (1, 2):
        make_issue(0, f"Sample {day}", status="sample", sent_at=friday(day))
    page = client.get("/newsletter/").text
    assert "No issue yet: the first will look like this." in page
    assert page.index("Sample 2") < page.index("More samples") < page.index("Sample 1")


def test_the_form_is_beside_the_lead_of_the_archive_and_after_an_issues_first_number(client):
    issue = make_issue(1, "One")
    for position in (1, 2):
        make_data_point(issue, position, headline=f"Headline {position}")
    for path, before, after in [
        ("/newsletter/", '<h1 class="long">', 'class="story"'),
        ("/newsletter/1-one/", "Headline 1", "Headline 2"),
    ]:
        page = client.get(path).text
        assert page.count('name="email"') == 1
        assert page.count("js/signup") == 1
        assert page.index(before) < page.index('id="lead-email"') < page.index(after)


@pytest.mark.parametrize("has_newsletter", [True, False])
def test_before_the_first_issue_the_archive_says_so(client, has_newsletter):
    if not has_newsletter:
        Newsletter.objects.all().delete()
    page = client.get("/newsletter/").text
    assert "The first issue has not been sent yet." in page
    assert ("Enter your address" in page) is has_newsletter
    assert ('name="email"' in page) is has_newsletter
    assert ("js/signup" in page) is has_newsletter


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2024,10 2025,12", None),
        ("2024,10 2025,12 2026,20", "As sent 12 units (2025), now 20 units (2026). "),
    ],
    ids=["unchanged", "new period"],
)
def test_a_number_is_shown_as_sent_with_its_change_since(client, clock, rows, said):
    issue = issue_about_compute()
    release(issue.data_points.get().series, rows, day="2026-06-15")
    page = client.get("/newsletter/1-one/").text.replace("\xa0", " ")
    assert '<p class="figure">12 units</p>' in page
    line = f'<p class="since">{said}<a href="/data/compute/">See the data</a></p>'
    assert (line in page) if said else ("As sent" not in page.split("<article")[1])


def test_changed_figures_in_texts_are_listed_once_at_the_end(client, clock):
    intro = "{{ compute }}, once {{ compute | first }}, {{ compute | change 1y | words }}"
    series = issue_about_compute(intro=intro).data_points.get().series
    release(series, "2024,10 2025,14", day="2026-06-15")
    page = client.get("/newsletter/1-one/").text
    listed = page.partition("What has changed since")[2].partition("</section>")[0]
    link = '<a href="/data/compute/">Compute</a>'
    assert f'">{link}: Corrected on ' in listed
    change = "up 20% (2024 – 2025), as sent, was revised to up 40% on June 15, 2026."
    assert f": {change}" in listed
    # The latest value is shown with its data point already, and the first one has not changed.
    assert listed.count("<li") == 1


def test_an_issue_says_a_change_once_and_why_it_matters(client):
    issue = make_issue(1, "One")
    make_data_point(issue, 1, headline="Use is up 50%", figure="12", change="up 50% from 2024")
    make_data_point(issue, 2, headline="Rent is stable", figure="3", change="up 1% from 2024")
    page = client.get("/newsletter/1-one/").text.replace("\xa0", " ")
    assert "<p>Compared with 2024</p>" in page
    assert "<p>Up 1% from 2024</p>" in page
    assert page.count("<p><strong>Why it matters.</strong> ") == 2


def test_the_form_to_subscribe_has_the_newest_issue_below(client):
    make_data_point(make_issue(1, "One"), 1, headline="Chips for rent")
    page = client.get("/newsletter/subscribe/").text
    assert page.index('<h1 class="long">Every Friday: the 3 AI data points') < page.index(
        "Chips for rent"
    )


def test_the_chart_is_as_of_the_day_it_was_sent(client, clock):
    series = issue_about_compute().data_points.get().series
    says = "From 10 in 2024 to 12 in 2025, up 20%."
    release(series, "2024,10 2025,14", day="2026-06-15")
    assert f'<desc id="point-1-d">{says}</desc>' in client.get("/newsletter/1-one/").text


def test_a_later_release_on_the_same_day_changes_no_chart(client, clock):
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-01-15")
    issue = make_issue(1, "One", sent_at=timezone.now())
    make_data_point(issue, series=series, figure="", period="")
    freeze(issue)
    clock.shift(3600)
    release(series, "2024,10 2025,14", day="2026-11-23")
    page = client.get("/newsletter/1-one/").text.replace("\xa0", " ")
    assert '<desc id="point-1-d">From 10 in 2024 to 12 in 2025, up 20%.</desc>' in page
    assert "12 units (2025), as sent, was revised to 14 units" in page


def issue_about_compute(**fields):
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-01-15")
    issue = make_issue(1, "One", sent_at=datetime(2026, 3, 6, 14, tzinfo=UTC), **fields)
    make_data_point(issue, series=series, figure="", period="")
    freeze(issue)
    return issue


def test_both_pages_are_the_same_for_everybody_and_cacheable(clock):
    make_data_point(make_issue(1, "One"))
    for path in ("/newsletter/", "/newsletter/1-one/"):
        first, second = Client().get(path), Client(headers={"Cookie": "sessionid=x"}).get(path)
        assert first.content == second.content
        assert "public" in first["Cache-Control"]
        assert not first.cookies
        assert "Cookie" not in first.get("Vary", "")


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for number in range(1, 12):
        issue = make_issue(number, f"Subject {number}")
        for position in (1, 2, 3):
            make_data_point(issue, position, term=make_term(f"Term {number}-{position}"))
    with django_assert_max_num_queries(5):
        client.get("/newsletter/")
    with django_assert_max_num_queries(6):
        client.get("/newsletter/6-subject-6/")


def test_a_page_loads_each_of_its_series_twice_and_its_notes_once(
    client, clock, django_assert_max_num_queries
):
    issue = make_issue(1, "One")
    for position in (1, 2, 3):
        series = make_series(f"series-{position}")
        release(series, "2024,10 2025,12", day="2026-01-15")
        make_data_point(issue, position, series=series, figure="", period="")
    freeze(issue)
    with django_assert_max_num_queries(8 + 3 * 3 + 1):
        client.get("/newsletter/1-one/")


@pytest.mark.parametrize(("days", "is_new"), [(0, True), (6, True), (7, False), (None, False)])
def test_an_issue_is_of_this_week_for_seven_days_after_it_was_sent(clock, db, days, is_new):
    sent_at = None if days is None else timezone.now() - timedelta(days=days)
    issue = make_issue(1, status="sent" if sent_at else "draft", sent_at=sent_at)
    assert Story(issue, []).is_of_this_week is is_new
