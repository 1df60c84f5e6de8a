"""The state that an answer leads to, and when a delivery is tried again."""

from datetime import timedelta

import pytest

from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome
from newsletter.sending.ledger import PAUSES, State, result_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

ANSWERS = [
    (Answer(DeliveryOutcome.ACCEPTED, code=250), 0, State.ACCEPTED),
    (Answer(DeliveryOutcome.FAILED, code=550, enhanced="5.1.1"), 0, State.FAILED),
    (Answer(DeliveryOutcome.DEFERRED, code=451), 0, State.DEFERRED),
    (Answer(DeliveryOutcome.DEFERRED, code=451), 7, State.DEFERRED),
    (Answer(DeliveryOutcome.DEFERRED, code=451), 8, State.FAILED),
    (Answer(DeliveryOutcome.FAILED, code=550, enhanced="5.7.1", is_ours=True), 0, State.DEFERRED),
    (Answer(DeliveryOutcome.UNKNOWN, text="timed out"), 3, State.UNKNOWN),
]


@pytest.mark.parametrize(("answer", "deferrals", "state"), ANSWERS)
def test_the_state_that_an_answer_leads_to(answer, deferrals, state):
    assert result_of(answer, deferrals).state is state


def test_a_deferred_message_is_tried_for_almost_a_day_and_less_and_less_often():
    waits = [result_of(Answer(DeliveryOutcome.DEFERRED), n).pause for n in range(len(PAUSES))]
    assert waits[:6] == [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR]
    assert timedelta(hours=18) < sum(waits, timedelta()) <= timedelta(hours=24)


def test_only_a_deferral_waits():
    assert result_of(Answer(DeliveryOutcome.UNKNOWN), 0).pause == timedelta(0)
