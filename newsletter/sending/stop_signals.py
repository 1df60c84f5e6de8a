"""When a pump ends: its time is up, the worker is told to stop, or it must not go on."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Halt:
    """One word for all lanes of a pump: stop before the next message."""

    def __init__(self, seconds: float) -> None:
        self._event = threading.Event()
        self._deadline = monotonic() + seconds

    def now(self) -> None:
        self._event.set()

    def __bool__(self) -> bool:
        # With the autoreloader of a development worker signals end the main thread alone.
        is_ending = not threading.main_thread().is_alive()
        return self._event.is_set() or is_ending or monotonic() > self._deadline

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until the end; tell whether that has come."""
        self._event.wait(max(0.0, min(seconds, self._deadline - monotonic())))
        return bool(self)


@contextmanager
def told_by_signals(halt: Halt) -> Iterator[None]:
    """Have the signals that end a worker end its pump too.

    The worker's own handler only notes that it should end after the task at hand. It runs as ever,
    after ours, and is back in its place afterwards.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOPPING}

    def tell(number: int, frame: FrameType | None) -> None:
        halt.now()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in before.items():
        # What was set outside of Python cannot be put back, and what is ignored stays ignored.
        if handler not in (None, signal.SIG_IGN, signal.SIG_DFL):
            signal.signal(number, tell)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is tell:
                signal.signal(number, handler)
