"""Better assignments region by region: neighbouring sites and their rows are a small problem of their own.

The loads near its bound are listed and the solver chooses among them (a matheuristic; Stefanello, de Araújo, Müller
2015 solve small neighbourhoods with a solver likewise).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import Room
from planner.locate.capacitated.branch import Node, Tree, bounded
from planner.locate.capacitated.columns import choose_near
from planner.locate.capacitated.loads import Centre
from planner.locate.capacitated.root import multipliers
from planner.locate.capacitated.search import Served
from planner.locate.median.nearest import Lists, by_site
from planner.locate.median.search import neighbourhood
from planner.locate.solver.clock import Clock
from planner.ragged import starts

__all__ = ["better_regions"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_ROWS, _FEWEST, _NEAREST, _A_SITE = 150, 3, 20, 3
_LOADS, _SECONDS, _GAIN = 30_000, 2.0, 2e-4


class _Region(NamedTuple):
    """The rows and sites of a region, its pairs in the lists of all, and the problem that they are."""

    rows: Ints
    sites: Ints
    pair: Ints
    lists: Lists
    room: Room
    state: State


def better_regions(tree: Tree, state: State, clock: Clock, *, share: float, seed: int, threads: int) -> None:
    """Better the best assignment of the tree, region by region, while a pass gains and this share of the time lasts."""
    if math.isinf(tree.best.value) or tree.lists.rows <= 2 * _ROWS:
        return
    random, spell, value = np.random.default_rng(seed), Clock(share * clock.left()), math.inf
    while tree.best.value < value * (1 - _GAIN):
        value = tree.best.value
        seen = np.zeros(tree.lists.sites, bool)
        for site in random.permutation(np.flatnonzero(tree.best.open_sites)):
            if clock.stop() or spell.stop():
                return
            if seen[site] or not tree.best.open_sites[site]:
                continue
            open_sites = _around(tree, int(site))
            seen[open_sites] = True
            if len(open_sites) >= _FEWEST:
                _better(tree, state, open_sites, clock, seed, threads)


def _around(tree: Tree, site: int) -> Ints:
    """Return the open sites met on the way from a row of this one, then from rows of those, while rows are few."""
    lists, best = tree.lists, tree.best
    home = lists.site[best.pair]
    many, order = np.bincount(home, minlength=lists.sites), np.argsort(home, kind="stable")
    start = starts(many)
    region, rows = [site], int(many[site])
    inside = np.zeros(lists.sites, bool)
    inside[site] = True
    for at in region:
        mine = order[start[at] : start[at + 1]]
        if not len(mine):
            continue
        row = mine[np.argmin(lists.cost[best.pair[mine]])]
        for other in lists.site[lists.start[row] : lists.start[row + 1]]:
            if best.open_sites[other] and not inside[other]:
                rows += int(many[other])
                if rows > _ROWS:
                    return np.array(region)
                inside[other] = True
                region.append(int(other))
    return np.array(region)


def _better(tree: Tree, state: State, open_sites: Ints, clock: Clock, seed: int, threads: int) -> None:
    """Solve the region of these open sites, and offer what is better."""
    region = _region(tree, state, open_sites)
    lists, count = region.lists, len(open_sites)
    at = np.flatnonzero(np.isin(region.pair, tree.best.pair[region.rows]))
    opened = np.isin(region.sites, open_sites)
    part = Tree(lists, region.room, count, tree.grid, 0.0)
    part.best = before = Served(opened, at, float(lists.cost[at].sum()))
    absent = np.full(lists.rows, 4.0 * float(lists.cost.max(initial=0.0)) + 1.0)
    hood = neighbourhood(lists, absent, np.zeros(lists.sites), region.state, count, count)
    u = multipliers(hood, opened, before.value, clock)
    found = bounded(
        part, Node(region.state, region.room, u, 0.0), clock, rounds=50, passes=6, step=1.0, tries=5, short=0.01
    )
    if found is not None:
        node, ascent = found
        choose_near(part, node, Centre.of(ascent), clock, seed=seed, threads=threads, most=_LOADS, seconds=_SECONDS)
    if part.best is not before:
        pair, sites = tree.best.pair.copy(), tree.best.open_sites.copy()
        pair[region.rows], sites[open_sites] = region.pair[part.best.pair], False
        sites[region.sites[part.best.open_sites]] = True
        tree.offer(Served(sites, pair, float(tree.lists.cost[pair].sum())))


def _region(tree: Tree, state: State, open_sites: Ints) -> _Region:
    """Return the problem of the rows of some open sites: these and closed ones near the rows."""
    lists, best = tree.lists, tree.best
    rows = np.flatnonzero(np.isin(lists.site[best.pair], open_sites))
    allowed = (state >= 0) & ~best.open_sites
    allowed[open_sites] = True
    most = max(_NEAREST, _A_SITE * lists.sites // max(1, tree.count))
    kept = []
    for i in rows:
        pair = np.arange(lists.start[i], lists.start[i + 1])
        pair = pair[allowed[lists.site[pair]]]
        kept.append(np.union1d(pair[:most], best.pair[i]))
    pair = np.concatenate(kept)
    sites, site = np.unique(np.concatenate([lists.site[pair], open_sites]), return_inverse=True)
    start = starts([len(one) for one in kept])
    part = Lists(start, site[: len(pair)].astype(np.int32), lists.cost[pair], np.full(len(rows), np.inf), len(sites))
    room = Room(*by_site(part), tree.room.size[rows], tree.room.capacity[sites], part.limit)
    return _Region(rows, sites, pair, part, room, state[sites])
