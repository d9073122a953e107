r"""Loads of sites, listed: every one near the bound, and what it costs under given multipliers.

Multipliers :math:`u_i` pay for the rows; a subset-row cut (:mod:`planner.locate.capacitated.subset_rows`) charges its
penalty to each load that holds two of its three rows. What is left of a load's cost is its reduced cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.capacitated.bounds import Ascent, Room, margins, replaced
from planner.locate.capacitated.knapsack import best_charged, by_ratio, near_loads
from planner.locate.solver.compiled import compiled
from planner.ragged import row_of, starts

__all__ = ["Centre", "Loads", "Priced", "centre_at", "joined", "loads_within", "price"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_MOST_ROWS, _MOST_ITEMS, _STEPS = 65_536, 50_000_000, 20_000


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
        start = starts(np.diff(self.start)[at])
        return Loads(self.site[at], start, _copied(self.start, self.row, at, start), self.cost[at])

    @property
    def of(self) -> Ints:
        """The load of each entry of ``row``."""
        return row_of(self.start)

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


@dataclass(frozen=True, slots=True)
class Centre:
    """Multipliers of rows and penalties of cuts, the value of each site's best load under them, and their bound."""

    u: Floats
    triples: Ints
    penalty: Floats
    value: Floats
    bound: float

    @classmethod
    def of(cls, ascent: Ascent) -> Centre:
        """Return the best multipliers of an ascent, without cuts."""
        return cls(ascent.u, np.zeros((0, 3), np.int64), np.zeros(0), ascent.value, ascent.bound)

    @property
    def cuts(self) -> tuple[Ints, Ints, Floats]:
        """The cuts of each row, as (start, cut), and their penalties."""
        return _cuts_of_rows(self.triples, self.penalty, len(self.u))


def centre_at(room: Room, state: State, count: int, u: Floats, triples: Ints, penalty: Floats) -> Centre:
    """Return the bound of these multipliers and penalties on every assignment, by a knapsack for each site."""
    start, cut, charge = _cuts_of_rows(triples, penalty, room.rows)
    value = _best_values(
        room.start, room.row, room.cost, room.size, room.capacity, state, u, start, cut, charge, _STEPS
    )
    return Centre(u, triples, penalty, value, _bound(u, charge, value, state, count))


def _bound(u: Floats, charge: Floats, value: Floats, state: State, count: int) -> float:
    chosen, *_ = margins(value, state, count)
    return float(u.sum() - charge.sum() + value[state == 1].sum() + value[chosen].sum())


def _cuts_of_rows(triples: Ints, penalty: Floats, rows: int) -> tuple[Ints, Ints, Floats]:
    charged = np.flatnonzero(penalty > 0)
    row, cut = triples[charged].ravel(), np.repeat(np.arange(len(charged)), 3)
    start = starts(np.bincount(row, minlength=rows))
    return start, cut[np.argsort(row, kind="stable")], penalty[charged]


def loads_within(room: Room, centre: Centre, state: State, count: int, slack: float, most: int) -> Loads | None:
    """Return every load that a solution less than ``slack`` above the bound can use; None where there are too many."""
    if room.rows > _MOST_ROWS:
        return None
    base, cuts = replaced(centre.value, state, count), centre.cuts
    site, start, row, cost, end = [], [np.zeros(1, np.int64)], [], [], 0
    for j in np.flatnonzero((state >= 0) & (base > -np.inf)):  # no free site opens where all are chosen
        least = -float(base[j]) - slack
        begins, rows, travel = _near(
            j, room.start, room.row, room.cost, room.size, room.capacity[j], centre.u, *cuts, least, most
        )
        most -= len(begins) - 1
        if most < 0 or end + begins[-1] > _MOST_ITEMS:
            return None
        site.append(np.full(len(begins) - 1, j, np.int32))
        start.append(begins[1:] + end)
        end += begins[-1]
        row.append(rows)
        cost.append(travel)
    return Loads(np.concatenate(site), np.concatenate(start), np.concatenate(row), np.concatenate(cost))


@compiled
def _items(j, start, row, cost, size, room, u, cut_start, cut):  # type: ignore[no-untyped-def]
    """Return the pairs of a site in order of their ratio, their profits and sizes, and the cuts of each."""
    at = np.arange(start[j], start[j + 1])
    at = at[size[row[at]] <= room * (1 + 1e-9)]
    profit, weight = u[row[at]] - cost[at], size[row[at]]
    order = by_ratio(profit, weight)
    at = at[order]
    begins = np.zeros(at.size + 1, np.int64)
    for t in range(at.size):
        begins[t + 1] = begins[t] + cut_start[row[at[t]] + 1] - cut_start[row[at[t]]]
    cuts = np.empty(begins[-1], np.int64)
    for t in range(at.size):
        cuts[begins[t] : begins[t + 1]] = cut[cut_start[row[at[t]]] : cut_start[row[at[t]] + 1]]
    return at, profit[order], weight[order], begins, cuts


@compiled
def _best_values(start, row, cost, size, capacity, state, u, cut_start, cut, charge, most):  # type: ignore[no-untyped-def]
    value = np.zeros(capacity.size)
    for j in range(capacity.size):
        if state[j] >= 0:
            _, profit, weight, begins, cuts = _items(j, start, row, cost, size, capacity[j], u, cut_start, cut)
            value[j] = -best_charged(profit, weight, capacity[j], begins, cuts, charge, most)
    return value


@compiled
def _near(j, start, row, cost, size, room, u, cut_start, cut, charge, least, most):  # type: ignore[no-untyped-def]
    """Return the loads of a site worth at least ``least``, as (start, rows), and what each costs."""
    at, profit, weight, cut_begins, cuts = _items(j, start, row, cost, size, room, u, cut_start, cut)
    begins, items = near_loads(profit, weight, room, cut_begins, cuts, charge, least, most)
    travel, rows = np.zeros(begins.size - 1), np.empty(items.size, np.uint16)
    for k in range(min(begins.size - 1, most)):
        for t in range(begins[k], begins[k + 1]):
            pair = at[items[t]]
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
    start, cut, charge = _cuts_of_rows(triples, penalty, len(u))
    reduced, value = _reduced(loads.start, loads.row, loads.cost, loads.site, u, start, cut, charge, len(state))
    return Priced(_bound(u, charge, value, state, count), reduced, value)


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
