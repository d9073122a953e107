"""Better a good p-median place by place: a few neighbouring sites are swapped at random and put right again.

A swap far away changes nothing here, so that what a kick has to put right is the sites around it: many times cheaper
than a descent over all (segment insertion of the travelling salesman: Johnson, McGeoch 1997; for p-medians, Taillard
2003 solves the places themselves).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.search import Neighbourhood, descend, total_cost
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["shake"]

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_OPEN, _SWAPS = (6, 20), (1, 6)


def shake(hood: Neighbourhood, best: Flags, clock: Clock, *, idle: int, seed: int) -> tuple[Flags, float]:
    """Return a set no dearer than ``best`` and its cost, after so many kicks in a row that bettered nothing."""
    random, value = np.random.default_rng(seed), total_cost(hood, best)
    left = idle
    while left > 0 and hood.lists.rows and not clock.stop():
        left -= 1
        place = _place(hood, best, int(random.integers(hood.lists.rows)), int(random.integers(*_OPEN)))
        other = _swapped(best, place, int(random.integers(*_SWAPS)), random)
        cost = descend(hood, other, random.permutation(place))
        if cost < value:
            left = idle
        if cost <= value:
            best, value = other, cost
    return best, value


def _place(hood: Neighbourhood, best: Flags, row: int, wanted: int) -> Ints:
    """Return the free sites around a row, with so many open ones, but at most a third of all."""
    start, column, _ = hood.columns
    wanted = min(wanted, max(2, hood.most // 3))
    sites = _around(hood.lists.start, hood.lists.site, start, column, best, row, wanted)
    return np.asarray(sites[hood.state[sites] == 0])


def _swapped(best: Flags, place: Ints, swaps: int, random: np.random.Generator) -> Flags:
    inside, outside = place[best[place]], place[~best[place]]
    swaps = min(swaps, len(inside), len(outside))
    other = best.copy()
    other[random.choice(inside, swaps, replace=False)] = False
    other[random.choice(outside, swaps, replace=False)] = True
    return other


@compiled
def _around(start, site, col_start, col_row, open_sites, row, wanted):  # type: ignore[no-untyped-def]
    """Return the sites met from a row outwards, nearest first, and from the rows they serve, until so many are open."""
    met, seen = np.zeros(open_sites.size, np.bool_), np.zeros(start.size - 1, np.bool_)
    sites, rows = np.empty(open_sites.size, np.int64), np.empty(start.size - 1, np.int64)
    rows[0], seen[row] = row, True
    last, size, first, taken, found = 1, 0, 0, 0, 0
    while found < wanted:
        if first < last:
            i = rows[first]
            first += 1
            for k in range(start[i], start[i + 1]):
                j = site[k]
                if found == wanted:
                    break
                if not met[j]:
                    met[j] = True
                    sites[size] = j
                    size += 1
                    found += open_sites[j]
        elif taken < size:
            j = sites[taken]
            taken += 1
            for k in range(col_start[j], col_start[j + 1]):
                if not seen[col_row[k]]:
                    seen[col_row[k]] = True
                    rows[last] = col_row[k]
                    last += 1
        else:
            break
    return sites[:size].copy()
