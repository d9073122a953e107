"""Local cuts of the p-median: true of every set of sites, broken by the point, and their small trees exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.locate.median.bounds import start_multipliers
from planner.locate.median.local_cuts import Point, local_cuts, mixed_share
from planner.locate.median.local_sets import Place, below, cheap_sets, travel
from planner.locate.median.master import Bounded, Master
from planner.locate.median.nearest import Lists, make_lists, shortened
from planner.locate.solver.clock import Clock

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def drawn_lists(seed: int, n: int, *, short: bool) -> Lists:
    """Draw rows and sites without any geometry, whose program is far from whole; short rows end early."""
    random = np.random.default_rng(seed)
    row, site = np.divmod(np.arange(n * n), n)
    lists = make_lists(row, site, random.integers(1, 30, n * n).astype(float), rows=n, sites=n)
    return shortened(lists, n - 3) if short else lists


def all_sets(sites: int) -> Flags:
    return np.array(list(itertools.product((False, True), repeat=sites)))


def costs(lists: Lists, chosen: Flags) -> Floats:
    """Return what each row costs; infinitely much where it finds no site and must."""
    cost = lists.limit.copy()
    for i in range(lists.rows):
        span = slice(lists.start[i], lists.start[i + 1])
        here = lists.cost[span][chosen[lists.site[span]]]
        cost[i] = min(here.min(initial=np.inf), cost[i])
    return cost


@pytest.mark.parametrize("seed", range(12))
def test_the_small_tree_agrees_with_all_sets(seed: int) -> None:
    """A set is found below any value above the least, and none below the least itself, whatever the multipliers."""
    random = np.random.default_rng(seed)
    lists = drawn_lists(seed, 9, short=True)
    place = Place(lists.start, lists.site.astype(np.int64), lists.cost, lists.limit, 9)
    price = random.normal(20, 15, 9)
    sets = all_sets(9)
    value = np.array([travel(place, chosen) + price[chosen].sum() for chosen in sets])
    least = float(value.min())
    assert value == pytest.approx([costs(lists, chosen).sum() + price[chosen].sum() for chosen in sets])
    u = random.uniform(0, 30, 9)
    assert below(place, price, least - 1e-6, u, 10**6) == (None, True)
    found, settled = below(place, price, least + 1e-6, u, 10**6)
    assert settled
    assert found is not None
    assert travel(place, found) + price[found].sum() == pytest.approx(least)
    better, cost = cheap_sets(place, price, sets, np.ones(9, np.bool_))
    assert cost == pytest.approx([travel(place, chosen) + price[chosen].sum() for chosen in better])
    assert cost.min() == pytest.approx(least)
    assert cost.max() <= value.max()


def optimum(lists: Lists, p: int) -> tuple[Master, Bounded]:
    """Return the program and its point when no row by itself cuts it any more."""
    best, clock = np.arange(lists.sites) < p, Clock(60)
    state = np.zeros(lists.sites, np.int8)
    master = Master(lists, np.zeros(lists.sites), state, p, p, best, start_multipliers(lists, best))
    at = master.solve(clock)
    assert at is not None
    while master.deepen(at, 1e-6):
        at = master.solve(clock)
        assert at is not None
    return master, at


def pairs_of_sites(seed: int, *, short: bool) -> Lists:
    """Draw rows with two near sites each, as edges: odd cycles leave the program halves."""
    rows, sites = 14, 9
    random = np.random.default_rng(seed)
    table = random.integers(20, 30, (rows, sites)).astype(float)
    for i in range(rows):
        table[i, random.choice(sites, 2, replace=False)] = random.integers(1, 5, 2)
    row, site = np.divmod(np.arange(rows * sites), sites)
    lists = make_lists(row, site, table.ravel(), rows=rows, sites=sites)
    return shortened(lists, sites - 3) if short else lists


@pytest.mark.parametrize("window", [4, 14])
@pytest.mark.parametrize("seed", range(12))
def test_cuts_hold_for_every_set_and_are_broken_by_the_point(seed: int, window: int) -> None:
    """At the optimum of the strong program, each local cut is broken, yet no set of sites breaks it."""
    lists = pairs_of_sites(seed, short=seed % 2 == 1)
    master, at = optimum(lists, 4)
    point = master.point(at)
    sets = all_sets(lists.sites)
    paid = np.array([costs(lists, chosen) for chosen in sets])
    for cut in local_cuts(lists, point, 20.0, window, 0.05, Clock(60)):
        assert at.theta[cut.groups].sum() + cut.price @ at.y[cut.sites] < cut.least - 0.04
        rows = np.concatenate([point.order[point.group[g] : point.group[g + 1]] for g in cut.groups])
        assert (paid[:, rows].sum(axis=1) + sets[:, cut.sites] @ cut.price >= cut.least - 1e-9).all()


def test_rounds_of_cuts_close_most_of_the_gap_and_never_cross_the_optimum() -> None:
    """With windows of all rows, the bound ends nearly at the cheapest set, which the strong program does not reach."""
    before = after = 0.0
    for seed in range(10):
        lists, clock = pairs_of_sites(seed, short=False), Clock(60)
        cheapest = min(costs(lists, chosen).sum() for chosen in all_sets(lists.sites) if chosen.sum() == 4)
        master, at = optimum(lists, 4)
        before += cheapest - at.bound
        for _ in range(10):
            cuts = local_cuts(lists, master.point(at), 20.0, 14, 0.01, clock)
            if not cuts:
                break
            master.add_local(cuts)
            at = master.solve(clock)
            assert at is not None
            assert at.bound <= cheapest + 1e-6
        after += cheapest - at.bound
    assert before > 5
    assert after < 0.5 * before


def test_a_point_of_whole_sites_has_no_window() -> None:
    """Where one site serves each row, no row is mixed and nothing is cut."""
    lists = drawn_lists(1, 9, short=False)
    y = np.array([1.0] * 3 + [0.0] * 6)
    point = Point(y, np.full(9, 5.0), np.arange(9), np.arange(10))
    assert mixed_share(lists, y) == 0
    assert local_cuts(lists, point, 20.0, 4, 0.05, Clock(60)) == []


def test_time_that_is_up_gives_no_cuts() -> None:
    """Without time, nothing is cut; the point stays what it is."""
    lists = drawn_lists(3, 11, short=False)
    y = np.full(11, 3 / 11)
    point = Point(y, np.full(11, 5.0), np.arange(11), np.arange(12))
    assert local_cuts(lists, point, 20.0, 4, 0.05, Clock(0)) == []
