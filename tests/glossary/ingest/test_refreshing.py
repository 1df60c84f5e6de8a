"""Fetching newer data: what is accepted automatically, what waits for a person, and failures."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from glossary.admin.filters import accepted_lately
from glossary.fetching.errors import HttpError, Unreachable
from glossary.fetching.fetch import Fetched, NotModified
from glossary.ingest import refreshing
from glossary.ingest.refreshing import (
    address_on,
    look_at_new,
    refresh_due,
    refresh_series,
    retry_failed,
    tell_operators,
)
from glossary.ingest.uploads import drop_old
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Fetch, Release, Series, Upload
from glossary.series import figure_uses
from glossary.series.loading import load_as_of
from tests.builders import make_series, make_term, make_upload, release
from tests.bystanders import unchanged
from tests.glossary.publisher import answer, policy_for, publishers

pytestmark = pytest.mark.django_db

OLD = "2024,10 2025,12"
URL = "https://data.example/compute.csv"


@pytest.fixture
def publish():
    yield from publishers()


def fetched(rows, etag='"1"', content_type="text/csv", url=URL):
    content = ("period,value\n" + rows.replace(" ", "\n")).encode()
    return Fetched(content, content_type, etag, "", url)


@pytest.fixture
def publisher_says(monkeypatch):
    """Answer every look with these, in turn; the last one stays. Returns what was asked for."""

    def script(*answers):
        asked, left = [], list(answers)

        def fetch_all(wanted, agent, policy):
            for each in wanted:
                asked.append(each)
                yield each, left.pop(0) if len(left) > 1 else left[0]

        monkeypatch.setattr(refreshing, "fetch_all", fetch_all)
        return asked

    return script


@pytest.fixture
def compute():
    """A series that is fetched, with a release of its own."""
    series = make_series("compute", fetch_url=URL)
    release(series, OLD)
    return series


def look(series, **options):
    return next(refresh_series(Series.objects.with_page().filter(pk=series.pk), **options))


def values(series):
    loaded = load_as_of(Series.objects.with_page().get(pk=series.pk))
    return [str(point.value) for point in loaded.points]


def fetch_of(series):
    return Fetch.objects.get(series=series)


def test_new_periods_become_a_release_by_themselves_dated_the_day_they_were_seen(
    compute, publisher_says, clock
):
    publisher_says(fetched(f"{OLD} 2026,15"))
    outcome = look(compute)
    assert outcome.is_news
    assert "1 period added" in outcome.text
    assert values(compute) == ["10", "12", "15"]
    newest = Series.objects.get(pk=compute.pk).current_release
    assert (str(newest.released_on), newest.imported_by) == ("2026-11-23", None)
    assert not Upload.objects.exists()


def test_a_small_revision_that_no_sentence_feels_is_taken(compute, publisher_says):
    publisher_says(fetched("2024,10 2025,12.5"))
    assert look(compute).is_news
    assert values(compute) == ["10", "12.5"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("2024,10 2025,12000", "a value grew a thousandfold: rather another unit"),
        ("2024,10 2025,2", "a value shrank to a sixth"),
    ],
)
def test_a_large_revision_waits_for_a_person(clock, compute, publisher_says, rows, why):
    publisher_says(fetched(rows))
    outcome = look(compute)
    assert outcome.waits == Upload.objects.get(), why
    assert outcome.waits.released_on == date(2026, 11, 23)  # a person may change it
    assert values(compute) == ["10", "12"]


def test_a_new_value_of_another_size_waits_for_a_person(compute, publisher_says):
    publisher_says(fetched(f"{OLD} 2026,15000"))
    assert look(compute).waits is not None
    assert values(compute) == ["10", "12"]


def test_a_number_withdrawn_waits_for_a_person(publisher_says):
    series = make_series("long", fetch_url=URL)
    years = [f"{year},{year}" for year in range(2000, 2020)]
    release(series, " ".join(years))
    publisher_says(fetched(" ".join([*years[:-1], "2019,"])))
    outcome = look(series)
    assert outcome.waits is not None
    assert "1 value withdrawn." in outcome.text


def test_a_period_that_vanished_waits_for_a_person(publisher_says):
    series = make_series("long", fetch_url=URL)
    years = [f"{year},{year}" for year in range(2000, 2020)]
    release(series, " ".join(years))
    publisher_says(fetched(" ".join(years[1:])))
    assert look(series).waits is not None


def test_a_figure_that_changes_in_value_alone_is_taken_and_its_sentence_kept(
    compute, publisher_says, clock, admin_client
):
    figure_uses.record_figures(make_term("Compute", explanation="There are {{ compute }}."))
    publisher_says(fetched(f"{OLD} 2026,15"))
    assert look(compute).is_news
    newest = Series.objects.get(pk=compute.pk).current_release
    assert newest.is_automatic
    assert newest.sentences == [
        ["Compute", "/glossary/compute/", "There are 12\xa0units.", "There are 15\xa0units."]
    ]
    by_hand = release(compute, f"{OLD} 2026,15 2027,16", "2026-11-23")
    assert list(accepted_lately(Release.objects.all())) == [newest]
    assert not by_hand.is_automatic
    assert (
        "<strong>1</strong> <div> release accepted automatically this week: see what it changed"
        in " ".join(admin_client.get("/admin/").text.split())
    )
    page = admin_client.get(f"/admin/glossary/release/{newest.pk}/change/").text
    assert "<del>There are 12\xa0units.</del> <ins>There are 15\xa0units.</ins>" in page
    listed = admin_client.get("/admin/glossary/release/?accepted=lately").text
    assert listed.count('class="field-series') == 1


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("It went {{ compute | change 1y }}.", f"{OLD} 2026,11"),  # up became down
        ("It went {{ compute | change 1y | pct }}.", f"{OLD} 2026,11"),  # + became −
        ("It went {{ compute | change 1y }}.", f"{OLD} 2026,12"),  # unchanged
        ("It grew {{ compute | ratio 1y }}.", f"{OLD} 2026,11"),  # 1.2 times became 0.9 times
        ("It grew {{ compute | ratio 1y | words }}.", f"{OLD} 2026,11"),  # 0.9-fold
        ("It was {{ compute | at 2024 }}.", "2024, 2025,12 2026,15"),  # no figure any more
    ],
)
def test_a_sentence_whose_direction_would_turn_waits_for_a_person(
    compute, publisher_says, text, rows
):
    figure_uses.record_figures(make_term("Compute", explanation=text))
    publisher_says(fetched(rows))
    outcome = look(compute)
    assert outcome.waits is not None
    assert "say the opposite, or lose a figure: Compute." in outcome.text
    assert values(compute) == ["10", "12"]
    upload = Upload.objects.get()
    assert (upload.name, upload.is_fetched, upload.uploaded_by) == ("compute.csv", True, None)


def test_a_file_that_breaks_a_claim_waits_for_a_person(compute, publisher_says):
    figure_uses.record_figures(make_term("Compute", explanation="{{ assert compute < 14 }}"))
    publisher_says(fetched(f"{OLD} 2026,15"))
    assert look(compute).waits is not None


def test_a_first_file_waits_because_nobody_has_seen_its_columns(publisher_says):
    series = make_series("new", fetch_url=URL)
    publisher_says(fetched(OLD))
    assert look(series).waits is not None
    assert series.releases.count() == 0


def test_a_first_file_that_is_read_by_steps_makes_the_series_public(publisher_says):
    other = make_series("other", fetch_url=URL, steps="- period: when\n- value: what")
    series = make_series("new", fetch_url=URL, steps="- period: when\n- value: what")
    publisher_says(Fetched(b"what,when\n10,2024\n12,2025\n", "text/csv", "", "", URL))
    with unchanged(other):
        assert look(series).is_news
    assert values(series) == ["10", "12"]


def test_the_newest_file_of_a_list_is_fetched_in_its_encoding(publish):
    steps = "- link: wave-{number}.csv\n- encoding: mac-roman\n- keep: {who: Türkiye}\n"
    steps += "- period: when\n- value: what"
    lines = "who,when,what\nTürkiye,2024,10\nMalta,2024,8\n".encode("mac-roman")
    publisher = publish(
        answer(body=b'<a href="wave-9.csv">9</a> <a href="wave-10.csv">10</a>'),
        answer(body=lines, Content_Type="text/csv; charset=utf-8"),
        answer(body=b"<p>Moved</p>"),
    )
    url = publisher.url("/waves/")
    series = make_series("listed", fetch_url=url, steps=steps, mapping="")
    other = make_series("other", fetch_url=url, steps=steps, mapping="")
    with unchanged(other):
        assert look(series, policy=policy_for(publisher)).is_news
    assert values(series) == ["10"]
    assert fetch_of(series).final_url == publisher.url("/waves/wave-10.csv")
    missing = look(series, policy=policy_for(publisher))
    assert missing.is_failure
    assert "No address in the list" in missing.text
    assert values(series) == ["10"]


def test_renamed_columns_are_refused_by_name(compute, publisher_says):
    content = b"year,amount\n2024,10\n2025,12\n2026,15\n"
    publisher_says(Fetched(content, "text/csv", "", "", URL))
    outcome = look(compute)
    assert outcome.is_failure
    assert "There is no column “value”" in outcome.text


def test_a_first_file_whose_columns_are_a_choice_waits_for_a_person(publisher_says):
    series = make_series("new", fetch_url=URL)
    publisher_says(Fetched(b"period,price,volume\n2024,10,3\n", "text/csv", "", "", URL))
    outcome = look(series)
    assert outcome.waits == Upload.objects.get()
    assert "Several columns could hold the value: “price”, “volume”." in outcome.text
    assert not series.releases.exists()


@pytest.mark.parametrize(
    ("charset", "kept"),
    [("; charset=ISO-8859-1", "windows-1252"), ("; charset=utf8", "utf-8"), ("", "")],
)
def test_a_file_that_waits_has_its_encoding_by_the_first_name(publisher_says, charset, kept):
    publisher_says(fetched("2024,10", content_type=f"text/csv{charset}"))
    assert look(make_series("new", fetch_url=URL)).waits.encoding == kept


def test_only_the_newest_fetched_file_waits(compute, publisher_says):
    publisher_says(fetched("2024,10 2025,100"), fetched("2024,10 2025,200"))
    sent, others = make_upload(compute), make_upload(make_series("other"), is_fetched=True)
    with unchanged(sent, others):
        first, second = look(compute), look(compute)
    assert set(Upload.objects.all()) == {second.waits, sent, others}
    assert first.waits != second.waits


def test_what_was_looked_at_is_not_asked_for_again(compute, publisher_says):
    asked = publisher_says(fetched(f"{OLD} 2026,15", etag='"7"'), NotModified())
    look(compute)
    assert look(compute).text == "Not changed since the last look."
    assert [each.etag for each in asked] == ["", '"7"']


def test_a_month_that_ends_is_taken_from_a_file_that_does_not_change(publisher_says, clock):
    steps = "- period: when\n- value: what\n- whole periods: true"
    series = make_series("monthly", fetch_url=URL, steps=steps, frequency="monthly")
    rows = b"when,what\n2026-09-30,1\n2026-10-31,2\n2026-11-30,3\n"
    file = Fetched(rows, "text/csv", '"1"', "", URL)
    asked = publisher_says(file, file, Unreachable("gone"), file)
    assert look(series).is_news
    assert values(series) == ["1", "2"]
    clock.shift(24 * 3600)
    assert look(series).text == "Not changed since the last look."
    clock.shift(7 * 24 * 3600)  # December 1
    assert look(series).is_failure
    assert look(series).is_news
    assert values(series) == ["1", "2", "3"]
    assert look(series).text == "Not changed since the last look."
    assert [each.etag for each in asked] == ["", '"1"', "", "", '"1"']
    newest = Series.objects.get(pk=series.pk).current_release
    withdraw_release(series, newest.pk, "November is not complete.")
    clock.shift(31 * 24 * 3600)
    assert look(series).text == "Not changed since the last look."
    assert values(series) == ["1", "2"]


def test_a_server_without_validators_sends_the_same_file_and_it_does_not_wait_twice(
    compute, publisher_says
):
    publisher_says(fetched("2024,10 2025,100", etag=""))
    look(compute).waits.delete()  # an editor said no
    assert look(compute).waits is None
    assert look(compute, again=True).waits is not None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Unreachable("data.example is not there."), "data.example is not there."),
        (HttpError("data.example", 404), "The file is not there."),
        (Fetched(b"<html>", "text/html", '"9"', "", URL), "This is a web page"),
        (Fetched(b" \n", "text/csv", '"9"', "", URL), "The file is empty."),
        (fetched("2024,ten"), "Row 2, column “value”"),
        (fetched("2024,10", content_type="text/csv; charset=klingon"), "“klingon” is not known"),
    ],
)
def test_on_any_failure_the_old_data_stay_and_editors_read_why(
    compute, publisher_says, clock, found, said
):
    publisher_says(found)
    outcome = look(compute)
    fetch = fetch_of(compute)
    assert outcome.is_failure
    assert said in fetch.problem
    assert values(compute) == ["10", "12"]
    assert (fetch.failures, fetch.etag) == (1, "")
    assert fetch.failing_since == fetch.checked_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_our_own_mistake_with_one_file_stops_no_other_series(
    compute, publisher_says, monkeypatch, caplog
):
    other = make_series("other", fetch_url="https://other.example/x.csv")
    release(other, OLD)
    publisher_says(fetched("2024,10"), fetched(f"{OLD} 2026,15"))
    real = refreshing.plans.plan_release

    def plan(series, *args):
        if series.slug == "compute":
            raise ZeroDivisionError
        return real(series, *args)

    monkeypatch.setattr(refreshing.plans, "plan_release", plan)
    outcomes = list(refresh_series(Series.objects.with_page().order_by("slug")))
    assert [outcome.is_failure for outcome in outcomes] == [True, False]
    assert "Refreshing compute failed" in caplog.text


def test_pauses_grow_and_a_server_can_ask_for_a_longer_one(compute, publisher_says, clock):
    busy = HttpError("data.example", 503, timedelta(hours=5))
    publisher_says(*[Unreachable("gone")] * 4, busy)
    pauses = []
    for _ in range(5):
        look(compute)
        fetch = fetch_of(compute)
        pauses.append(fetch.next_at - fetch.checked_at)
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] <= timedelta(minutes=15) < pauses[3] <= timedelta(hours=2)
    assert pauses[4] == timedelta(hours=5)


def test_a_success_ends_the_row_of_failures(compute, publisher_says):
    publisher_says(Unreachable("gone"), fetched(OLD))
    look(compute)
    look(compute)
    fetch = fetch_of(compute)
    assert (fetch.failures, fetch.failing_since, fetch.problem) == (0, None, "")


def test_a_failure_keeps_when_fetching_last_worked(compute, publisher_says, clock):
    other = Fetch.objects.create(series=make_series("other"))
    publisher_says(Unreachable("gone"), fetched(OLD), Unreachable("gone"))
    look(compute)
    assert fetch_of(compute).worked_at is None
    with unchanged(other):
        look(compute)
        worked = fetch_of(compute).worked_at
        assert worked == fetch_of(compute).checked_at
        clock.shift(86_400)
        look(compute)
    fetch = fetch_of(compute)
    assert (fetch.worked_at, fetch.failures) == (worked, 1)
    assert fetch.checked_at > worked


def test_the_clock_looks_at_all_that_are_due_and_says_what_came(compute, publisher_says, clock):
    make_series("by-hand")
    make_series("over", fetch_url=URL, ended_on="2026-01-01")
    asked = publisher_says(fetched(f"{OLD} 2026,15"))
    assert refresh_due() == "1 series looked at: 1 new release"
    assert len(asked) == 1


def test_a_series_that_nobody_looked_at_is_fetched_within_a_minute_and_once(
    compute, publisher_says, clock
):
    looked_at = make_series("looked-at", fetch_url=URL)
    kept = Fetch.objects.create(series=looked_at, checked_at=timezone.now(), next_at=timezone.now())
    publisher_says(fetched(f"{OLD} 2026,15"))
    with unchanged(kept):
        assert look_at_new() == "1 series looked at: 1 new release"
    assert look_at_new() == ""
    assert values(compute) == ["10", "12", "15"]


def test_without_a_network_a_first_look_is_tried_again_after_a_pause(
    compute, publisher_says, clock
):
    publisher_says(Unreachable("data.example is not there."))
    assert look_at_new() == "1 series looked at: 1 not fetched"
    assert look_at_new() == ""
    publisher_says(fetched(f"{OLD} 2026,15"))
    clock.shift(3600)
    assert retry_failed() == "1 series looked at: 1 new release"


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        ("https://a.example/to={year}{month}01", "https://a.example/to=20261101"),
        ("https://a.example/?end={today}&x={day}", "https://a.example/?end=2026-11-23&x={day}"),
    ],
)
def test_an_address_may_hold_the_day(url, filled):
    assert address_on(url, date(2026, 11, 23)) == filled


def test_what_failed_is_tried_again_after_its_pause_and_not_before(compute, publisher_says, clock):
    asked = publisher_says(Unreachable("gone"), fetched(f"{OLD} 2026,15"))
    assert refresh_due() == "1 series looked at: 1 not fetched"
    assert retry_failed() == ""
    clock.shift(15 * 60)
    assert retry_failed() == "1 series looked at: 1 new release"
    assert retry_failed() == ""
    assert len(asked) == 2


def test_two_clocks_do_not_fetch_one_series_at_once(compute, publisher_says, clock):
    publisher_says(fetched(OLD))
    seen = list(refreshing._fetched())
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert refreshing._claimed(seen, now) == seen
    assert refreshing._claim(Fetch(pk=fetch_of(compute).pk, next_at=now), now) is False
    assert refresh_due() == ""


def test_series_of_one_address_share_one_look(publisher_says):
    for slug in ("a100", "h100"):
        make_series(slug, fetch_url=URL)
    asked = publisher_says(fetched(OLD))
    assert len(list(refresh_series(Series.objects.with_page()))) == 2
    assert len(asked) == 1


def test_operators_hear_of_what_fails_for_three_days(compute, publisher_says, clock, settings):
    settings.ADMINS = ["operator@example.org"]
    publisher_says(Unreachable("data.example is not there."))
    look(compute)
    clock.shift(2 * 24 * 3600)
    assert tell_operators() == ""
    clock.shift(24 * 3600)
    look(compute)
    assert tell_operators() == "operators told that 1 series cannot be fetched"
    text = mail.outbox[0].body
    for part in ("Compute, since 2026-11-23", "data.example is not there.", "/change/"):
        assert part in text


def test_a_fetched_file_that_nobody_decides_on_is_dropped_and_fetched_again(
    compute, publisher_says, clock
):
    asked = publisher_says(fetched("2024,10 2025,100"))
    look(compute)
    clock.shift(15 * 24 * 3600)
    assert drop_old() == "1 old upload dropped"
    assert look(compute).waits is not None
    assert asked[-1].etag == ""


def test_from_a_real_server_to_a_release(publish):
    server = publish(answer(body=b"period,value\n2024,10\n2025,12\n2026,15\n", ETag='"1"'))
    series = make_series("compute", fetch_url=server.url())
    release(series, OLD)
    outcome = look(series, policy=policy_for(server))
    assert outcome.is_news
    assert "AI-Economy-Pulse (+http://127.0.0.1:8000/about/)" in server.requests[0]
    assert fetch_of(series).etag == '"1"'


def test_the_strict_policy_refuses_an_address_inside():
    series = make_series("inside", fetch_url="http://127.0.0.1/data.csv")
    outcome = look(series)
    assert outcome.is_failure
    assert fetch_of(series).problem


def run(*slugs):
    out = StringIO()
    call_command("refreshseries", *slugs, stdout=out)
    return out.getvalue()


def test_the_command_looks_at_all_or_at_those_named(compute, publisher_says):
    asked = publisher_says(fetched(f"{OLD} 2026,15"))
    assert run().startswith("compute: 1 period added")
    assert "It holds what we have." in run("compute")
    assert [each.etag for each in asked] == ["", ""]


def test_the_command_fails_when_a_series_could_not_be_fetched(compute, publisher_says):
    publisher_says(Unreachable("gone"))
    with pytest.raises(CommandError, match="1 of 1 could not be fetched; old data stay"):
        run()


@pytest.mark.parametrize(
    ("slug", "said"),
    [("compite", "Did you mean “compute”"), ("by-hand", "no address to fetch from")],
)
def test_the_command_names_a_slug_it_cannot_use(compute, slug, said):
    make_series("by-hand")
    with pytest.raises(CommandError, match=said):
        run(slug)
