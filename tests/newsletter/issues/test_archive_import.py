"""`manage.py importissues` adds past issues to the archive, all of them or none."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import DataPoint, Issue
from tests.builders import (
    make_issue,
    make_newsletter,
    make_office,
    make_person,
    make_series,
    make_term,
    release,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

POINT = """  - headline: A point
    figure: "{figure}"
    period: the quarter to October 26, 2025
    comment: Why it matters.
    source: {{publisher: NVIDIA, title: Results, url: "https://nvidianews.nvidia.com/"}}
"""
FRONT = """---
number: 1
subject: "First: with a colon"
preheader: Short.
sent_at: 2026-11-13T09:00:00-05:00
data_points:
"""


def issue_file(points=3, front=FRONT, extra=""):
    return (
        front
        + "".join(POINT.format(figure=f"${n}bn") for n in range(points))
        + extra
        + "---\nIntro.\n"
    )


def run(path, **options):
    make_newsletter()
    out = StringIO()
    call_command("importissues", path, stdout=out, **options)
    return out.getvalue()


def write(tmp_path, text, name="1.md"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_an_issue_is_imported_as_sent_with_its_three_data_points(tmp_path, client):
    assert "new issue     No. 1 · First: with a colon" in run(write(tmp_path, issue_file()))
    issue = Issue.objects.get()
    assert (issue.status, issue.slug) == ("sent", "first-with-a-colon")
    assert [point.figure for point in issue.data_points.all()] == ["$0bn", "$1bn", "$2bn"]
    page = client.get("/newsletter/1-first-with-a-colon/")
    assert "$1bn" in page.text
    assert "Intro." in page.text


def test_a_file_names_who_reviewed_and_answers_for_the_issue(tmp_path):
    signed = "reviewed_on: 2026-11-12\nreviewed_by: Ada\nresponsible: editorial office\n"
    front = FRONT.replace("data_points:", f"{signed}drafting: By hand.\ndata_points:")
    make_person("Ada")
    run(write(tmp_path, issue_file(front=front)))
    issue = Issue.objects.get()
    assert (str(issue.reviewed_on), issue.reviewed_by.name) == ("2026-11-12", "Ada")
    assert (issue.responsible, issue.drafting) == (make_office(), "By hand.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("responsible: Nobody Known", "“Nobody Known” is not among the people of this site"),
        ("responsible: [1]", "is not among the people of this site"),
        ("reviewed_on: 2026-11-12", "A review has a day and a person"),
    ],
)
def test_a_person_who_is_not_known_or_half_a_review_is_refused(tmp_path, line, said):
    front = FRONT.replace("data_points:", f"{line}\ndata_points:")
    with pytest.raises(CommandError, match=said):
        run(write(tmp_path, issue_file(front=front)))
    assert not Issue.objects.exists()


def test_an_issue_in_the_archive_is_never_changed(tmp_path):
    path = write(tmp_path, issue_file())
    run(path)
    Issue.objects.update(subject="As sent")
    assert "unchanged     No. 1 · As sent" in run(path)
    assert Issue.objects.get().subject == "As sent"


def test_issues_of_another_newsletter_are_imported_by_its_slug(tmp_path):
    letter = make_newsletter("Data Letter")
    other = make_issue(1)
    with unchanged(other):
        run(write(tmp_path, issue_file()), newsletter="data-letter")
    assert Issue.objects.exclude(pk=other.pk).get().newsletter == letter
    with pytest.raises(CommandError, match="There are: ai-economy-pulse, data-letter"):
        run(tmp_path, newsletter="letter")


def test_a_draft_gives_its_number_to_an_imported_issue(tmp_path):
    draft = make_issue(1, "Next week", status="draft")
    letter = make_newsletter("Data Letter")
    others = [make_issue(1, newsletter=letter), make_issue(5, status="draft")]
    with unchanged(*others):
        run(write(tmp_path, issue_file()))
    draft.refresh_from_db()
    assert draft.number == 6
    assert Issue.objects.in_archive().get(newsletter=draft.newsletter).number == 1


SAMPLE = issue_file().replace("number: 1", "sample: true")


def test_a_sample_has_no_number_and_is_imported_once(tmp_path, client):
    draft = make_issue(1, "Next week", status="draft")
    other = SAMPLE.replace("First:", "Second:")
    write(tmp_path, other, name="2.md")
    with unchanged(draft):
        said = run(write(tmp_path, SAMPLE))
    assert said.splitlines() == [
        "new issue     Sample · First: with a colon",
        "new issue     Sample · Second: with a colon",
    ]
    assert "unchanged     Sample · First: with a colon" in run(tmp_path)
    assert Issue.objects.samples().count() == 2
    assert client.get("/newsletter/sample-first-with-a-colon/").status_code == 200


def test_a_dry_run_changes_nothing(tmp_path):
    said = run(write(tmp_path, issue_file()), dry_run=True)
    assert "new issue" in said
    assert "nothing was changed" in said
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (issue_file().replace("number: 1", "number: one"), "number must be a whole number"),
        (SAMPLE.replace("sample: true", "sample: maybe"), "number must be a whole number"),
        (SAMPLE.replace("sample", "number: 1\nsample"), "a sample has “sample: true” instead"),
        (issue_file(points=2), "an issue has exactly 3 data_points"),
        (issue_file(front=FRONT.replace("-05:00", "")), "with its offset"),
        (issue_file(front=FRONT.replace("subject", "subjcet")), "missing: subject"),
        (issue_file(extra="mood: good\n"), "unknown: mood"),
        (issue_file(extra="    term: no-such\n"), "data point 3: there is no term “no-such”"),
        (issue_file(extra="    colour: red\n"), "data point 3: unknown: colour"),
        (
            issue_file().replace("https://nvidianews.nvidia.com/", "javascript:x"),
            "source_url: Enter",
        ),
        (
            issue_file().replace("publisher: NVIDIA, ", ""),
            "data point 1: source: missing: publisher",
        ),
        ("no front matter", "the front matter cannot be read"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_imported(tmp_path, text, expected):
    write(tmp_path, issue_file(), name="0.md")
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        run(write(tmp_path, text.replace("number: 1", "number: 2"), name="2.md"))
    assert expected in str(refused.value)
    assert not Issue.objects.exists()
    assert not DataPoint.objects.exists()


def test_a_term_is_linked_by_its_slug(tmp_path, client):
    make_term("NVIDIA")
    run(write(tmp_path, issue_file(extra="    term: nvidia\n")))
    assert 'href="/glossary/nvidia/"' in client.get("/newsletter/1-first-with-a-colon/").text


SERIES_POINT = """  - headline: A point
    series: compute
    comment: It was {{ compute | first }}.
