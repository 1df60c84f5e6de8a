"""A worker that gets SIGTERM finishes its message, releases its claims, and leaves none unknown."""

import random
import signal
import time
from collections import Counter

import pytest
from django.test import override_settings

from newsletter.models import Delivery
from newsletter.sending.pump import SLICE
from tests import smtp_sink
from tests.builders import make_newsletter
from tests.newsletter.sending.conftest import start, states
from tests.newsletter.sending.killing import (
    has_ended,
    make_readers,
    wait_for_mail,
    wait_until,
    workers,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

# A signal that arrives before a new pump listens stops it at the end of its slice; a later one,
# after its message. Service managers wait far longer than this before they kill a worker.
SECONDS_TO_END = SLICE + 5


def stop_and_start(folder, *, readers, times, rate):
    """Send an issue with one worker that gets SIGTERM `times` times."""
    make_readers(make_newsletter(), readers)
    with override_settings(SEND_WORKERS=2):
        issue = start()
        # Each message stays with the mail server for a moment, so that some are in flight.
        with (
            smtp_sink.process(folder, "kept /7: wait 0.3") as sink,
            workers(1, folder, sink.port, SEND_RATE=str(rate), SEND_WORKERS="2") as crowd,
        ):
            for _ in range(times):
                wait_for_mail(sink, issue)
                time.sleep(random.uniform(0.1, 1))
                began = time.monotonic()
                crowd.end(crowd.running[0], signal.SIGTERM)
                assert time.monotonic() - began < SECONDS_TO_END
                assert not Delivery.objects.filter(state__in=["claimed", "handing_over"]).exists()
                crowd.start()
            wait_until(lambda: has_ended(issue), seconds=200)
            received = Counter(each.recipient for each in sink.received())
    assert states(issue) == {"accepted": readers}
    assert set(received.values()) == {1}


def test_a_sigterm_leaves_nothing_unknown(tmp_path):
    stop_and_start(tmp_path, readers=100, times=1, rate=60)


@pytest.mark.slow
def test_twenty_sigterms_leave_nothing_unknown(tmp_path):
    stop_and_start(tmp_path, readers=1500, times=20, rate=60)
