"""A publisher watches an issue being sent: the numbers update, and a publisher pauses it."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import expect

from newsletter.mailing import arming
from newsletter.models import Delivery, Issue
from tests.browser.conftest import PASSWORD
from tests.browser.test_accessibility import LOOKS, assert_sound
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def issue(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    arming.arm()
    for n in range(4):
        make_subscription(f"r{n}@example.org")
    return start()


def accept(number):
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True)[:number])
    Delivery.objects.filter(pk__in=ids).update(state="accepted", attempts=1)
    cache.clear()


def watch(page, issue):
    """Log in as a publisher and open the sending page; the test controls its clock."""
    page.clock.install()
    page.goto(f"/admin/newsletter/issue/{issue.pk}/sending/")
    page.fill("#id_username", "pat")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    expect(page.locator("#numbers")).to_be_visible()


@pytest.fixture
def page(chromium, live_server, issue):
    User.objects.create_superuser("pat", password=PASSWORD)
    page = chromium.new_page(base_url=live_server.url)
    watch(page, issue)
    yield page
    page.close()


def test_the_numbers_move_and_a_publisher_pauses(page, issue):
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    expect(page.locator("#numbers")).to_contain_text("0 of 4 readers done")
    accept(3)
    page.clock.fast_forward(5100)
    expect(page.locator("#numbers")).to_contain_text("3 of 4 readers done")

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#content")).to_contain_text("Paused by pat.")
    expect(page.get_by_role("link", name="Resume")).to_be_visible()
    assert Issue.objects.get(pk=issue.pk).status == "paused"
    assert errors == []


STARTS = """() => [...document.querySelectorAll(".states tr")]
    .map((row) => getComputedStyle(row.cells[0]).paddingInlineStart)"""


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_cells_are_in_line_with_their_heads(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert len(set(page.evaluate(STARTS))) == 1


def test_a_page_left_open_loses_its_buttons_when_sending_has_ended(page):
    expect(page.get_by_role("link", name="Cancel the rest")).to_be_visible()
    accept(4)
    Issue.objects.update(status="sent")
    page.clock.fast_forward(5100)
    expect(page.get_by_role("link", name="Cancel the rest")).to_have_count(0)
    expect(page.locator("#numbers")).to_contain_text("The issue is sent.")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_axe_finds_nothing_on_it_and_nothing_overflows(chromium, live_server, issue, look):
    User.objects.create_superuser("pat", password=PASSWORD)
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(
        state="unknown", attempts=1, begun_at=issue.sent_at, note="reading: the server hung up"
    )
    accept(2)
    with chromium.new_context(bypass_csp=True, base_url=live_server.url, **look) as context:
        page = context.new_page()
        watch(page, issue)
        assert_sound(page)
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Resend to the chosen readers").click()
        expect(page.get_by_role("heading", name="Resend?")).to_be_visible()
        assert_sound(page)
