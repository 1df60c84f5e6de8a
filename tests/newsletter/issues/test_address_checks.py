"""Links of an issue to other sites: the worker checks them, the checklist reads the results."""

from datetime import UTC, datetime

import pytest
from django_tasks_db.models import DBTaskResult

from glossary.fetching import link_health
from glossary.models import CheckedAddress
from newsletter.issues.composing import address_checks
from newsletter.issues.composing.checklist import checklist
from newsletter.models import Issue
from tests.builders import make_data_point, make_issue
from tests.bystanders import unchanged
from tests.newsletter.drafts import as_tested, form_of, make_ready_draft, page

SOURCE = "https://example.org/data"


@pytest.fixture
def issue(clock, db):
    return make_ready_draft(intro="As [they](https://they.example/a?x=1&y=2) say.")


def links(issue):
    [item] = [each for each in checklist(issue) if each.name.startswith("Every link")]
    return item


def checked(url, state, **fields):
    CheckedAddress.objects.update_or_create(url=url, defaults={"state": state} | fields)


@pytest.mark.parametrize(
    ("state", "problems"),
    [
        ("works", ()),
        ("unclear", ()),
        ("new", ()),
        ("fails", (f"{SOURCE}: it did not answer (404 Not Found).",)),
        ("dead", (f"{SOURCE}: it did not answer (404 Not Found).",)),
    ],
)
def test_the_checklist_names_the_links_that_did_not_answer(issue, state, problems):
    checked(SOURCE, state, said="404 Not Found", answer=404)
    assert tuple(each.partition(" Fix")[0] for each in links(issue).problems) == problems


def test_links_that_cannot_work_in_a_mail_are_named_with_their_line(issue):
    intro = "See [a](other.md),\n[b](htp:/y), [c](/glossary/nowhere/), ![d](https://d.example/)."
    Issue.objects.update(intro=intro)
    checked("https://d.example/", "works")
    found = links(issue).problems
    assert [each.partition(": ")[0:3:2] for each in found if each.startswith("The ")] == [
        (
            "The intro, line 1",
            "other.md: the address leads elsewhere from each page; begin it with https:// or /.",
        ),
        (
            "The intro, line 2",
            "htp:/y: htp: is no address of the web, so the link is shown without one.",
        ),
        (
            "The intro, line 2",
            "https://d.example/: a picture is not shown, and its description becomes a link; leave it out.",
        ),
    ]
    assert any("/glossary/nowhere/: there is no such page" in each for each in found)


def test_a_link_that_an_editor_excused_or_waived_is_no_problem(issue):
    checked(SOURCE, "dead", said="403 Forbidden", answer=403, excused_as=403)
    checked("https://they.example/a?x=1&y=2", "fails", said="no answer", answer=0)
    assert len(links(issue).problems) == 1
    Issue.objects.update(waived_links="https://they.example/a?x=1&y=2")
    assert links(issue).is_right


def test_unchecked_links_are_named_and_do_not_prevent_approval(issue, admin_client):
    checked(SOURCE, "works")
    checked("https://they.example/a?x=1&y=2", "new")
    assert links(issue).is_right
    assert links(issue).note == (
        "Not checked yet, so open them yourself: https://they.example/a?x=1&y=2."
    )
    text = admin_client.get(page(as_tested(issue), "approve")).text
    assert '<a href="https://they.example/a?x=1&amp;y=2"' in text
    assert "When it is sent" in text
    assert "<span>Not known yet:</span> Every link works" in text
    confirm = admin_client.get(page(issue, "approve"), {"when": "slot"}).text
    assert "Not checked yet, so open them yourself: <a" in confirm
    assert "All 10 points" not in confirm
    Issue.objects.update(waived_links="https://they.example/a?x=1&y=2")
    assert links(issue).note == ""
    Issue.objects.update(waived_links="")
    checked("https://they.example/a?x=1&y=2", "works")
    assert links(issue).note == ""
    assert "Not known yet" not in admin_client.get(page(issue, "approve")).text
    assert "All 10 points" in admin_client.get(page(issue, "approve"), {"when": "slot"}).text


def test_links_that_nothing_has_reached_are_checked_at_a_press(
    issue, admin_client, django_capture_on_commit_callbacks
):
    checked(SOURCE, "works")
    other = CheckedAddress.objects.create(url="https://other.example/")
    with django_capture_on_commit_callbacks(execute=True), unchanged(other, issue):
        answer = admin_client.post(page(issue, "approve"), {"check_links": ""}, follow=True)
    assert "The links are being checked." in answer.text
    [task] = DBTaskResult.objects.filter(task_path="glossary.tasks.check_links")
    found = CheckedAddress.objects.filter(pk__in=task.args_kwargs["args"][0])
    assert [each.url for each in found] == ["https://they.example/a?x=1&y=2"]


def test_saving_has_new_links_checked_once(issue, admin_client, django_capture_on_commit_callbacks):
    text = "[One](https://one.example/), [ours](/glossary/), [mail](mailto:a@example.org)."
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(page(issue), form_of(issue, intro=text))
        issue.refresh_from_db()
    found = CheckedAddress.objects.order_by("url").values_list("url", "state")
    assert list(found) == [(SOURCE, "new"), ("https://one.example/", "new")]
    [task] = DBTaskResult.objects.filter(task_path="glossary.tasks.check_links")
    assert len(task.args_kwargs["args"][0]) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/?a=1&b=2",
        "https://bücher.example/ä",
        "https://example.org/x%20y?q=ü|z",
        "HTTPS://Example.ORG/Up",
        "https://example.org",
    ],
)
def test_an_address_is_spelled_the_same_in_the_text_and_in_the_mail(issue, url):
    Issue.objects.update(intro=f"[It](<{url}>) says so.")
    issue.refresh_from_db()
    address_checks.queue_link_checks(issue)
    for address in CheckedAddress.objects.exclude(url=SOURCE):
        checked(address.url, "dead", said="gone")
    assert len(links(issue).problems) == 1


def test_the_clock_checks_the_links_of_issues_that_are_not_sent(clock, db):
    for number, status in enumerate(("draft", "approved", "canceled", "sent"), 1):
        sent_at = datetime(2026, 11, 20, 14, tzinfo=UTC) if status == "sent" else None
        issue = make_issue(
            number,
            intro=f"[It](https://{status}.example/).",
            status=status,
            sent_at=sent_at,
            send_at=datetime(2026, 11, 27, 14, tzinfo=UTC),
        )
        make_data_point(issue, source_url=f"https://{status}.example/data")
    link_health.collect()
    found = set(CheckedAddress.objects.values_list("url", flat=True))
    assert {each for each in found if "draft" in each or "approved" in each} == {
        "https://draft.example/",
        "https://draft.example/data",
        "https://approved.example/",
        "https://approved.example/data",
    }
    assert not any("canceled" in each or "sent" in each for each in found)
