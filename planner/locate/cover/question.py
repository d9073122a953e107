"""One question of covering: can so many sites cover these rows? Asked of the least-cover engine, with an aim.

The rows are merged and reduced without loss; search says yes, bounds say no, and sites that no cover of that size can
have are fixed on the way; what lies between goes to the solver, where the effort asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.least import Effort, cover_all
from planner.locate.cover.sets import merge
from planner.locate.solver.clock import Clock

__all__ = ["Answer", "Cover", "cover_with"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Answer: TypeAlias = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Cover:
    """The answer; with a yes, the open sites."""

    answer: Answer
    open_sites: Flags | None = None


def cover_with(
    start: Ints,
    site: Ints,
    state: NDArray[np.int8],
    most: int,
    clock: Clock,
    *,
    effort: Effort,
    seed: int,
    threads: int,
) -> Cover:
    """Say whether at most ``most`` sites, those open by rule (state 1) among them, cover all rows.

    ``start`` and ``site`` list each row's sites, ascending, closed ones (state -1) left out.
    """
    if (np.diff(start) == 0).any():
        return Cover("no")
    sets, _ = merge(start, site, np.ones(len(start) - 1), len(state))
    found = cover_all(sets, np.ones(len(state)), state, clock, aim=most, effort=effort, seed=seed, threads=threads)
    if found.value <= most:
        return Cover("yes", found.opened)
    return Cover("no" if found.bound > most else "unknown")
