"""The time budget of one solve: stages in seconds, a deadline, and Ctrl-C as a wish to stop, not as a crash."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np

from planner.errors import ScenarioError
from planner.locate.plain import as_number
from planner.locate.solver.compiled import seconds_compiling

__all__ = ["Clock", "start"]


def start(time_limit: float, seed: int, threads: int, gap: float = 0.0) -> Clock:
    """Check the settings of a run, and start its clock."""
    if not 0 <= as_number(gap) < 1:
        raise ScenarioError(f"gap = {gap!r} must be a share, zero or more and below 1, like 0.01 for 1 %.")
    for name, value, least in (("seed", seed, 0), ("threads", threads, 1)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value < 2**31:
            raise ScenarioError(f"{name} = {value!r} must be a whole number from {least} to {2**31 - 1}.")
    return Clock(time_limit)


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
        if not as_number(time_limit) >= 0:
            raise ScenarioError(f"time_limit = {time_limit!r} must be a number of seconds, zero or more.")
        self.started = time.perf_counter()
        self.limit = as_number(time_limit)
        self._interrupted = False
        self._whole: Clock | None = None
        self._compiled = seconds_compiling()
        self._seconds: dict[str, float] = {}

    def part(self, share: float) -> Clock:
        """Return a clock for a share of the time that is left; stages and Ctrl-C are those of this one."""
        clock = Clock(share * self.left())
        clock._whole, clock._seconds = self, self._seconds
        return clock

    @property
    def interrupted(self) -> bool:
        """Whether the user wants to stop."""
        return self._interrupted or (self._whole is not None and self._whole.interrupted)

    @interrupted.setter
    def interrupted(self, wish: bool) -> None:
        self._interrupted = wish

    def left(self) -> float:
        """Return the seconds that are left, zero when none are; compiling does not count."""
        return max(0.0, self.started + self.limit + self.compiling() - time.perf_counter())

    def stop(self) -> bool:
        """Return whether the time is up or the user wants to stop."""
        return self.interrupted or self.left() == 0.0

    def compiling(self) -> float:
        """Return the seconds spent on compiling since the start."""
        return seconds_compiling() - self._compiled

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage, and of all together as ``total``."""
        compiling = {"compile": self.compiling()} if self.compiling() else {}
        return {**self._seconds, **compiling, "total": time.perf_counter() - self.started}

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
