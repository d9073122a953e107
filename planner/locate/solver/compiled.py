"""Compile number loops to machine code (numba), once; the result is kept on disk beside the source.

The loops of the median and centre engines are the exception to "vectorised numpy": they walk ragged sorted lists and
stop early. Measured on pmed40: one Lagrangian pass 0.07 ms compiled, 6 ms in numpy; loading the kept code costs
about 0.5 s once a process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import numba
from numba.core import event

__all__ = ["compiled", "seconds_compiling"]


class _Meter(event.Listener):
    """Adds up the time of compiling; one compilation inside another counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begun: list[float] = []

    def on_start(self, event: Any) -> None:
        self._begun.append(time.perf_counter())

    def on_end(self, event: Any) -> None:
        begun = self._begun.pop()
        if not self._begun:
            self.seconds += time.perf_counter() - begun


_METER = _Meter()
event.register("numba:compile", _METER)  # type: ignore[no-untyped-call]


def seconds_compiling() -> float:
    """Return the seconds spent on compiling so far: once after installation, so no time limit counts them."""
    return _METER.seconds


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled on first call, exact in the order of its sums (no fast mathematics)."""
    return cast(Callable[..., Any], numba.njit(cache=True, nogil=True)(function))
