"""An issue that somebody, or the clock, fills while an editor has it open."""

import pytest

from glossary.models import Category
from newsletter.issues.composing import proposals
from newsletter.issues.composing.reviewing import issue_fingerprint
from newsletter.models import Issue
from tests.builders import make_data_point, make_issue, make_series, release
from tests.bystanders import unchanged
from tests.html_forms import errors, opened, shown
from tests.newsletter.drafts import make_draft, make_ready_draft, make_three_series, page


def edited_by_another(issue):
    Issue.objects.filter(pk=issue.pk).update(intro="Newer.")


def replaced(issue):
    extra = make_series("extra", category=Category.objects.get(slug="power"))
    release(extra, "2024,10 2025,30", day="2026-11-20")
    proposals.use_candidate(issue, "extra", 1)


def filled(issue):
    proposals.fill_draft(issue)


@pytest.mark.parametrize("change", [edited_by_another, replaced, filled])
@pytest.mark.parametrize("step", ["change", "preview"])
def test_what_changed_meanwhile_is_not_undone(admin_client, clock, db, change, step):
    issue = make_draft() if change is filled else make_ready_draft()
    if change is filled:
        make_three_series()
    data = opened(admin_client, page(issue)) | {"subject": "Mine", "data_points-0-headline": "Mine"}
    change(issue)
    before = issue_fingerprint(Issue.objects.get(pk=issue.pk))
    answer = admin_client.post(page(issue, step), data)
    assert "saved this issue at 09:00, after you opened it." in answer.text
    assert "Mine" in answer.text or step == "preview"
    assert issue_fingerprint(Issue.objects.get(pk=issue.pk)) == before


def typed(row):
    """A whole data point at a row of the form."""
    fields = {"headline": "Mine", "figure": "$2", "period": "2026"}
    fields |= {"source_publisher": "Epoch AI", "source_title": "Prices"}
    fields |= {"source_url": "https://epoch.ai/data"}
    return {f"data_points-{row}-{name}": text for name, text in fields.items()}


def test_a_place_that_was_filled_meanwhile_is_shown_beside_what_was_typed(admin_client, db):
    issue = make_draft()
    bystander = make_data_point(make_issue(2, "Other"))
    make_data_point(issue, 1, headline="One")
    data = opened(admin_client, page(issue)) | typed(1)
    make_data_point(issue, 2, headline="The clock’s")
    answer = admin_client.post(page(issue), data)
    assert "Two data points have place 2" in errors(answer)
    again = shown(answer)
    headlines = [again[f"data_points-{row}-headline"] for row in range(4)]
    assert headlines == ["One", "The clock’s", "Mine", ""]
    with unchanged(bystander):
        moved = again | {"data_points-2-position": 3}
        assert admin_client.post(page(issue), moved).status_code == 302
    assert dict(issue.data_points.values_list("position", "headline")) == {
        1: "One",
        2: "The clock’s",
        3: "Mine",
    }


def test_a_new_data_point_takes_the_place_of_one_that_came_in_between(admin_client, db):
    issue = make_draft()
    data = opened(admin_client, page(issue)) | typed(0)
    make_data_point(issue, 1, headline="The clock’s")
    again = shown(admin_client.post(page(issue), data))
    answer = admin_client.post(page(issue), again | {"data_points-0-DELETE": "on"})
    assert answer.status_code == 302
    assert issue.data_points.get().headline == "Mine"
