"""The lanes of a pump share their commits, and none of them waits for another for long."""

import pytest
from django.db import OperationalError

from newsletter.models import Delivery
from newsletter.sending import ledger
from newsletter.sending.lanes import GroupCommit
from newsletter.sending.ledger import Step
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start
from tests.newsletter.subscribers.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

LANES = 3


@pytest.fixture
def steps():
    """Return a step for each lane; the fourth row is no lane's."""
    for n in range(LANES + 1):
        make_subscription(f"r{n}@example.org")
    rows = ledger.claim_due(start().pk, "lane", LANES + 1)
    return [Step("lane", row) for row in rows[:LANES]]


@pytest.fixture
def groups(monkeypatch):
    """Return the steps of each commit; an entry "broken" breaks the next one."""
    found, commit = [], ledger.record_and_begin

    def record_and_begin(issue_id, steps):
        if found == ["broken"]:
            found.clear()
            raise OperationalError
        found.append(list(steps))
        return commit(issue_id, steps)

    monkeypatch.setattr(ledger, "record_and_begin", record_and_begin)
    return found


def begin(commits, steps):
    """Begin all steps at once; return whether each may be handed over, None where it raised."""
    issue_id = Delivery.objects.values_list("issue", flat=True)[0]

    def act(n):
        try:
            return commits.begin(issue_id, steps[n])
        except OperationalError:
            commits.leave()  # as a lane does
            return None

    return at_once(len(steps), act)


def begun():
    return set(Delivery.objects.filter(state="handing_over").values_list("pk", flat=True))


def test_lanes_that_are_ready_together_share_one_commit(steps, groups):
    commits = GroupCommit(LANES)
    commits._took = 20
    assert begin(commits, steps) == [True] * LANES
    assert [len(group) for group in groups] == [LANES]
    assert begun() == {step.row.pk for step in steps}


def test_a_lane_is_told_about_its_own_row(steps, groups):
    Delivery.objects.filter(pk=steps[1].row.pk).update(lease="another")
    commits = GroupCommit(LANES)
    commits._took = 20
    assert begin(commits, steps) == [True, False, True]
    assert begun() == {steps[0].row.pk, steps[2].row.pk}


def test_a_lane_that_loses_the_database_takes_no_other_with_it(steps, groups):
    groups.append("broken")
    commits = GroupCommit(LANES)
    commits._took = 20
    told = begin(commits, steps)
    assert sorted(told, key=str) == [None, True, True]
    assert begun() == {step.row.pk for step, is_begun in zip(steps, told, strict=True) if is_begun}


def test_a_lane_waits_no_longer_than_the_last_commit_took(steps):
    commits = GroupCommit(LANES)
    assert begin(commits, steps[:1]) == [True]
    assert 0 < commits._took < 5
    assert begin(commits, steps[1:2]) == [True]


def test_a_lane_that_ends_is_not_waited_for(steps):
    commits = GroupCommit(2)
    commits._took = 20
    commits.leave()
    assert begin(commits, steps[:1]) == [True]
    assert commits._took < 5
