"""Dead links: which addresses are checked, what counts as dead, what editors see and say."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from glossary.fetching import link_health
from glossary.fetching.errors import Unreachable
from glossary.fetching.fetch import Wanted
from glossary.fetching.link_health import Seen, look_at
from glossary.models import CheckedAddress, Source, Term
from glossary.tasks import check_links
from tests.builders import make_citation, make_series, make_term
from tests.bystanders import unchanged
from tests.glossary.admin.test_terms import staff
from tests.glossary.publisher import AGENT, answer, policy_for, publishers

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOVED = answer("301 Moved Permanently", Location="/there")
HERE, GONE = answer(), answer("404 Not Found")
SHUT, NO_HEAD, BROKEN = (
    answer(status) for status in ("403 Forbidden", "405 No", "500 Internal Server Error")
)


@pytest.fixture
def publish():
    yield from publishers()


def make_address(url="https://a.example/", **fields):
    return CheckedAddress.objects.create(url=url, **fields)


# --- one look ---


def seen(publisher, **fields):
    return look_at(Wanted(publisher.url("/page")), AGENT, policy_for(publisher, **fields))


def methods(publisher):
    return [request.split()[0] for request in publisher.requests]


def test_a_page_is_asked_for_its_head_alone(publish):
    publisher = publish(HERE)
    assert seen(publisher) == Seen(200)
    assert methods(publisher) == ["HEAD"]
    assert f"User-Agent: {AGENT}" in publisher.requests[0]


@pytest.mark.parametrize("first", [SHUT, NO_HEAD, GONE, b"", answer("501 Not Implemented")])
def test_a_server_that_knows_no_head_is_asked_by_get(publish, first):
    publisher = publish(first, HERE)
    assert seen(publisher) == Seen(200)
    assert methods(publisher) == ["HEAD", "GET"]


def test_redirects_are_followed_and_noted(publish):
    publisher = publish(MOVED, HERE)
    assert seen(publisher) == Seen(200, publisher.url("/there"))


def test_a_redirect_that_leads_too_far_is_itself_the_answer(publish):
    assert seen(publish(MOVED)).status == 301
    downwards = publish(answer("302 Found", Location="ftp://data.example/"))
    assert seen(downwards) == Seen(302)


def test_nobody_there_is_an_error_and_no_address_but_a_public_one_is_asked(publish):
    publisher = publish(HERE)
    assert "not on the public internet" in str(seen(publisher, is_allowed=lambda _: False))
    publisher.close()
    assert isinstance(seen(publisher), Unreachable)


# --- what counts as dead ---


SILENCE = Unreachable("The connection failed.")


@pytest.mark.parametrize(
    ("looks", "states"),
    [
        # hours after the first look, what it found
        ([(0, Seen(200))], ["works"]),
        ([(0, Seen(204, "https://b.example/"))], ["works"]),
        ([(0, Seen(404)), (24, Seen(404))], ["fails", "dead"]),
        ([(0, Seen(410)), (1, Seen(410)), (20, Seen(410))], ["fails", "fails", "dead"]),
        ([(0, SILENCE), (24, SILENCE), (48, SILENCE)], ["fails", "fails", "dead"]),
        ([(0, SILENCE), (1, SILENCE), (2, SILENCE), (47, SILENCE)], ["fails"] * 4),
        ([(0, Seen(500)), (24, Seen(502)), (48, SILENCE)], ["fails", "fails", "dead"]),
        ([(0, SILENCE), (24, Seen(200)), (48, SILENCE)], ["fails", "works", "fails"]),
        ([(0, SILENCE), (24, Seen(429)), (48, SILENCE)], ["fails", "unclear", "fails"]),
        ([(0, Seen(404)), (24, Seen(404)), (200, Seen(200))], ["fails", "dead", "works"]),
        ([(0, Seen(401))], ["unclear"]),
        ([(0, Seen(403)), (24, Seen(403)), (99, Seen(403))], ["unclear"] * 3),
        ([(0, Seen(999))], ["unclear"]),
        ([(0, Seen(301))], ["unclear"]),
    ],
)
def test_an_address_is_dead_after_failures_on_several_days_and_never_for_shutting_robots_out(
    looks, states
):
    address, found = CheckedAddress(), []
    for hours, each in looks:
        link_health.judge(address, each, NOW + timedelta(hours=hours))
        found.append(address.state)
    assert found == states


# --- which addresses ---


@pytest.mark.django_db
def test_addresses_of_citations_sources_and_texts_are_taken_up_once(settings):
    token = make_term(
        "Token",
        explanation=f"[A](https://a.example/) <https://auto.example> `https://code.example` "
        f"[ours]({settings.SITE_URL}/data/) [mail](mailto:a@b.example)\n\n[b]: HTTPS://b.example/x\n[b]",
    )
    make_citation(token, url="https://a.example/")
    make_citation(token, url="")
    make_series("compute", notes="See [c](https://c.example/).")
    Source.objects.update(url="https://s.example/", licence_url="https://l.example/")
    assert link_health.collect() == "6 new links to check"
    assert list(CheckedAddress.objects.order_by("url").values_list("url", flat=True)) == [
        "HTTPS://b.example/x",
        "https://a.example/",
        "https://auto.example",
        "https://c.example/",
        "https://l.example/",
        "https://s.example/",
    ]
    assert link_health.collect() == ""


@pytest.mark.django_db
def test_an_address_nobody_uses_any_more_is_forgotten():
    make_address()
    link_health.collect()
    assert not CheckedAddress.objects.exists()


@pytest.mark.django_db
def test_who_uses_an_address_is_found_by_the_whole_of_it():
    cites = make_term("Cites")
    make_citation(cites, url="https://a.example/x")
    links = make_term("Links", explanation="[a](https://a.example/x)")
    make_term("Longer", explanation="[a](https://a.example/xy)")
    series = make_series("compute", notes="<https://a.example/x>")
    assert link_health.users_of(["https://a.example/x"]) == {
        "https://a.example/x": [cites, links, series]
    }


@pytest.mark.django_db
def test_who_uses_an_address_is_found_in_any_alphabet_and_among_any_number():
    term = make_term("Links", explanation="[a](https://bücher.example/)")
    link_health.collect()
    (url,) = CheckedAddress.objects.values_list("url", flat=True)
    assert url == "https://xn--bcher-kva.example/"
    others = [f"https://host{number}.example/" for number in range(1_200)]
    found = link_health.users_of([*others, url])
    assert found[url] == [term]
    assert not any(found[other] for other in others)


# --- runs ---


@pytest.mark.django_db(transaction=True)
def test_a_run_looks_at_what_is_due_and_comes_back_in_a_week_or_a_day(publish, clock):
    good, bad = publish(HERE), publish(GONE)
    make_address(good.url("/", "good.example"))
    make_address(bad.url("/", "bad.example"))
    make_address("https://later.example/", next_at=NOW + timedelta(days=2))
    assert link_health.check_due(policy_for(good, bad)) == "2 links checked, 0 dead"
    works, fails = (CheckedAddress.objects.get(url__contains=name) for name in ("good", "bad"))
    assert (works.state, works.answer, works.checked_at) == ("works", 200, NOW)
    assert (fails.state, fails.said, fails.failing_since) == ("fails", "404 Not Found", NOW)
    assert works.next_at - NOW == timedelta(days=6, hours=20)
    assert fails.next_at - NOW == timedelta(hours=20)
    clock.shift(timedelta(days=1))
    assert link_health.check_due(policy_for(good, bad)) == "1 link checked, 1 dead"


@pytest.mark.django_db(transaction=True)
def test_a_host_has_six_of_a_run_and_a_run_sixty(publish, clock):
    publisher = publish(HERE)
    for number in range(8):
        make_address(publisher.url(f"/{number}", "one.example"))
    assert link_health.check_due(policy_for(publisher)) == "6 links checked, 0 dead"
    assert link_health.check_due(policy_for(publisher)) == "2 links checked, 0 dead"
    assert link_health.check_due(policy_for(publisher)) == ""


@pytest.mark.django_db(transaction=True)
def test_a_night_without_a_line_marks_nothing_and_is_told(publish, clock, caplog):
    publisher = publish(HERE)
    policy = policy_for(publisher)
    make_address(publisher.url("/usual"), state="works", next_at=NOW + timedelta(days=3))
    address = make_address(publisher.url())
    publisher.close()
    with caplog.at_level(logging.ERROR):
        assert link_health.check_due(policy) == "no link checked: this machine reaches no server"
    assert "this machine reaches no server" in caplog.text
    address.refresh_from_db()
    assert (address.state, address.checked_at, address.next_at) == ("new", None, NOW)


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_alone_is_recorded_when_those_that_work_still_do(publish, clock):
    usual, silent = publish(HERE), publish(b"")
    make_address(usual.url(), state="works", next_at=NOW + timedelta(days=3))
    address = make_address(silent.url("/", "silent.example"))
    link_health.check_due(policy_for(usual, silent))
    address.refresh_from_db()
    assert (address.state, address.failures) == ("fails", 1)


# --- editors ---


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


@pytest.mark.django_db
def test_the_list_of_dead_links_names_who_uses_them_in_few_queries(
    editor, django_assert_max_num_queries
):
    for number in range(20):
        url = f"https://dead.example/{number}"
        make_address(url, state="dead", answer=404, said="404 Not Found")
        make_citation(make_term(f"Term {number}"), url=url)
    make_address("https://works.example/", state="works", answer=200)
    with django_assert_max_num_queries(14):
        page = editor.get("/admin/glossary/checkedaddress/?state=dead").text
    assert "Term 19</a>" in page
    assert "404 Not Found" in page
    assert "works.example" not in page


@pytest.mark.django_db
def test_an_editor_who_reaches_the_page_takes_it_off_the_list_until_it_fails_otherwise(
    editor, publish
):
    publisher = publish(GONE, GONE, BROKEN, GONE, GONE)
    since = NOW - timedelta(days=9)
    address = make_address(
        publisher.url(), state="dead", answer=404, failures=5, failing_since=since
    )
    make_citation(make_term("Token"), url=address.url)
    data = {"action": "works_for_me", "_selected_action": address.pk}
    editor.post("/admin/glossary/checkedaddress/", data)
    assert not CheckedAddress.objects.dead().exists()
    assert not link_health.with_dead_links(Term.objects.all()).exists()
    for is_dead in (False, True, True):  # and then in the old way again
        address.refresh_from_db()
        link_health.check_addresses([address], policy_for(publisher))
        assert CheckedAddress.objects.dead().exists() is is_dead


@pytest.mark.django_db
def test_what_an_editor_says_during_a_check_stays(publish):
    publisher = publish(GONE)
    address = make_address(publisher.url(), state="fails", answer=404, failures=1)
    other = make_address(state="dead", answer=404)
    assert link_health.excuse(CheckedAddress.objects.filter(pk=address.pk)) == 1
    with unchanged(other):
        link_health.check_addresses([address], policy_for(publisher))  # read before
    address.refresh_from_db()
    assert (address.failures, address.excused_as) == (2, 404)


@pytest.mark.django_db
def test_check_again_now_is_handed_to_the_worker(editor):
    address = make_address()
    data = {"action": "check_again", "_selected_action": address.pk}
    page = editor.post("/admin/glossary/checkedaddress/", data, follow=True).text
    task = DBTaskResult.objects.get(task_path="glossary.tasks.check_links")
    assert task.args_kwargs["kwargs"] == {"ids": [address.pk]}
    assert "1 link being checked. Reload in a minute." in page


@pytest.mark.django_db
def test_the_worker_checks_the_chosen_addresses_alone(publish, monkeypatch):
    publisher = publish(HERE, HERE)
    monkeypatch.setattr(link_health.check_addresses, "__defaults__", (policy_for(publisher),))
    chosen, other = make_address(publisher.url("/chosen")), make_address(publisher.url("/other"))
    with unchanged(other):
        check_links.call(ids=[chosen.pk])
    chosen.refresh_from_db()
    assert chosen.state == "works"


@pytest.mark.django_db
def test_who_may_only_look_at_terms_settles_nothing(client):
    address = make_address(state="dead", answer=404)
    looker = staff(client, "Newsletter editors")
    data = {"action": "works_for_me", "_selected_action": address.pk}
    assert looker.post("/admin/glossary/checkedaddress/", data).status_code == 403
    assert CheckedAddress.objects.dead().exists()
