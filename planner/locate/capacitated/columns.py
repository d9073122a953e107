"""Loads as columns: those near the bound are listed, cut down, and the solver chooses among them (set partitioning).

Where all loads that a better solution can use are listed, the choice is the proof (Baldacci, Hadjiconstantinou,
Maniezzo, Mingozzi 2002); where they are too many, those nearest the bound still hold good solutions. Where cuts leave
too many for the solver, the list is halved: by a site, or by the surest site of a row.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.locate.capacitated.branch import Node, Tree
from planner.locate.capacitated.loads import Centre, Loads, centre_at, joined, loads_within
from planner.locate.capacitated.partition import Part, Shares, partition_matrix, tightened
from planner.locate.capacitated.search import Served
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["choose_near", "settled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_NEAR, _TRIES, _GUESS = 100_000, 16, 0.01
_ROUNDS, _LAST, _SHARES = 3, 40, (1.0, 0.5, 0.25, 0.1, 0.04, 0.015, 0.005)
_COLUMNS, _CHOICE, _UNSURE, _KEPT, _CLOSE, _EVERY, _EXACT = 2_000, 10.0, 0.01, 5_000, 0.03, 10, 1e-9


def settled(tree: Tree, node: Node, centre: Centre, clock: Clock, *, most: int, seed: int, threads: int) -> Node | None:
    """Go through all loads that anything better in the node can use, where these are ``most`` at most.

    The best choice is offered, and None returned where nothing better than the best is left; else the node, as it was
    or with the bound that was reached in time.
    """
    slack = tree.enough - centre.bound
    loads = loads_within(node.room, centre, node.state, tree.count, slack, most if math.isfinite(slack) else _COLUMNS)
    if loads is None:
        return node
    bound = _settle(tree, _part(node, centre, loads), clock, seed, threads)
    return None if bound > tree.enough else replace(node, bound=max(node.bound, bound))


def choose_near(
    tree: Tree,
    node: Node,
    centre: Centre,
    clock: Clock,
    *,
    seed: int,
    threads: int,
    most: int = _NEAR,
    seconds: float = _CHOICE,
    moves: int = 1,
) -> tuple[Node, Centre] | None:
    """Offer the best choice among the loads nearest the bound; return what is known of the node then.

    The centre, about which loads are listed, moves to the multipliers and cuts of their program where those give a
    better bound on all loads. None where nothing better than the best is left in the node.
    """
    at, kept, near = centre, None, None
    for move in range(moves):
        last = move + 1 == moves
        listed = _listed(tree, node, at, kept, clock, most, last)
        if listed is None:
            break
        near, node = listed, replace(node, bound=max(node.bound, listed.bound))
        if near.part is None or near.whole or last or clock.stop():
            break
        at = _moved(tree, node, centre, near.part)
        centre = max(centre, at, key=lambda one: one.bound)
        if at.bound >= near.part.bound - _CLOSE * (tree.enough - near.part.bound):
            break
        kept = _nearest(near.part, tree.count, _KEPT)
    chosen = near is None or near.part is None or _choose(tree, near.part, clock, seed, threads, seconds)
    if near is not None and near.whole and chosen:
        return None
    return replace(node, bound=max(node.bound, centre.bound)), centre


class _Near(NamedTuple):
    """The loads near a centre with their cuts (None: nothing better among them), whether all, the bound they give."""

    part: Part | None
    whole: bool
    bound: float


def _listed(
    tree: Tree, node: Node, at: Centre, kept: Loads | None, clock: Clock, most: int, last: bool
) -> _Near | None:
    """List the loads nearest the bound about a centre, add those kept, and tighten; None where even few are too many.

    With loads within a width alone, the bound rises by this width at most: others may be worth that much less.
    """
    width, loads = _widest(tree, node, at, most)
    if loads is None:
        return None
    reach = at.bound + width
    whole = reach >= tree.enough
    part = _part(node, at, loads if kept is None else joined(loads, kept))
    found = tightened(part, tree.count, tree.enough, clock, rounds=_LAST if whole or last else _ROUNDS)
    if found is None:
        return _Near(None, whole, reach)
    return _Near(found[0], whole, min(reach, found[0].bound))


def _moved(tree: Tree, node: Node, centre: Centre, part: Part) -> Centre:
    """Return the first point with a better bound on the way back from the multipliers of a part to the centre.

    The program of some loads overshoots, the more so with cuts (in-out; Ben-Ameur, Neto 2007).
    """
    triples, place = np.unique(np.concatenate([centre.triples, part.triples]), axis=0, return_inverse=True)
    at = centre
    for share in _SHARES:
        penalty = np.zeros(len(triples))
        np.add.at(penalty, place, np.concatenate([(1 - share) * centre.penalty, share * part.penalty]))
        u = (1 - share) * centre.u + share * part.u
        at = centre_at(node.room, node.state, tree.count, u, triples, penalty)
        if at.bound > centre.bound:
            break
    return at


def _nearest(part: Part, count: int, most: int) -> Loads:
    """Return the loads of a part of the least reduced costs."""
    if len(part.loads) <= most:
        return part.loads
    return part.loads.some(np.argsort(part.priced(count).reduced, kind="stable")[:most])


def _widest(tree: Tree, node: Node, centre: Centre, most: int) -> tuple[float, Loads | None]:
    """Return the widest margin above the bound, the slack at most, whose loads are few enough, and these loads."""
    width = tree.enough - centre.bound if math.isfinite(tree.best.value) else _GUESS * abs(centre.bound)
    for _ in range(_TRIES):
        loads = loads_within(node.room, centre, node.state, tree.count, width, most)
        if loads is not None:
            return width, loads
        width *= 0.7
    return 0.0, None


def _part(node: Node, centre: Centre, loads: Loads) -> Part:
    return Part(loads, node.state, centre.triples, centre.u, centre.penalty, centre.bound)


def _settle(tree: Tree, part: Part, clock: Clock, seed: int, threads: int) -> float:
    """Offer the best choice of a part, halving it where needed; return a bound on better ones, infinite at the end."""
    heap, pushed = [(part.bound, 0, part)], 0
    while heap and not (tree.done or clock.stop()):
        part = heapq.heappop(heap)[2]
        if part.bound > tree.enough or not np.bincount(part.loads.row, minlength=tree.lists.rows).all():
            continue
        found = tightened(part, tree.count, tree.enough, clock, rounds=_LAST)
        if found is None:
            continue
        part, shares = found
        halves = [part]
        if not clock.stop():
            if (shares.x > 1 - 1e-6).all():
                tree.offer(_served(tree, shares.loads, part.state))
            few = len(part.loads) <= _COLUMNS or pushed % _EVERY == 0
            halves = [] if few and _choose(tree, part, clock, seed, threads) else _halves(part, shares)
        for half in halves:
            pushed += 1
            heapq.heappush(heap, (half.bound, -pushed, half))
    return math.inf if tree.done else min((entry[0] for entry in heap), default=math.inf)


def _choose(tree: Tree, part: Part, clock: Clock, seed: int, threads: int, seconds: float = _CHOICE) -> bool:
    """Let the solver choose among the loads nearest the bound, and offer its choice; return whether all is settled.

    The gap it may leave is below the step of the grid, or a billionth of the value: values may be small.
    """
    loads = _nearest(part, tree.count, _COLUMNS)
    value = tree.best.value if math.isfinite(tree.best.value) else part.bound
    outcome = mip.solve(
        _model(tree, part, loads), clock, time_limit=seconds, absolute_gap=tree.grid / 2 or _EXACT * abs(value),
        seed=seed, threads=threads,
    )  # fmt: skip
    if outcome.x is not None:
        tree.offer(_served(tree, loads.some(outcome.x > 0.5), part.state))
    return loads is part.loads and outcome.status in ("optimal", "infeasible")


def _model(tree: Tree, part: Part, loads: Loads) -> mip.Model:
    """Rows: each demand row in a load; each site at most one load, those open by rule at least an empty one; cuts.

    A row in two loads is served by one of them and costs no more, so that "at least one" loses nothing.
    """
    n, k = tree.lists.rows, len(part.triples)
    return mip.Model(
        cost=loads.cost,
        matrix=csc_array(partition_matrix(loads, part.triples, n, tree.lists.sites)),
        row_lower=np.concatenate([np.ones(n), part.state == 1, [float(tree.count)], np.full(k, -np.inf)]),
        row_upper=np.concatenate([np.full(n, np.inf), part.state >= 0, [float(tree.count)], np.ones(k)]),
        lower=np.zeros(len(loads)),
        upper=np.ones(len(loads)),
        integer=np.ones(len(loads), bool),
    )


def _served(tree: Tree, loads: Loads, state: State) -> Served:
    """Return the assignment of the loads; a row in two of them goes to the cheaper one."""
    lists, opened = tree.lists, state == 1
    opened[loads.site] = True
    key = np.repeat(loads.site.astype(np.int64), np.diff(loads.start)) * lists.rows + loads.row
    listed = lists.site * np.int64(lists.rows) + lists.row
    pairs = np.flatnonzero(np.isin(listed, key))
    row, first = np.unique(listed[pairs] % lists.rows, return_index=True)
    pair = pairs[first]
    whole = len(row) == lists.rows and opened.sum() == tree.count
    return Served(opened, pair, float(lists.cost[pair].sum()) if whole else math.inf)


def _halves(part: Part, shares: Shares) -> list[Part]:
    """Return the part with a site closed and open, or with a row at its surest site and at all others."""
    used = np.bincount(shares.loads.site, weights=shares.x, minlength=len(part.state))
    free = np.flatnonzero(part.state == 0)
    if len(free):
        site = int(free[np.argmin(np.abs(used[free] - 0.5))])
        if _UNSURE < used[site] < 1 - _UNSURE:
            return _by_site(part, site)
    serves = np.zeros((len(part.u), len(part.state)), bool)
    serves[part.loads.row, part.loads.site[part.loads.of]] = True
    part = _with_forced(part, serves)
    if (serves.sum(axis=1) > 1).any():
        return _by_row(part, shares, serves)
    return _by_site(part, int(free[0])) if len(free) else [part]


def _with_forced(part: Part, serves: Flags) -> Part:
    """Return the part without loads that lack a row which only their site can serve."""
    forced = serves.sum(axis=1) == 1
    needed = serves[forced].sum(axis=0)
    held = np.bincount(part.loads.of, weights=forced[part.loads.row], minlength=len(part.loads))
    return replace(part, loads=part.loads.some(held == needed[part.loads.site]))


def _by_row(part: Part, shares: Shares, serves: Flags) -> list[Part]:
    """Leave the least sure of the rows with a choice its surest site, or all others."""
    share = np.zeros(serves.shape)
    of = shares.loads.of
    np.add.at(share, (shares.loads.row, shares.loads.site[of]), shares.x[of])
    row = int(np.argmin(np.where(serves.sum(axis=1) > 1, share.max(axis=1), np.inf)))
    site = int(np.argmax(np.where(serves[row], share[row], -1.0)))
    holds = np.zeros(len(part.loads), bool)
    holds[part.loads.of[part.loads.row == row]] = True
    here = part.loads.site == site
    return [replace(part, loads=part.loads.some(keep)) for keep in (~holds | ~here, holds == here)]


def _by_site(part: Part, site: int) -> list[Part]:
    closed, opened = part.state.copy(), part.state.copy()
    closed[site], opened[site] = -1, 1
    return [
        replace(part, loads=part.loads.some(part.loads.site != site), state=closed),
        replace(part, state=opened),
    ]
