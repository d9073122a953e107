r"""The p-median by radii, as arrays for a solver.

A row with rising costs :math:`D^1 < D^2 < \dots` costs :math:`D^1 + \sum_k (D^{k+1} - D^k) z_k`, where :math:`z_k = 1`
if no site within :math:`D^k` is open (Cornuéjols, Nemhauser, Wolsey 1980; García, Labbé, Marín 2011). The variable
belongs to the *set* of sites within the radius, so rows share it wherever their nearest sites are the same, and each
set is tied to the next smaller one by one short constraint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.locate.median.nearest import Lists
from planner.locate.solver.mip import Model

__all__ = ["radius_model"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class _Sets:
    """Distinct sets of sites: their weight in the objective, the set before, and the sites added to it."""

    number: dict[int, int] = field(default_factory=dict)
    weight: list[float] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    added: list[NDArray[np.int32]] = field(default_factory=list)
    served: set[int] = field(default_factory=set)

    def find(self, key: int, before: int, added: NDArray[np.int32]) -> int:
        place = self.number.setdefault(key, len(self.weight))
        if place == len(self.weight):
            self.weight.append(0.0)
            self.before.append(before)
            self.added.append(added)
        return place


def radius_model(
    lists: Lists, fixed_cost: Floats, state: NDArray[np.int8], least: int, most: int
) -> tuple[Model, NDArray[np.int64]]:
    """Return the model and the sites of its first columns (the free ones); every row must be served.

    The lists must be cut for ``state``: no closed sites, and nothing after the first open one.
    """
    sets, offset = _collect(lists, state)
    free = np.flatnonzero(state == 0)
    column = np.full(lists.sites, -1)
    column[free] = np.arange(len(free))
    opened = int(np.sum(state == 1))
    offset += float(fixed_cost[state == 1].sum())
    return _arrays(sets, offset, fixed_cost[free], column, least - opened, most - opened), free


def _collect(lists: Lists, state: NDArray[np.int8]) -> tuple[_Sets, float]:
    """Return the sets of all rows with their weights, and the constant part of the objective."""
    draws = np.random.default_rng(20110101).integers(0, 2**62, (lists.sites, 2)).tolist()
    keys = [(high << 62) + low for high, low in draws]
    sets, offset = _Sets(), 0.0
    for i in range(lists.rows):
        place, key = -1, 0
        if lists.start[i] == lists.start[i + 1] and np.isfinite(lists.limit[i]):
            offset += float(lists.limit[i])
            continue
        for sites, cost, following in _groups(lists, i):
            offset += cost if place < 0 else 0.0
            if state[sites[-1]] == 1 or (state[sites] == 1).any():
                break
            key += sum(keys[site] for site in sites)
            place = sets.find(key, place, sites)
            if np.isnan(following):
                sets.served.add(place)
            else:
                sets.weight[place] += following - cost
    return sets, offset


def _groups(lists: Lists, i: int) -> Iterator[tuple[NDArray[np.int32], float, float]]:
    """Yield the sites of equal cost in row i, their cost, and what comes next (NaN: nothing, the row must be served).

    After the last come the sites beyond the end of the list, at its limit.
    """
    end_cost = float(lists.limit[i]) if np.isfinite(lists.limit[i]) else np.nan
    begin, end = lists.start[i], lists.start[i + 1]
    cost, site = lists.cost[begin:end], lists.site[begin:end]
    edges = [0, *(np.flatnonzero(cost[1:] > cost[:-1]) + 1).tolist(), len(cost)]
    for left, right in pairwise(edges):
        yield site[left:right], float(cost[left]), float(cost[right]) if right < len(cost) else end_cost


def _arrays(sets: _Sets, offset: float, price: Floats, column: Ints, least: int, most: int) -> Model:
    """Return the model: columns y (free sites), then z (sets of two and more sites); a single site's z is 1 - y."""
    single = [before < 0 and len(added) == 1 for before, added in zip(sets.before, sets.added, strict=True)]
    z_of = np.cumsum([not one for one in single]) - 1 + len(price)
    cost = price.copy()
    row, col, value, lower = list[int](), list[int](), list[float](), list[float]()
    z_cost = list[float]()
    for place, (weight, before, added) in enumerate(zip(sets.weight, sets.before, sets.added, strict=True)):
        entries = dict.fromkeys(column[added].tolist(), 1.0)
        if single[place]:
            cost[column[added[0]]] -= weight
            offset += weight
            if place not in sets.served:
                continue
        else:
            z_cost.append(weight)
            if place not in sets.served:
                entries[int(z_of[place])] = 1.0
        need = 1.0
        if before >= 0 and single[before]:
            entries[int(column[sets.added[before][0]])] = 1.0
        elif before >= 0:
            entries[int(z_of[before])] = -1.0
            need = 0.0
        row += [len(lower)] * len(entries)
        col += entries.keys()
        value += entries.values()
        lower.append(need)
    row += [len(lower)] * len(price)
    col += range(len(price))
    value += [1.0] * len(price)
    size = len(price) + len(z_cost)
    return Model(
        cost=np.concatenate([cost, z_cost]),
        matrix=csc_array((value, (row, col)), shape=(len(lower) + 1, size)),
        row_lower=np.append(lower, least),
        row_upper=np.append(np.full(len(lower), np.inf), most),
        lower=np.zeros(size),
        upper=np.ones(size),
        integer=np.arange(size) < len(price),
        offset=offset,
    )
