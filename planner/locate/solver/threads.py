"""The same work on several things, by one thread or more: compiled loops let other threads run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["each"]

_A = TypeVar("_A")
_B = TypeVar("_B")


def each(work: Callable[[_A], _B], things: Iterable[_A], threads: int) -> list[_B]:
    """Return what the work makes of every thing, in their order; none may depend on another, so threads change nothing.

    >>> each(abs, [-1, 2], threads=2)
    [1, 2]
    """
    if threads == 1:
        return [work(thing) for thing in things]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, things))
