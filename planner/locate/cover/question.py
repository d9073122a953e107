"""One question of covering: can so many sites cover these rows? Asked of the least-cover engine, with an aim.

The rows are merged and reduced without loss; search says yes, the Lagrangian bound says no, and sites that no cover of
that size can have are fixed on the way; what lies between goes to the solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.least import cover_all
from planner.locate.cover.sets import merge
from planner.locate.solver.clock import Clock

__all__ = ["Cover", "cover_with"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cover:
    """The answer; with a yes, the open sites."""

    answer: Literal["yes", "no", "unknown"]
    open_sites: Flags | None = None


def cover_with(
    start: Ints, site: Ints, state: NDArray[np.int8], most: int, clock: Clock, *, seed: int, threads: int
) -> Cover:
    """Say whether at most ``most`` sites, those open by rule (state 1) among them, cover all rows.

    ``start`` and ``site`` list each row's sites, ascending, closed ones (state -1) left out.
    """
    if (np.diff(start) == 0).any():
        return Cover("no")
    sets, _ = merge(start, site, np.ones(len(start) - 1), len(state))
    found = cover_all(sets, np.ones(len(state)), state, clock, aim=most, seed=seed, threads=threads)
    if found.value <= most:
        return Cover("yes", found.opened)
    return Cover("no" if found.bound > most else "unknown")
