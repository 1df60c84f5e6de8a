"""Issues and readers in admin: sent issues are frozen, and readers are read only."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.admin import pages
from newsletter.models import DataPoint, Issue, Subscriber
from newsletter.subscribers import address_search
from newsletter.subscribers.subscriptions import record_consent
from tests.builders import make_newsletter, make_series, make_subscription, release
from tests.html_forms import opened

pytestmark = pytest.mark.django_db


def make_issue(**fields):
    defaults = {"newsletter": make_newsletter(), "number": 1, "subject": "First"}
    return Issue.objects.create(**(defaults | fields))


def sent_issue(**fields):
    return make_issue(status="sent", sent_at=datetime(2026, 11, 20, 14, tzinfo=UTC), **fields)


@pytest.mark.parametrize(("name", "number"), [("AI Economy Pulse", 8), ("Data Letter", 1)])
def test_a_new_issue_gets_the_next_number_of_its_newsletter(admin_client, name, number):
    sent_issue(number=7)
    page = "/admin/newsletter/issue/add/"
    data = opened(admin_client, page) | {"subject": "New", "newsletter": make_newsletter(name).pk}
    assert data["number"] == ""
    assert admin_client.post(page, data | {"slug": "new"}).status_code == 302
    assert Issue.objects.get(subject="New").number == number


def test_a_sent_issue_cannot_be_changed_or_deleted(admin_client):
    issue = sent_issue()
    page = f"/admin/newsletter/issue/{issue.pk}"
    assert admin_client.post(f"{page}/change/", {"subject": "Other"}).status_code == 403
    assert admin_client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": issue.pk, "post": "yes"}
    admin_client.post("/admin/newsletter/issue/", data)
    assert Issue.objects.get().subject == "First"


def test_history_cannot_turn_a_sent_issue_back_into_a_draft(admin_client):
    issue = make_issue()
    issue.status, issue.sent_at = "sent", datetime(2026, 11, 20, 14, tzinfo=UTC)
    issue.save()
    draft = issue.history.last().history_id
    page = f"/admin/newsletter/issue/{issue.pk}/history/{draft}/"
    data = {"newsletter": issue.newsletter_id, "number": 1, "subject": "Other", "slug": "first"}
    assert admin_client.post(page, data).status_code == 403
    issue.refresh_from_db()
    assert (issue.status, issue.subject) == ("sent", "First")


def add_issue(admin_client, subject, slug="first"):
    return admin_client.post(
        "/admin/newsletter/issue/add/",
        {
            "newsletter": make_newsletter().pk,
            "number": 1,
            "subject": subject,
            "slug": slug,
            "preheader": "",
            "intro": "",
            "data_points-TOTAL_FORMS": 0,
            "data_points-INITIAL_FORMS": 0,
        },
    )


@pytest.mark.parametrize("poison", ["one\u2028two", "one\u202etwo"])
def test_a_subject_that_could_break_a_header_is_refused(admin_client, poison):
    answer = add_issue(admin_client, poison)
    errors = answer.context["adminform"].form.errors
    assert list(errors) == ["subject"]
    assert "invisible control character" in errors["subject"][0]
    assert not Issue.objects.exists()


def test_a_control_character_is_refused_by_its_place(admin_client):
    errors = add_issue(admin_client, "one\x85two").context["adminform"].form.errors
    assert "U+0085 at place 4" in errors["subject"][0]
    assert not Issue.objects.exists()


def test_a_plain_subject_is_accepted(admin_client):
    assert add_issue(admin_client, "A good subject").status_code == 302
    assert Issue.objects.get().subject == "A good subject"


def test_an_empty_slug_is_made_of_the_subject(admin_client):
    assert add_issue(admin_client, "19.95% of firms", slug="").status_code == 302
    assert Issue.objects.get().slug == "19-95-percent-of-firms"


def found(admin_client, **query):
    page = admin_client.get("/admin/newsletter/subscriber/", query)
    return [reader.address for reader in page.context["cl"].queryset]


def test_readers_are_found_by_any_part_of_their_address(admin_client):
    for address in ("ann@example.org", "joanna@example.org", "bob@example.org"):
        make_subscription(address)
    assert found(admin_client, q="ann") == ["ann@example.org", "joanna@example.org"]
    assert found(admin_client, q="na@EX") == ["joanna@example.org"]
    assert found(admin_client, q="ann@example.org") == ["ann@example.org"]
    assert found(admin_client, q="nn@example.org") == ["ann@example.org"]
    assert found(admin_client, q="an") == ["ann@example.org"]
    assert found(admin_client, q="a%n") == []


def test_of_very_many_found_readers_the_newest_come_first(admin_client, monkeypatch):
    monkeypatch.setattr(address_search, "MOST_SORTED", 1)
    for address in ("ann@example.org", "joanna@example.org"):
        make_subscription(address)
    assert found(admin_client, q="ann") == ["joanna@example.org", "ann@example.org"]


def test_readers_are_found_by_a_word_in_another_script(admin_client):
    make_subscription("ann@bücher.example")
    make_subscription("ann@buecher.example")
    assert found(admin_client, q="Bücher") == ["ann@bücher.example"]


def test_readers_are_chosen_by_the_state_of_one_subscription(admin_client):
    other = make_newsletter("Data Letter")
    make_subscription("ann@example.org", status="paused")
    make_subscription("ann@example.org", newsletter=other)
    make_subscription("bob@example.org", status="paused", newsletter=other)
    make_subscription("cyn@example.org")
    assert found(admin_client, subscription="paused") == ["bob@example.org", "ann@example.org"]
    assert found(admin_client, newsletter="data-letter") == ["bob@example.org", "ann@example.org"]
    both = {"subscription": "paused", "newsletter": "data-letter"}
    assert found(admin_client, **both) == ["bob@example.org"]
    assert len(found(admin_client, newsletter="gone")) == 0


def test_a_list_counts_no_more_rows_than_it_has_pages_for(admin_client, monkeypatch):
    monkeypatch.setattr(pages, "MOST_LISTED", 2)
    for number in range(2):
        make_subscription(f"r{number}@example.org")
    page = "/admin/newsletter/subscriber/"
    assert "There are more than" not in admin_client.get(page).text
    make_subscription("r2@example.org")
    answer = admin_client.get(page)
    assert "There are more than 2." in answer.text
    assert answer.context["cl"].result_count == 2


@pytest.mark.parametrize(
    "typed",
    [
        "Ann.Lee",
        "ANN.LEE@Bücher.example",
        " ann.lee@xn--bcher-kva.example",
        "ann.lee@BÜCH",
        "ann.lee@",
    ],
)
def test_a_search_is_normalized_as_addresses_are(admin_client, typed):
    make_subscription("Ann.Lee@bücher.example")
    make_subscription("ann.lemon@bücher.example")
    page = admin_client.get("/admin/newsletter/subscriber/", {"q": typed})
    found = [reader.address for reader in page.context["cl"].queryset]
    assert found == ["Ann.Lee@bücher.example"]


def test_readers_cannot_be_added_or_changed(admin_client):
    reader = make_subscription().subscriber
    assert admin_client.get("/admin/newsletter/subscriber/add/").status_code == 403
    page = f"/admin/newsletter/subscriber/{reader.pk}/change/"
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"address": "x@example.org"}).status_code == 403


def readers_list(admin_client):
    page = admin_client.get("/admin/newsletter/subscriber/")
    return re.findall(r'field-statuses">(.*?)<', page.text)


def test_the_list_of_readers_shows_the_status_of_every_subscription(admin_client):
    other = make_newsletter("Data Letter")
    make_subscription("a@example.org", newsletter=other)
    make_subscription("b@example.org", newsletter=other)
    make_subscription("b@example.org", status="paused")
    make_subscription("c@example.org")
    Subscriber.objects.filter(address="c@example.org").update(status="bounced")
    assert readers_list(admin_client) == [
        "AI Economy Pulse: active, bounced",
        "AI Economy Pulse: paused, Data Letter: active",
        "Data Letter: active",
    ]


def test_the_list_needs_the_same_queries_for_any_number_of_readers(admin_client):
    admin_client.get("/admin/")  # the first page after a log-in writes the session
    counts = []
    for number in range(12):
        make_subscription(f"reader{number}@example.org")
        with CaptureQueriesContext(connection) as queries:
            assert len(readers_list(admin_client)) == number + 1
        counts.append(len(queries))
    assert counts[0] == counts[-1]
    of_subscriptions = [each for each in queries if 'FROM "newsletter_subscription"' in each["sql"]]
    assert len(of_subscriptions) == 1


def test_the_list_counts_results_of_a_search_alone(admin_client):
    make_subscription()
    path = "/admin/newsletter/subscriber/"
    assert "1 result (" not in admin_client.get(path).text
    assert "1 result (" in admin_client.get(path + "?q=reader@").text
    assert "1 result (" in admin_client.get(path + "?subscription=active").text


def test_a_readers_page_lists_what_they_agreed_to(admin_client, client):
    subscription = make_subscription()
    record_consent(subscription, "confirmed", page="/glossary/", consent_text="<b>Yes</b>, weekly.")
    record_consent(make_subscription("other@example.org"), "confirmed", consent_text="Of another.")
    path = f"/admin/newsletter/subscriber/{subscription.subscriber_id}/change/"
    page = admin_client.get(path).text
    assert "confirmed, AI Economy Pulse, /glossary/: “&lt;b&gt;Yes&lt;/b&gt;, weekly.”" in page
    assert "Of another." not in page
    desk = User.objects.create_user("nina", is_staff=True)
    desk.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
    client.force_login(desk)
    assert "weekly." not in client.get(path).text


def draft(intro="", **point):
    """Return the form data of a new issue with one data point."""
    fields = {"position": 1, "headline": "More chips", "comment": "Why.", "change": "", "term": ""}
    fields |= dict.fromkeys(("figure", "period", "series"), "")
    fields |= dict.fromkeys(("source_publisher", "source_title", "source_url"), "")
    data = {
        "newsletter": make_newsletter().pk,
        "number": 1,
        "subject": "Chips",
        "slug": "chips",
        "preheader": "",
        "intro": intro,
        "data_points-TOTAL_FORMS": 1,
        "data_points-INITIAL_FORMS": 0,
    }
    return data | {f"data_points-0-{name}": text for name, text in (fields | point).items()}


@pytest.fixture
def compute():
    series = make_series("compute")
    series.source.url = "https://epoch.ai/data"
    series.source.save()
    release(series, "2024,10 2025,12")
    return series


def test_a_data_point_with_a_series_needs_no_figure_or_source(admin_client, compute):
    admin_client.post("/admin/newsletter/issue/add/", draft(series=compute.pk))
    point = DataPoint.objects.get()
    assert (point.series, point.figure) == (compute, "")
    assert (point.source_publisher, point.source_title) == ("Epoch AI", "AI chip counts")


def test_a_data_point_without_a_series_needs_every_field(admin_client):
    page = admin_client.post("/admin/newsletter/issue/add/", draft(figure="$2")).text
    assert page.count("Fill this in, or choose a series that has it.") == 4
    assert not Issue.objects.exists()


def test_saving_a_draft_warns_about_broken_figures(admin_client, compute):
    data = draft("{{ compite }}", series=compute.pk, comment="{{ compute | at 1999 }}")
    page = unescape(admin_client.post("/admin/newsletter/issue/add/", data, follow=True).text)
    assert (
        "Correct this before you send it. The intro, line 1: There is no series “compite”" in page
    )
    assert "Correct this before you send it. Data point 1, line 1: compute" in page
    assert Issue.objects.exists()


def test_newsletter_editors_find_series_to_choose(client, compute):
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    found = client.get(
        "/admin/autocomplete/?app_label=newsletter&model_name=datapoint&field_name=series&term=comp"
    )
    assert [each["text"] for each in found.json()["results"]] == ["Compute"]
