"""One more goal of large tables while earlier ones are kept: what is kept gets a price in place of a demand.

With a price for each unit of what a kept goal misses (Lagrangian relaxation; Geoffrion, 1974), what is left is a
maximal covering or a median without further demands. Its bound, less what the prices ask for all that must be kept,
bounds the goal at any prices. These rise where the sites found miss a goal, and fall where they keep it, in steps that
shrink at each turn; multipliers go from one to the next. Sites that keep all goals on the way are as good as any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover import lagrangian
from planner.locate.cover import search as covering
from planner.locate.cover.sets import CoverSets, merge, restrict
from planner.locate.median import bounds as median
from planner.locate.median.nearest import Lists, cut
from planner.locate.median.search import Neighbourhood, improve, neighbourhood
from planner.locate.solver.clock import Clock
from planner.ragged import starts

__all__ = ["Kept", "Priced", "least_travel", "most_covered"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_TURNS = 24
_FACTOR, _STILL = 4.0, 1.02  # by which a price moves at first, and below which it hardly does
_NEAR = 1e-5  # a share between value and bound that is none
_FIRST, _AGAIN, _CHUNK = 400, 200, 100  # rounds of multipliers in the first turn and the later ones; between two looks
_STEP = 0.3  # of the first steps of covering once prices have moved; of 1


@dataclass(frozen=True)
class Kept:
    """A goal behind: rows, the ``least`` of their weight to cover, and the impedance ``within`` which a site covers.

    Weights are in multiples of ``scale``.
    """

    sets: CoverSets
    least: float
    within: float
    scale: float

    def missed(self, opened: Flags) -> bool:
        """Whether these sites cover too little."""
        return covering.covered(self.sets, opened) < self.least


@dataclass(frozen=True)
class Priced:
    """The best sites that keep all goals (None: none found), their value, and the bound."""

    opened: Flags | None
    value: float
    bound: float


class _Prices:
    """A price for each goal, moved by a factor that shrinks when it turns back."""

    def __init__(self, first: Floats) -> None:
        self.now, self._by, self._last = first, np.full(len(first), _FACTOR), np.zeros(len(first))

    def move(self, missed: Flags) -> bool:
        """Raise the prices of the goals that are missed, lower the others; False once they hardly move."""
        way = np.where(missed, 1.0, -1.0)
        turned = self._last == -way
        self._by[turned] = np.sqrt(self._by[turned])
        self.now = self.now * self._by**way
        self._last = way
        return bool((self._by > _STILL).any())


def most_covered(
    sets: CoverSets, kept: Sequence[Kept], state: State, count: int, first: Flags, clock: Clock, gap: float
) -> Priced:
    """Return the sites that cover the most weight of the rows and keep all goals, from the ``first`` on, and a bound.

    At most ``count`` sites of state 0 open. A ``gap`` between value and bound, as a share, ends the search.
    """
    rows, weights, sure = _together([sets, *(one.sets for one in kept)], state)
    least = np.array([one.least for one in kept]) - sure[1:]
    prices, best, value, bound, u = _Prices(np.ones(len(kept))), None, -np.inf, float(sets.weight.sum()), None
    free, found = state == 0, first & (state == 0)
    count = min(count, int(free.sum()))
    for turn in range(_TURNS):
        weight = weights[0] + prices.now @ weights[1:]
        priced = replace(rows, weight=weight)
        search = covering.make_search(priced, free)
        found, worth = covering.improve(search, covering.greedy(search, found, count - int(found.sum())))
        ascent = lagrangian.begin(priced, None if u is None else u * weight, step=1.0 if u is None else _STEP)
        ascent.bound = np.inf
        for _ in range((_AGAIN if turn else _FIRST) // _CHUNK):
            lagrangian.ascend(priced, count, ascent, target=worth, enough=worth, rounds=_CHUNK)
            if clock.stop():
                break
            picked, now = covering.improve(search, _least(-ascent.rho, free, count))
            if now > worth:
                found, worth = picked, now
        u = ascent.u / np.maximum(weight, 1e-300)
        bound = min(bound, sure[0] + ascent.bound - float(prices.now @ least))
        opened = found | (state == 1)
        missed = np.array([one.missed(opened) for one in kept])
        if not missed.any() and (now := covering.covered(sets, opened)) > value:
            best, value = opened, now
        if clock.stop() or bound - value <= max(_NEAR * bound, gap * max(value, 0.0)) or not prices.move(missed):
            break
    return Priced(best, value, max(bound, value))


def least_travel(
    hood: Neighbourhood,
    weight: Floats,
    kept: Sequence[Kept],
    scale: float,
    first: Flags,
    cost_of: Callable[[Flags], float],
    clock: Clock,
    gap: float,
    *,
    everyone: bool,
) -> Priced:
    """Return the sites of least travel that keep all goals, from the ``first`` on, which do, and a bound.

    The rows ``weight`` so much, and their costs are in multiples of ``scale``. Unless ``everyone`` is to be served, a
    row that is not pays what it misses. ``cost_of`` says what sites cost. A ``gap`` between value and bound, as a
    share, ends the search.
    """
    lists, row, amount = hood.lists, hood.lists.row, np.array([weight / one.scale for one in kept])
    beyond = np.array([lists.cost * scale > weight[row] * (one.within * (1 + _NEAR)) for one in kept])
    spare = amount.sum(axis=1) - [one.least for one in kept]
    prices = _Prices(cost_of(first) / np.maximum(amount.sum(axis=1), 1e-300))
    best, value, bound, u, found = first, cost_of(first), -np.inf, None, first
    for turn in range(_TURNS):
        each = prices.now[:, None] * amount
        cost = lists.cost + (each[:, row] * beyond).sum(axis=0)
        priced = _priced(hood, cost, each.sum(axis=0), everyone=everyone)
        found, worth = improve(priced, found, turn)
        begun = median.start_multipliers(priced.lists, found) if u is None else np.minimum(u, priced.lists.limit)
        ascent = median.begin(priced.lists, begun)
        ascent.step = 1.5 if u is None else 0.5
        for chunk in range((_AGAIN if turn else _FIRST) // _CHUNK):
            median.ascend(priced.lists, hood.fixed_cost, hood.state, hood.least, hood.most, ascent,
                          target=worth, enough=worth, rounds=_CHUNK)  # fmt: skip
            if clock.stop():
                break
            picked, now = improve(priced, _picked(ascent.reduced, hood), chunk)
            if now < worth:
                found, worth = picked, now
        u = ascent.u
        missed = np.array([one.missed(found) for one in kept])
        if not missed.any() and (now := cost_of(found)) < value:
            best, value = found, now
        bound = max(bound, ascent.bound - float(prices.now @ spare))
        if clock.stop() or value - bound <= max(_NEAR, gap) * value or not prices.move(missed):
            break
    return Priced(best, value, min(bound, value))


def _priced(hood: Neighbourhood, cost: Floats, missed: Floats, *, everyone: bool) -> Neighbourhood:
    """Return the rows at these costs; unless everyone is to be served, each ended where that costs more than missed."""
    lists, absent = hood.lists, missed + (hood.absent if everyone else 0.0)
    ended = cut(Lists(lists.start, lists.site, cost, lists.limit, lists.sites), hood.state, absent)
    limit = ended.limit if everyone else missed
    ended = Lists(ended.start, ended.site, ended.cost, limit, lists.sites)
    return neighbourhood(ended, absent, hood.fixed_cost, hood.state, hood.least, hood.most)


def _picked(reduced: Floats, hood: Neighbourhood) -> Flags:
    opened: Flags = hood.state == 1
    return opened | _least(reduced, hood.state == 0, hood.least - int(opened.sum()))


def _least(values: Floats, free: Flags, count: int) -> Flags:
    """Return the ``count`` free sites of the least values."""
    picked: Flags = np.zeros(len(values), bool)
    picked[np.argsort(np.where(free, values, np.inf), kind="stable")[: max(0, count)]] = True
    return picked & free


def _together(parts: Sequence[CoverSets], state: State) -> tuple[CoverSets, Floats, Floats]:
    """Return the rows of all parts that are left to decide, what each weighs in each part, and what is covered."""
    left = [restrict(part, state)[:2] for part in parts]
    start = starts(np.concatenate([np.diff(rest.start) for rest, _ in left]))
    site = np.concatenate([rest.site for rest, _ in left])
    rows, place = merge(start, site, np.ones(len(start) - 1), parts[0].sites)
    owner = np.repeat(np.arange(len(left)), [rest.rows for rest, _ in left])
    weights = np.zeros((len(left), rows.rows))
    np.add.at(weights, (owner, place), np.concatenate([rest.weight for rest, _ in left]))
    return rows, weights, np.array([sure for _, sure in left])
