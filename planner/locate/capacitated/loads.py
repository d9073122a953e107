r"""Loads of sites, listed: every one near the bound, and what it costs under given multipliers.

Multipliers :math:`u_i` pay for the rows; a subset-row cut (:mod:`planner.locate.capacitated.subset_rows`) charges its
penalty to each load that holds two of its three rows. What is left of a load's cost is its reduced cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.capacitated.bounds import Ascent, Room, margins
from planner.locate.capacitated.knapsack import by_ratio, near_loads
from planner.locate.solver.compiled import compiled

__all__ = ["Loads", "Priced", "joined", "loads_within", "price"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_MOST_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Loads:
    """Load k serves ``row[start[k]:start[k + 1]]`` from ``site[k]`` for ``cost[k]``."""

    site: NDArray[np.int32]
    start: Ints
    row: NDArray[np.uint16]
    cost: Floats

    def __len__(self) -> int:
        return len(self.cost)

    def some(self, keep: Ints | Flags) -> Loads:
        """Return some of the loads, by position or flag."""
        at = np.flatnonzero(keep) if keep.dtype == bool else keep
        start = np.concatenate(([0], np.cumsum(np.diff(self.start)[at])))
        return Loads(self.site[at], start, _copied(self.start, self.row, at, start), self.cost[at])

    @property
    def of(self) -> Ints:
        """The load of each entry of ``row``."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def held(self, rows: int) -> csr_array:
        """Return the matrix of rows and loads: 1 where a load serves the row."""
        shape = (rows, len(self))
        return csr_array((np.ones(len(self.row)), (self.row.astype(np.int64), self.of)), shape=shape)


@compiled
def _copied(start, row, at, to):  # type: ignore[no-untyped-def]
    """Return the rows of some loads, without an index of each entry (a list may hold fifty million)."""
    kept = np.empty(to[-1], row.dtype)
    for k in range(at.size):
        kept[to[k] : to[k + 1]] = row[start[at[k]] : start[at[k] + 1]]
    return kept


def joined(loads: Loads, more: Loads) -> Loads:
    """Return the loads of both."""
    return Loads(
        np.concatenate([loads.site, more.site]),
        np.concatenate([loads.start, more.start[1:] + loads.start[-1]]),
        np.concatenate([loads.row, more.row]),
        np.concatenate([loads.cost, more.cost]),
    )


def loads_within(room: Room, ascent: Ascent, state: State, count: int, slack: float, most: int) -> Loads | None:
    """Return every load that a solution less than ``slack`` above the bound can use; None where there are too many."""
    if room.rows > _MOST_ROWS:
        return None
    _, _, worst, _ = margins(ascent.value, state, count)
    site, start, row, cost, end = [], [np.zeros(1, np.int64)], [], [], 0
    for j in np.flatnonzero(state >= 0):
        least = -(min(worst, ascent.value[j]) if state[j] == 0 else ascent.value[j]) - slack
        begins, rows, travel = _near(
            j, room.start, room.row, room.cost, room.size, room.capacity[j], ascent.u, least, most
        )
        most -= len(begins) - 1
        if most < 0:
            return None
        site.append(np.full(len(begins) - 1, j, np.int32))
        start.append(begins[1:] + end)
        end += begins[-1]
        row.append(rows)
        cost.append(travel)
    return Loads(np.concatenate(site), np.concatenate(start), np.concatenate(row), np.concatenate(cost))


@compiled
def _near(j, start, row, cost, size, room, u, least, most):  # type: ignore[no-untyped-def]
    """Return the loads of a site worth at least ``least``, as (start, rows), and what each costs."""
    at = np.arange(start[j], start[j + 1])
    at = at[size[row[at]] <= room * (1 + 1e-9)]
    profit, weight = u[row[at]] - cost[at], size[row[at]]
    order = by_ratio(profit, weight)
    begins, items = near_loads(profit[order], weight[order], room, least, most)
    travel, rows = np.zeros(begins.size - 1), np.empty(items.size, np.uint16)
    for k in range(min(begins.size - 1, most)):
        for t in range(begins[k], begins[k + 1]):
            pair = at[order[items[t]]]
            rows[t] = row[pair]
            travel[k] += cost[pair]
    return begins, rows, travel


@dataclass(frozen=True, slots=True)
class Priced:
    """The bound on every choice among loads, the reduced cost of each and the least of each site, zero at most."""

    bound: float
    reduced: Floats
    value: Floats


def price(loads: Loads, u: Floats, triples: Ints, penalty: Floats, state: State, count: int) -> Priced:
    """Return the Lagrangian bound of multipliers and penalties, with the reduced cost of each load."""
    charged = np.flatnonzero(penalty > 0)
    row, cut = triples[charged].ravel(), np.repeat(np.arange(len(charged)), 3)
    order = np.argsort(row, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(u)))))
    reduced, value = _reduced(
        loads.start, loads.row, loads.cost, loads.site, u, start, cut[order], penalty[charged], len(state)
    )
    chosen, *_ = margins(value, state, count)
    bound = u.sum() - penalty[charged].sum() + value[state == 1].sum() + value[chosen].sum()
    return Priced(float(bound), reduced, value)


@compiled
def _reduced(start, row, cost, site, u, cut_start, cut, penalty, sites):  # type: ignore[no-untyped-def]
    reduced, value = np.empty(cost.size), np.zeros(sites)
    met = np.zeros(penalty.size, np.int8)
    for k in range(cost.size):
        left = cost[k]
        for t in range(start[k], start[k + 1]):
            i = row[t]
            left -= u[i]
            for c in range(cut_start[i], cut_start[i + 1]):
                met[cut[c]] += 1
                if met[cut[c]] == 2:
                    left += penalty[cut[c]]
        for t in range(start[k], start[k + 1]):
            for c in range(cut_start[row[t]], cut_start[row[t] + 1]):
                met[cut[c]] = 0
        reduced[k] = left
        value[site[k]] = min(value[site[k]], left)
    return reduced, value
