"""Prices of a few sites at which no set undercuts a value: how deep a local cut can be, and its proof.

The deepest prices at a point come from a linear program that knows some sets of the sites of some share, and takes
those in that undercut it (Applegate, Bixby, Chvátal, Cook 2001). The prices of the other sites follow by lifting
(Padberg 1973): guessed each by itself, then made safe. A small tree proves the last step of both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.locate.median.bounds import reduced_costs
from planner.locate.median.local_sets import Place, below, cheap_sets, travel
from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled
from planner.locate.solver.growing import GrowingProgram
from planner.locate.solver.mip import Model

__all__ = ["deepest", "lifted"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_TINY, _SHARE, _TRIALS, _DRAWS, _SOME, _MANY, _WORK = 1e-6, 0.05, 200, 20, 8, 40, 500_000


def deepest(
    place: Place, y: Floats, loose: Ints, paid: float, reach: float, least_gain: float, clock: Clock
) -> tuple[Floats, float, Flags] | None:
    """Return prices of the loose sites, what no set of them undercuts with the whole ones open, and tight sets.

    The linear program over prices knows some sets, and takes those in that undercut it. None: not deep enough.
    """
    small, fixed = _without(place, y, loose)
    share, u = y[loose], _levels(small.start, small.site, small.cost, small.limit, y[loose])
    first = _savings(small, u)
    free = np.ones(len(loose), np.bool_)
    draws = np.random.default_rng(1).random((_DRAWS, len(loose))) < share
    sets, cost = cheap_sets(small, first, np.concatenate([draws, [share > 0.5, share > 0]]), free)
    prices = _Prices(share, first, reach)
    prices.add(sets, np.array([travel(small, chosen) for chosen in sets]) + fixed)
    for _ in range(_TRIALS):
        if clock.stop() or not prices.solve(clock):
            return None
        price, least = prices.price, prices.least
        gain = least - float(price @ share) - paid
        if gain < least_gain:
            return None
        allowed = least - max(_SHARE * gain, 1e-9 * abs(least))
        tight = prices.tight(_SOME)
        sets, cost = cheap_sets(small, price, tight, free)
        sets = sets[cost + fixed < allowed]
        if not len(sets):
            cheaper, settled = below(small, price, allowed - fixed, u, _most_nodes(small))
            if cheaper is None:
                return (price, allowed, prices.tight(_MANY)[::-1]) if settled else None
            sets, _ = cheap_sets(small, price, cheaper[None], free)
        prices.add(sets, np.array([travel(small, chosen) for chosen in sets]) + fixed)
    return None


def _most_nodes(place: Place) -> int:
    """Return how many nodes a tree on the place may have, so that it takes about 0.1 s at most."""
    return _WORK // max(1, len(place.site))


class _Prices:
    """The linear program of the deepest cut: prices near the first ones, and the least that a known set costs."""

    def __init__(self, share: Floats, first: Floats, reach: float) -> None:
        size = len(share)
        self.sets, self.cost = np.zeros((0, size), np.bool_), np.zeros(0)
        self.price, self.least = first, 0.0
        self._program = GrowingProgram(
            Model(
                np.append(share, -1.0), csc_array(np.zeros((0, size + 1))), np.zeros(0), np.zeros(0),
                np.append(first - reach, -np.inf), np.append(first + reach, np.inf),
            ),
            presolve=False,
        )  # fmt: skip

    def add(self, sets: Flags, cost: Floats) -> None:
        matrix = csr_array(np.column_stack([sets, np.full(len(sets), -1.0)]).astype(float))
        self._program.add(Rows(matrix, -cost, np.full(len(sets), np.inf)))
        self.sets, self.cost = np.concatenate([self.sets, sets]), np.append(self.cost, cost)

    def solve(self, clock: Clock) -> bool:
        vertex = self._program.solve(clock)
        if vertex is None:
            return False
        self.price, self.least = vertex.x[:-1], float(vertex.x[-1])
        return True

    def tight(self, count: int) -> Flags:
        """Return the known sets that cost least now."""
        order = np.argsort(self.cost + self.sets @ self.price, kind="stable")
        return self.sets[order[:count]]


def _without(place: Place, y: Floats, loose: Ints) -> tuple[Place, float]:
    """Return the place of the loose sites alone, the whole ones open, and what the rows cost that see none of them."""
    number = np.full(place.sites, -1)
    number[loose] = np.arange(len(loose))
    start, site, cost, limit, fixed = _thinned(place.start, place.site, place.cost, place.limit, number, y >= 1 - _TINY)
    return Place(start, site, cost, limit, len(loose)), float(fixed)


def lifted(
    place: Place, y: Floats, loose: Ints, price: Floats, least: float, tight: Flags, clock: Clock
) -> tuple[Floats, float] | None:
    """Return prices of all sites and what no set undercuts, or None where that took too long to prove.

    A site of no share pays what it can save at most; a whole one earns what closing it costs at least. Both are
    guessed from the tight sets, each for its own, and then made safe, set by set, until no set undercuts them.
    """
    shut, whole = y <= _TINY, y >= 1 - _TINY
    prices = np.zeros(place.sites)
    prices[loose] = price
    sets = np.zeros((len(tight), place.sites), np.bool_)
    sets[:, loose], sets[:, whole] = tight, True
    guess = least - _changed_one(place, prices, sets, ~shut & ~whole)
    prices[shut] = guess[shut]
    prices[whole] = np.maximum(0.0, -guess[whole])
    least += float(prices[whole].sum())
    u, free = _levels(place.start, place.site, place.cost, place.limit, y), np.ones(place.sites, np.bool_)
    known, most_nodes = sets, _most_nodes(place)
    for _ in range(_TRIALS):
        if clock.stop():
            return None
        some, cost = cheap_sets(place, prices, known[-_SOME:], free)
        some = some[np.argsort(cost, kind="stable")]
        if not len(some) or cost.min() >= least - 1e-7:
            cheaper, settled = below(place, prices, least, u, most_nodes)
            if cheaper is None:
                return (prices, least) if settled else None
            some, cost = cheap_sets(place, prices, cheaper[None], free)
            least -= 1e-6 if cost[0] >= least - 1e-7 else 0.0
        for chosen in some:
            lack = least - travel(place, chosen) - float(prices[chosen].sum())
            if lack > 1e-7:
                least = _raised(prices, least, lack, chosen & shut, ~chosen & whole & (prices > 0))
                known = np.concatenate([known, chosen[None]])
        if not np.isfinite(least):
            return None
    return None


def _raised(prices: Floats, least: float, lack: float, opened: Flags, closed: Flags) -> float:
    """Raise the prices of the opened, lower those of the closed (in place); return the new ``least``, -inf if none."""
    count = int(opened.sum()) + int(closed.sum())
    if count == 0:
        return -np.inf
    part = lack / count + 1e-9
    prices[opened] += part
    less = np.minimum(prices[closed], part)
    prices[closed] -= less
    return least - float(less.sum())


def _changed_one(place: Place, prices: Floats, sets: Flags, free: Flags) -> Floats:
    """Return, per site that is not free, the least that a set costs with it opened or closed against the sets given."""
    least = np.full(place.sites, np.inf)
    for j in np.flatnonzero(~free):
        other = sets.copy()
        other[:, j] = ~other[:, j]
        least[j] = cheap_sets(place, prices, other, free)[1].min()
    return least


def _savings(place: Place, u: Floats) -> Floats:
    """Return what each site saves against the multipliers."""
    reduced = np.empty(place.sites)
    reduced_costs(place.start, place.site, place.cost, u, np.zeros(place.sites), reduced)
    return -reduced


@compiled
def _levels(start, site, cost, limit, y):  # type: ignore[no-untyped-def]
    """Return the cost at which each row has met sites of total 1, or its limit."""
    u = limit.copy()
    for i in range(u.size):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += y[site[k]]
            if total > 1 - _TINY:
                u[i] = min(u[i], cost[k])
                break
    return u


@compiled
def _thinned(start, site, cost, limit, number, whole):  # type: ignore[no-untyped-def]
    """Return the rows with numbered sites only, each up to its first whole one, and the cost of those left empty."""
    n = limit.size
    new_start, new_site = np.zeros(n + 1, np.int64), np.empty(site.size, np.int64)
    new_cost, new_limit = np.empty(site.size), np.empty(n)
    rows, size, fixed = 0, 0, 0.0
    for i in range(n):
        first, most = size, limit[i]
        for k in range(start[i], start[i + 1]):
            if whole[site[k]]:
                most = min(most, cost[k])
                break
            if number[site[k]] >= 0:
                new_site[size], new_cost[size] = number[site[k]], cost[k]
                size += 1
        if size == first:
            fixed += most
        else:
            new_limit[rows] = most
            rows += 1
            new_start[rows] = size
    return new_start[: rows + 1].copy(), new_site[:size].copy(), new_cost[:size].copy(), new_limit[:rows].copy(), fixed
