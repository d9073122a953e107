"""The time budget of one solve: stages in seconds, a deadline, and Ctrl-C as a wish to stop, not as a crash."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Clock"]


class Clock:
    """Measures stages, and says when to stop.

    Engines ask :meth:`stop` between short steps (at most about 0.1 s apart). Inside :meth:`running` the first
    Ctrl-C only raises a flag, so that the best solution so far can be returned; the second one interrupts.

    >>> clock = Clock(60.0)
    >>> with clock.running(), clock.stage("reduce"):
    ...     clock.stop()
    False
    """

    def __init__(self, time_limit: float) -> None:
        self.started = time.perf_counter()
        self.deadline = self.started + time_limit
        self.interrupted = False
        self._seconds: dict[str, float] = {}

    def left(self) -> float:
        """Return the seconds that are left, zero when none are."""
        return max(0.0, self.deadline - time.perf_counter())

    def stop(self) -> bool:
        """Return whether the time is up or the user wants to stop."""
        return self.interrupted or time.perf_counter() >= self.deadline

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage, and of all together as ``total``."""
        return {**self._seconds, "total": time.perf_counter() - self.started}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to the stage ``name``."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begun

    @contextmanager
    def running(self) -> Iterator[None]:
        """Turn the first Ctrl-C inside into the flag ``interrupted`` (in the main thread only)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def note(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
