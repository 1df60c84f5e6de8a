"""When a pump stops: its slice is over, the worker gets a stop signal, or sending is paused."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class StopFlag:
    """Tells all lanes of a pump to stop before the next message; true once they should."""

    def __init__(self, seconds: float) -> None:
        self._event = threading.Event()
        self._deadline = monotonic() + seconds

    def set(self) -> None:
        self._event.set()

    def __bool__(self) -> bool:
        # Under the autoreloader of a development worker, signals end only the main thread.
        is_ending = not threading.main_thread().is_alive()
        return self._event.is_set() or is_ending or monotonic() > self._deadline

    def wait(self, seconds: float) -> bool:
        """Wait at most until the slice is over; return whether to stop."""
        self._event.wait(max(0.0, min(seconds, self._deadline - monotonic())))
        return bool(self)


@contextmanager
def stop_on_signals(stop: StopFlag) -> Iterator[None]:
    """Let the stop signals of a worker stop its pump too.

    The worker's own handler only makes it exit after the current task. It still runs, after ours,
    and is restored afterwards.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOPPING}

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in before.items():
        # A handler that was not set in Python cannot be restored; ignored signals stay ignored.
        if handler not in (None, signal.SIG_IGN, signal.SIG_DFL):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)
