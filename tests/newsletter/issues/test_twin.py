"""The other files of an issue: its JSON twin and the pictures of its mail."""

import json

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from newsletter.issues.freezing import freeze
from newsletter.mailing import arming
from newsletter.models import IssuePicture, Snapshot
from newsletter.sending import launch
from tests.builders import make_data_point, make_issue, make_newsletter, make_series, release

pytestmark = pytest.mark.django_db

PICTURE = "/newsletter/2-chips-for-rent/chart-1.png"
DARK = PICTURE.replace(".png", "-dark.png")


@pytest.fixture
def compute():
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-01-15")
    return series


@pytest.fixture
def issue(clock, compute):
    issue = make_issue(2, "Chips for rent", intro="Now {{ compute | first }}.")
    make_data_point(issue, series=compute, figure="", period="", comment="Why **it** matters.")
    freeze(issue)
    return issue


@pytest.fixture
def editor(client):
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    return client


def read(client, path="/newsletter/2-chips-for-rent.json"):
    answer = client.get(path)
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.content)


def test_the_twin_has_the_numbers_as_sent_and_now(client, clock, issue, compute):
    clock.shift(24 * 3600)
    release(compute, "2024,10 2025,14", day="2026-11-24")
    twin = read(client)
    assert twin["issue"] == {
        "number": 2,
        "is_sample": False,
        "day": "2026-11-23",
        "newsletter": "AI Economy Pulse",
        "title": "Chips for rent",
        "summary": "Renting an H100 got cheaper",
        "sent_at": "2026-11-23T09:00:00+00:00",
        "url": "http://127.0.0.1:8000/newsletter/2-chips-for-rent/",
        "reviewed_on": None,
        "reviewed_by": None,
        "responsible": None,
        "drafting": "",
    }
    (point,) = twin["data_points"]
    assert point["series"] == {
        "slug": "compute",
        "url": "http://127.0.0.1:8000/data/compute/",
    }
    assert point["why"]["text"] == "Why it matters."
    assert (point["as_sent"]["value"], point["now"]["value"]) == ("12", "14")
    assert "now 14" in point["changed"]
    (figure,) = twin["figures"]
    assert (figure["as_sent"]["value"], figure["changed"]) == ("10", "")


def test_a_page_links_to_its_twin_and_a_wrong_slug_redirects(client, issue):
    page = client.get("/newsletter/2-chips-for-rent/").text
    assert 'type="application/json" href="/newsletter/2-chips-for-rent.json"' in page
    moved = client.get("/newsletter/2-wrong.json")
    assert (moved.status_code, moved["Location"]) == (301, "/newsletter/2-chips-for-rent.json")
    for number in (3, 99999999999999999999):
        assert client.get(f"/newsletter/{number}-chips-for-rent.json").status_code == 404
        assert client.get(f"/newsletter/{number}-chips-for-rent/chart-1.png").status_code == 404


def test_a_draft_has_no_twin(editor):
    make_issue(3, "Not yet", status="draft", sent_at=None)
    assert editor.get("/newsletter/3-not-yet.json").status_code == 404


def test_a_mailed_picture_is_the_stored_one_and_immutable(client, issue):
    snapshot = Snapshot.objects.create(issue=issue, subject="x", html="x", text="x")
    IssuePicture.objects.create(snapshot=snapshot, name="chart-1", alt="x", png=b"as mailed")
    answer = client.get(PICTURE)
    assert answer.content == b"as mailed"
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get(PICTURE.replace("chart-1", "chart-2")).status_code == 404


@pytest.mark.parametrize("address", [PICTURE, DARK])
def test_the_picture_of_an_imported_issue_is_drawn_as_of_its_day(
    client, clock, issue, compute, address
):
    clock.shift(24 * 3600)
    before = client.get(address)
    assert before.content.startswith(b"\x89PNG")
    assert "immutable" not in before["Cache-Control"]
    release(compute, "2024,10 2025,14", day="2026-11-24")
    assert client.get(address).content == before.content


def test_only_editors_see_the_picture_of_a_draft(client, editor, compute):
    draft = make_issue(2, "Chips for rent", status="draft", sent_at=None)
    make_data_point(draft, series=compute)
    answer = editor.get(PICTURE)
    assert answer.content.startswith(b"\x89PNG")
    assert answer["Cache-Control"] == "private, no-store"
    editor.logout()
    assert client.get(PICTURE).status_code == 404


def test_issues_with_the_same_number_do_not_share_pictures(client, issue):
    make_issue(2, "Other", newsletter=make_newsletter("Data Letter"))
    assert client.get("/newsletter/2-other/chart-1.png").status_code == 404


def test_the_pictures_of_a_mail_are_at_the_addresses_in_it(
    client, clock, compute, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    arming.arm()
    now = timezone.now()
    draft = make_issue(2, "Chips for rent", status="approved", send_at=now, sent_at=None)
    make_data_point(draft, series=compute, figure="", period="")
    assert launch.start_issue(draft)
    snapshot = Snapshot.objects.get()
    light, dark = snapshot.pictures.all()
    assert f'src="http://127.0.0.1:8000{PICTURE}"' in snapshot.html
    assert f'srcset="http://127.0.0.1:8000{DARK}"' in snapshot.html
    assert client.get(PICTURE).content == bytes(light.png)
    assert client.get(DARK).content == bytes(dark.png) != bytes(light.png)
    assert light.alt in snapshot.html
    clock.shift(24 * 3600)
    release(compute, "2024,10 2025,14", day="2026-11-24")
    assert client.get(DARK).content == bytes(dark.png)