"""


def test_figures_are_read_as_of_the_day_it_was_sent(tmp_path, client):
    series = make_series("compute")
    source = series.source
    source.url = "https://epoch.ai/data"
    source.save()
    release(series, "2024,10 2025,12", day="2026-10-01")
    release(series, "2024,10 2025,14", day="2026-11-20")
    text = issue_file(points=2, extra=SERIES_POINT).replace("Intro.", "There are {{ compute }}.")
    run(write(tmp_path, text))
    point = DataPoint.objects.get(position=3)
    assert (point.figure, point.period) == ("12 units", "2025")
    assert (point.source_publisher, point.source_url) == ("Epoch AI", "https://epoch.ai/data")
    page = client.get("/newsletter/1-first-with-a-colon/").text.replace("&nbsp;", " ")
    for part in ("12 units", "10 units", "As sent."):
        assert part in page
    assert "14 units" not in page


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("compute | first", "compite"), "Data point 3, line 1: There is no series “compite”"),
        (("series: compute", "series: compite"), "data point 3: there is no series “compite”"),
        (("    series: compute\n", ""), "data point 3: missing:"),
    ],
)
def test_a_broken_figure_is_named_and_nothing_is_imported(tmp_path, change, expected):
    release(make_series("compute"), "2025,12", day="2026-10-01")
    text = issue_file(points=2, extra=SERIES_POINT.replace(*change))
    with pytest.raises(CommandError) as refused:
        run(write(tmp_path, text))
    assert expected in str(refused.value)
    assert not Issue.objects.exists()
