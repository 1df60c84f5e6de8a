"""Live data beside terms: on the term page, the front page, and in the mark."""

import gzip

import pytest
from django.contrib.auth.models import User

from glossary.models import Series, TermSeries
from glossary.series import figure_uses
from tests.builders import make_citation, make_series, make_term, relate, release
from tests.glossary.views.test_term_page import assert_in_order, visible_text

pytestmark = pytest.mark.django_db


def show(term, *series):
    for position, each in enumerate(series):
        TermSeries.objects.create(term=term, series=each, position=position)


def test_live_data_stands_between_explanation_and_related_terms(client):
    term = make_term(
        "AI Compute", explanation="There are {{ compute }}, {{ compute | change 1y | words }}."
    )
    relate(term, make_term("Chip"))
    make_citation(term)
    series = make_series("compute")
    release(series, "2024,1000 2025,1250")
    show(term, series)
    html = client.get("/glossary/ai-compute/").text
    assert_in_order(
        visible_text(html),
        [
            "There are 1,250 units , up 25% .", "Live Data", "Up 25% in a year", "Compute, units", "1,250", "2025",
            "Epoch AI", "Explore the Data", "Sources", "Related Terms", "Chip",
        ],
    )  # fmt: skip
    assert '<p class="explore"><a href="/data/compute/">' in html
    assert '<data class="figure" value="1250">' in html
    assert 'title="Compute, units. 2025. Epoch AI. Released January 15, 2026."' in html


def test_a_card_repeats_no_change_that_its_finding_says(client, clock):
    term, series = make_term("Chip"), make_series("compute")
    release(series, "2024,1000 2025,1250")
    show(term, series)

    def beside_the_number():
        html = client.get("/glossary/chip/").text.partition('<p class="newest">')[2]
        return visible_text(html.partition("</p>")[0])

    assert beside_the_number() == "1,250 2025"
    clock.shift(1)
    series.chart_title = "More compute than ever"
    series.save()
    assert beside_the_number() == "1,250 2025. Up 25% in a year"


def test_series_come_in_the_editors_order(client):
    term = make_term("Hub")
    names = ["zeta", "alpha", "mu"]
    series = [make_series(name) for name in names]
    for each in series:
        release(each, "2024,1 2025,2")
    show(term, *series)
    assert_in_order(visible_text(client.get("/glossary/hub/").text), ["Zeta", "Alpha", "Mu"])


def test_a_term_without_series_shows_what_its_text_reads_or_nothing(client):
    for name in ("alpha", "beta", "gamma", "unread"):
        release(make_series(name), "2024,1 2025,2")
    make_series("no-data")
    make_term("Bare", explanation="{{ assert alpha > 1 }}")
    assert "Live Data" not in client.get("/glossary/bare/").text
    make_term("Reads", explanation="{{ gamma }}, {{ beta }}, {{ gamma | first }}, {{ no-data }}.")
    text = visible_text(client.get("/glossary/reads/").text)
    data = text.partition("Live Data")[2]
    assert_in_order(data, ["Gamma", "Explore the Data", "Beta", "2"])
    assert data.count("Explore the Data") == 1
    assert "Unread" not in text


def test_a_longer_text_has_room_for_more_charts_the_rest_are_named(client):
    series = [make_series(name) for name in ("one", "two", "three", "four")]
    for each in series:
        release(each, "2024,1 2025,2")
    for words, charts in ((10, 1), (219, 1), (220, 2), (330, 3), (900, 3)):
        term = make_term(f"Term {words}", explanation="word " * words)
        show(term, *series)
        html = client.get(f"/glossary/term-{words}/").text
        assert html.count('<svg class="chart') == charts
        assert html.count('href="/data/four/"') == 1


def test_sources_are_beside_a_text_that_has_room_for_more_charts_than_there_are(client):
    series = make_series()
    release(series, "2024,1 2025,2")
    for words, is_beside in ((219, False), (220, True), (900, True)):
        term = make_term(f"Term {words}", explanation="word " * words)
        make_citation(term)
        show(term, series)
        html = client.get(f"/glossary/term-{words}/").text
        assert html.count('id="sources"') == 1
        before = html.partition('class="aside"')[2].partition('<section class="sources"')[0]
        assert (before.count("<div") == before.count("</div")) == is_beside


def test_a_broken_figure_is_a_dash_for_readers_and_a_reason_for_editors(client):
    text = "It is {{ nothing-here }} and {{ broken | }}."
    make_term("Public", explanation=text)
    make_term("Draft", explanation=text, status="draft")
    html = client.get("/glossary/public/").text
    assert "{{ nothing" not in html
    assert "{{ broken" not in html
    assert visible_text(html).count("—") >= 2
    client.force_login(User.objects.create_superuser("editor"))
    html = client.get("/glossary/draft/").text
    assert html.count('class="figure-problem"') == 2
    assert "There is no series “nothing-here”" in html


def monthly(slug):
    series = make_series(slug, frequency="monthly")
    release(
        series,
        " ".join(
            f"{2018 + n // 12}-{n % 12 + 1:02},{100 + n * n % 37}.{n % 10}" for n in range(90)
        ),
    )
    return series


def test_three_charts_and_their_figures_cost_ten_queries_and_fourteen_kilobytes(
    client, django_assert_num_queries
):
    series = [monthly(slug) for slug in ("one", "two", "three")]
    text = "\n\n".join(
        f"It is {{{{ {slug} }}}}, {{{{ {slug} | change 1y | words }}}}."
        for slug in ("one", "two", "three")
    )
    term = make_term("Hub", explanation=f"{text} {'word ' * 330}")
    show(term, *series)
    for number in range(6):
        relate(term, make_term(f"Spoke {number}"))
        make_citation(term, title=f"Paper {number}")
    figure_uses.record_figures(term)
    with django_assert_num_queries(11):
        client.get("/glossary/hub/")
    with django_assert_num_queries(10):
        answer = client.get("/glossary/hub/")
    assert answer.text.count('role="img"') == 3
    assert len(gzip.compress(answer.content)) <= 14_000


def test_a_release_that_changes_a_number_changes_every_place_at_once(client, clock):
    series = make_series("compute")
    release(series, "2024,1000 2025,1250")
    term = make_term("AI Compute", explanation="There are {{ compute }}.")
    show(term, series)
    places = [
        "/", "/data/", "/data/compute/", "/data/compute.csv", "/data/compute.json", "/data/compute.svg",
        "/data/compute.metadata.json", "/data/compute/embed/", "/feeds/data.atom", "/glossary/ai-compute/",
    ]  # fmt: skip
    before = {path: client.get(path) for path in places}
    release(Series.objects.get(), "2024,1000 2025,1777", "2026-02-15")
    for path in places:
        after = client.get(path, headers={"if-none-match": before[path].headers.get("ETag", "")})
        assert after.status_code == 200, path
        assert after.text != before[path].text, path
    for path in ("/", "/data/", "/data/compute/", "/glossary/ai-compute/", "/data/compute/embed/"):
        assert "1,777" in client.get(path).text, path
        shown = client.get(path).text.replace("evised from 1,250", "").replace("\u00a0", " ")
        assert "1,250" not in shown.partition("Releases and revisions")[0], path
    for path in ("/data/compute.csv", "/data/compute.json"):
        assert "1777" in client.get(path).text, path
    assert "1,250 to 1,777" in client.get("/feeds/data.atom").text


def test_the_front_page_has_no_heading_without_numbers(client):
    assert "Latest releases" not in client.get("/").text
