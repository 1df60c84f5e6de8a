"""Sending, exports of readers, mass deletion and changes of accounts ask who it is, and for a word."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User

from config import second_factor
from config.logins import PER_NETWORK
from config.models import LoginAttempt
from glossary.models import Category
from newsletter.models import Issue, ReaderAction, Subscriber, Suppression
from tests.builders import make_category, make_issue, make_subscription
from tests.bystanders import unchanged
from tests.config.test_second_factor import SALT, code_at
from tests.newsletter.drafts import make_ready_draft
from tests.newsletter.drafts import page as page_of

RIGHT = "correct horse battery"
LATER = timedelta(minutes=16)
READERS, USERS = "/admin/newsletter/subscriber/", "/admin/auth/user/"
ASKS = "Confirm that it is you"


@pytest.fixture
def root(client, db, clock):
    """A superuser who logged in a quarter of an hour ago."""
    user = User.objects.create_superuser("root", "root@example.org", RIGHT)
    client.force_login(user)
    client.get("/admin/")
    clock.shift(LATER)
    return client


@pytest.fixture
def rows(root):
    """A reader, a paused issue, two categories and an account that every action below is about."""
    make_issue(7, status="paused")
    Suppression.objects.create(address_hash="1" * 64, reason="refused")
    User.objects.create_user("somebody", is_staff=True)
    make_category("One")
    make_category("Two")
    return [make_subscription().subscriber, *Issue.objects.all(), *User.objects.all()]


def ids(model):
    return [str(pk) for pk in model.objects.values_list("pk", flat=True)]


ACTIONS = {
    "end other log-ins": lambda: ("/admin/log-ins/", {}, ""),
    "export readers": lambda: (f"{READERS}export/", {}, "export"),
    "export a reader": lambda: (f"{READERS}{Subscriber.objects.get().pk}/export/", {}, ""),
    "erase readers": lambda: (f"{READERS}erase/", {"ids": ids(Subscriber)[0]}, "erase"),
    "export suppressions": lambda: ("/admin/newsletter/suppression/export/", {}, ""),
    "resume": lambda: (f"/admin/newsletter/issue/{Issue.objects.get().pk}/sending/resume/", {}, ""),
    "resend": lambda: (
        f"/admin/newsletter/issue/{Issue.objects.get().pk}/sending/resend-all/", {}, "resend",
    ),
    "queue the failed": lambda: (
        f"/admin/newsletter/issue/{Issue.objects.get().pk}/sending/queue-failed/", {}, "",
    ),
    "queue the returned": lambda: (
        f"/admin/newsletter/issue/{Issue.objects.get().pk}/sending/queue-returned/", {}, "",
    ),
    "delete many": lambda: (
        "/admin/glossary/category/",
        {"action": "delete_selected", "_selected_action": ids(Category), "post": "yes"},
        "delete",
    ),
    "change an account": lambda: (
        f"{USERS}{User.objects.get(username='somebody').pk}/change/",
        {"username": "somebody", "is_superuser": "on"},
        "",
    ),
    "add an account": lambda: (f"{USERS}add/", {"username": "new", "usable_password": "false"}, ""),
    "set a password": lambda: (
        f"{USERS}{User.objects.get(username='somebody').pk}/password/",
        {"password1": "several words here", "password2": "several words here"},
        "",
    ),
    "reset a second factor": lambda: (
        USERS, {"action": "reset_second_factor", "_selected_action": ids(User)}, "",
    ),
    "change a group": lambda: (
        f"/admin/auth/group/{Group.objects.first().pk}/change/", {"name": "Other"}, "",
    ),
    "own password": lambda: (
        "/admin/password_change/",
        {"old_password": RIGHT, "new_password1": "several words", "new_password2": "several words"},
        "",
    ),
    "second factor": lambda: ("/admin/second-factor/", {"code": "123456"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIONS)
def test_a_log_in_of_a_while_ago_is_asked_for_the_password_and_nothing_is_lost(root, rows, name):
    path, data, word = ACTIONS[name]()
    posted = data | ({"typed": word} if word else {})
    with unchanged(*rows):
        page = root.post(path, posted)
        assert ASKS in page.text
        wrong = root.post(path, posted | {"proof": "wrong"})
    assert "Wrong password." in wrong.text
    assert LoginAttempt.objects.filter(succeeded=False).count() == 1
    carried = dict(page.context["posted"])
    assert carried.keys() == data.keys()
    assert RIGHT not in wrong.text or name == "own password"
    assert not ReaderAction.objects.exists()
    assert ASKS not in answered(root.post(path, posted | {"proof": RIGHT}))
    assert ASKS not in answered(root.post(path, posted)), "the answer is good for a while"


def answered(response):
    return "" if response.streaming else response.content.decode()


@pytest.mark.parametrize(
    "name", [name for name in ACTIONS if name.split()[0] in "export erase resend delete"]
)
def test_a_word_is_typed_where_much_is_at_stake(root, rows, name):
    path, data, word = ACTIONS[name]()
    root.post("/admin/second-factor/", {"proof": RIGHT})
    before = ReaderAction.objects.count(), Category.objects.count(), Subscriber.objects.count()
    for typed in ({}, {"typed": "yes"}) if word else ():
        page = root.post(path, data | typed)
        assert f"Type “{word}”" in page.text
        assert ASKS not in page.text
        if typed:
            assert f"<h1>{word.capitalize()}?</h1>" in page.text
    assert before == (
        ReaderAction.objects.count(), Category.objects.count(), Subscriber.objects.count()
    )  # fmt: skip
    answer = answered(root.post(path, data | {"typed": f" {word.upper()} "}))
    assert f"Type “{word}”" not in answer


def test_the_page_before_an_action_asks_too_so_it_takes_one_press(root, rows):
    page = root.get(f"{READERS}export/").text
    assert "Type “export” to go on" in page
    assert "Your password" in page
    root.post("/admin/second-factor/", {"proof": RIGHT})
    assert "Your password" not in root.get(f"{READERS}export/").text


def test_a_single_row_is_deleted_without_a_word(root, rows):
    root.post("/admin/second-factor/", {"proof": RIGHT})
    one = Category.objects.get(name="One")
    data = {"action": "delete_selected", "_selected_action": one.pk, "post": "yes"}
    with unchanged(Category.objects.get(name="Two")):
        root.post("/admin/glossary/category/", data)
    assert not Category.objects.filter(name="One").exists()


def test_who_has_a_second_factor_gives_a_code(root, rows, clock):
    user = User.objects.get(username="root")
    second_factor.turn_on(user, SALT, code_at(), root.session.session_key)
    clock.shift(60)
    page = f"{READERS}{Subscriber.objects.get().pk}/export/"
    assert "Your password" not in root.get(page).text
    assert "That code is wrong" in root.post(page, {"proof": RIGHT}).text
    assert root.post(page, {"proof": code_at()})["Content-Disposition"]
    assert ReaderAction.objects.count() == 1


def test_guesses_are_limited_like_log_ins(root, rows):
    page = f"{READERS}export/"
    guess, most = {"typed": "export", "proof": "x"}, PER_NETWORK.count
    answers = [root.post(page, guess).status_code for _ in range(most + 1)]
    assert answers == [200] * most + [429]


@pytest.mark.parametrize(
    ("chosen", "asked_for"),
    [({"when": "now"}, ["typed", "proof"]), ({"when": "slot"}, ["proof"])],
    ids=["now", "in its slot"],
)
def test_an_issue_is_not_approved_before_it_is_asked_who_does_it(root, chosen, asked_for):
    issue, other = make_ready_draft(), make_issue(9, status="draft")
    path = page_of(issue, "approve")
    assert list(root.get(path, chosen).context["proof"].fields) == asked_for
    with unchanged(issue, other):
        assert list(root.post(path, chosen).context["form"].fields) == asked_for
        assert ASKS in root.post(path, chosen | {"typed": "send", "proof": "wrong"}).text
    with unchanged(other):
        root.post(path, chosen | {"typed": "send now", "proof": RIGHT})
    issue.refresh_from_db()
    assert issue.status == "approved"


@pytest.mark.parametrize("elsewhere", ["", "https://elsewhere.example/admin/"])
def test_who_leaves_it_comes_back_to_the_page_with_the_button(root, rows, elsewhere):
    path, data, _ = ACTIONS["resume"]()
    page = f"http://testserver{path.removesuffix('resume/')}"
    for referer, back in ((page, page), (elsewhere, "/admin/")):
        asked = root.post(path, data, headers={"Referer": referer}).text
        assert f'<a class="button" href="{back}">Leave it</a>' in asked
