"""An editor composes an issue, sends a test mail, approves it, and reads it in the archive."""

import re

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from newsletter.issues.composing import recurrence
from newsletter.mailing import arming
from newsletter.models import Issue, Newsletter
from newsletter.sending import launch
from tests.browser.conftest import PASSWORD
from tests.builders import make_subscription


@pytest.fixture
def draft(site):
    """The draft that the clock made for next Friday, with one reader."""
    Newsletter.objects.update(postal_address="1 Main Street, New York")
    arming.arm()
    make_subscription("reader@example.org")
    recurrence.make_drafts()
    return Issue.objects.get(status="draft")


@pytest.fixture
def publisher(site):
    group, _ = Group.objects.get_or_create(name="Publishers")
    group.permissions.set(Permission.objects.filter(content_type__app_label="newsletter"))
    user = User.objects.create_user("paula", "paula@example.org", PASSWORD, is_staff=True)
    user.groups.add(group)
    return user


@pytest.fixture
def page(chromium, site, publisher):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console", lambda said: page.complaints.append(said.text) if said.type == "error" else 0
    )
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("paula")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    context.close()


def preview(page):
    return page.frame_locator(".stage iframe:not(.coming)")


def test_from_propose_to_the_archive(site, page, draft):
    page.goto(f"{site}/admin/newsletter/issue/")
    page.get_by_role("link", name="Without a subject yet").click()
    page.get_by_role("button", name="Propose numbers").click()
    expect(page.get_by_role("heading", name="Candidates")).to_be_visible()
    page.get_by_role("button", name="Fill the empty places").click()
    expect(page.get_by_text("Data point 3:")).to_be_visible()

    # The preview follows what is typed, before it is saved.
    proposed = page.locator("#id_data_points-0-headline").input_value()
    expect(preview(page).locator("h1")).to_have_text(proposed)
    page.get_by_label("Subject").fill("What moved this week")
    expect(preview(page).locator("h1")).to_have_text("What moved this week")
    for place in range(3):
        page.locator(f"#id_data_points-{place}-comment").fill("It **matters**.")
    page.get_by_role("button", name="Mail, dark").click()
    expect(preview(page).locator("strong", has_text="matters").first).to_be_visible()
    page.get_by_role("button", name="Web page").click()
    expect(preview(page).locator("h1")).to_have_text("What moved this week")
    page.get_by_text("Other steps").click()
    expect(page.get_by_role("button", name="Check and approve")).to_be_disabled()
    assert Issue.objects.get(pk=draft.pk).subject != "What moved this week"
    page.get_by_role("button", name="Save and continue editing").first.click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    page.get_by_text("Other steps").click()
    page.get_by_role("button", name="Check and approve").click()
    expect(page.get_by_text("No test mail was sent yet.")).to_be_visible()
    page.get_by_role("link", name="Fix this").click()
    expect(page.get_by_label("Addresses")).to_have_value("paula@example.org")
    page.get_by_role("button", name="Send the test mail").click()
    expect(page.get_by_text("Sent to paula@example.org.")).to_be_visible()
    assert mail.outbox[-1].subject == "[Test] What moved this week"

    page.get_by_role("button", name="Check and approve").click()
    page.get_by_label("Now").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    page.get_by_label("Type “send now” to go on").fill("send now")
    page.get_by_role("button", name="Approve and send now").click()
    expect(page.get_by_text("Approved. It is sent now")).to_be_visible()

    launch.start_due()
    call_command("db_worker", "--batch", "--no-startup-delay", verbosity=0)
    assert mail.outbox[-1].to == ["reader@example.org"]
    page.goto(f"{site}/newsletter/")
    page.get_by_role("link", name="What moved this week").first.click()
    expect(page).to_have_url(re.compile(r"/newsletter/1-what-moved-this-week/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("What moved this week")
    page.goto(f"{site}/admin/newsletter/issue/{draft.pk}/change/")
    expect(page.get_by_text("It is frozen")).to_be_visible()
    assert page.complaints == []


class Presses:
    """Presses buttons and links by name, and counts."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def __call__(self, role, name):
        self.count += 1
        self.page.get_by_role(role, name=name).first.click()


def log_in_a_while_ago(page):
    """Let the log-in be so old that sending asks who it is."""
    [cookie] = [each for each in page.context.cookies() if each["name"] == "sessionid"]
    session = SessionStore(cookie["value"])
    session["since"] -= 3600
    session.save()


def test_from_the_desk_to_fridays_issue_in_eight_presses(site, page):
    Newsletter.objects.update(postal_address="1 Main Street, New York")
    arming.arm()
    make_subscription("reader@example.org")
    press = Presses(page)
    page.goto(f"{site}/admin/")
    log_in_a_while_ago(page)
    press("button", "Propose Friday’s issue")
    page.get_by_label("Subject").fill("What moved this week")
    for place in range(3):
        page.locator(f"#id_data_points-{place}-comment").fill("It matters.")
    press("button", "Save and continue editing")
    press("button", "Send a test mail")
    press("button", "Send the test mail")
    press("button", "Check and approve")
    expect(page.get_by_label("In its slot")).to_be_checked()
    press("button", "Continue")
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    press("button", "Approve")
    expect(page.locator(".messagelist")).to_contain_text("It is sent on Friday")
    assert press.count <= 8
    assert mail.outbox[-1].subject == "[Test] What moved this week"

    page.goto(f"{site}/admin/")
    stages = page.get_by_role("list").filter(has_text="Three numbers").get_by_role("listitem")
    expect(stages.nth(4)).to_have_text("Approved: done")
    expect(stages.nth(5)).to_have_attribute("aria-current", "step")
    issue = Issue.objects.get(status="approved")
    assert issue.send_at == issue.slot
    with time_machine.travel(issue.slot, tick=True):
        launch.start_due()
        call_command("db_worker", "--batch", "--no-startup-delay", verbosity=0)
    assert mail.outbox[-1].to == ["reader@example.org"]
    issue.refresh_from_db()
    assert issue.status == "sent"
    assert page.complaints == []


def test_without_script_a_preview_opens_beside_the_form(site, chromium, page, draft):
    context = chromium.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"{site}/admin/newsletter/issue/{draft.pk}/change/")
    plain.get_by_label("Subject").fill("Typed and not saved")
    with context.expect_page() as opened:
        plain.get_by_role("button", name="Text part").click()
    expect(opened.value.get_by_text("Typed and not saved")).to_be_visible()
    context.close()
