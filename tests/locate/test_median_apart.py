"""p-medians that fall apart into clusters, solved by the count of each, against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.locate.median.apart import solve_apart
from planner.locate.median.bounds import start_multipliers
from planner.locate.median.branch import Node, Tree
from planner.locate.median.engine import common_grid, solve_median
from planner.locate.median.nearest import Lists, make_lists
from planner.locate.median.search import Neighbourhood, filled, improve, neighbourhood, total_cost
from planner.locate.solver.clock import Clock

FAR, GAIN = 10_000.0, 1e-6


def clusters(seed: int) -> Neighbourhood:
    """Three or four clusters of a few rows and sites, each row without a few of its pairs, and rules on sites.

    Now and then with costs on no grid, lists that end at a limit, sites open by rule, or fixed costs.
    """
    random = np.random.default_rng(seed)
    sizes = [(int(random.integers(3, 7)), int(random.integers(2, 5))) for _ in range(int(random.integers(3, 5)))]
    rows, sites = sum(a for a, _ in sizes), sum(b for _, b in sizes)
    table = np.full((rows, sites), np.inf)
    i = j = 0
    for a, b in sizes:
        block = random.integers(1, 30, (a, b)).astype(float)
        block[:, 1:][random.random((a, b - 1)) < 0.2] = np.inf
        table[i : i + a, j : j + b] = block + (random.random((a, b)) if seed % 3 == 0 else 0.0)
        i, j = i + a, j + b
    row, site = np.nonzero(np.isfinite(table))
    lists = make_lists(row, site, table[row, site], rows=rows, sites=sites)
    if seed % 4 == 1:
        lists = Lists(lists.start, lists.site, lists.cost, np.where(random.random(rows) < 0.5, 30.0, np.inf), sites)
    state, fixed = np.zeros(sites, np.int8), np.zeros(sites)
    if seed % 5 == 2:
        state[random.integers(sites)] = 1
    p = int(random.integers(len(sizes), sites))
    least, most = p, p
    if seed % 7 == 3:
        fixed, least, most = random.integers(0, 20, sites).astype(float), len(sizes), sites
    absent = np.where(np.isfinite(lists.limit), lists.limit, FAR)
    return neighbourhood(lists, absent, fixed, state, least, most)


def grid_of(hood: Neighbourhood) -> float:
    lists = hood.lists
    return common_grid(np.concatenate([lists.cost, lists.limit[np.isfinite(lists.limit)], hood.fixed_cost]))


def brute(hood: Neighbourhood) -> float:
    free, opened = np.flatnonzero(hood.state == 0), int((hood.state == 1).sum())
    best = np.inf
    for size in range(hood.least - opened, min(hood.most - opened, len(free)) + 1):
        for some in itertools.combinations(free.tolist(), size):
            chosen = hood.state == 1
            chosen[list(some)] = True
            best = min(best, total_cost(hood, chosen))
    return best


def planted(hood: Neighbourhood) -> Tree:
    """Return a tree with a poor incumbent that serves all rows, and an open root without any bound."""
    first = np.array([hood.lists.site[a:b].min() for a, b in itertools.pairwise(hood.lists.start)])
    best = filled(np.isin(np.arange(hood.lists.sites), first) | (hood.state == 1), hood.state, hood.least)
    if best.sum() > hood.most:
        best, _ = improve(hood, filled(hood.state == 1, hood.state, hood.most), 0)
    root = Node(hood.state, hood.lists, start_multipliers(hood.lists, best), -np.inf)
    return Tree(best, total_cost(hood, best), GAIN, [root])


@pytest.mark.parametrize("seed", range(120))
def test_counts_of_parts_equal_brute_force(seed: int) -> None:
    """The allocation closes the root with the best set; the bound of a part may come from any true solver."""
    hood = clusters(seed)
    grid, best = grid_of(hood), brute(hood)
    if best >= FAR:
        return
    tree, asked = planted(hood), list[int]()

    def solve(part: Neighbourhood, first: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], float]:
        asked.append(part.least)
        proof = solve_median(part, first, grid, Clock(60.0), gap=0.0, seed=0)
        assert proof.bound == pytest.approx(brute(part)), "the part by itself"
        return proof.open_sites, proof.bound

    solve_apart(tree, hood, grid, Clock(60.0), solve)
    assert hood.least <= tree.best.sum() <= hood.most
    if tree.open_nodes:
        assert not asked, "only where one part has most of the sites"
        assert tree.bound <= best + 1e-9
    else:
        assert tree.value == pytest.approx(best)


@pytest.mark.parametrize("seed", range(30))
def test_parts_that_are_not_solved_leave_a_true_bound(seed: int) -> None:
    """A solver that proves nothing ends the search, with the root open at a bound that holds."""
    hood = clusters(seed)
    best = brute(hood)
    if best >= FAR:
        return
    tree = planted(hood)
    solve_apart(tree, hood, 0.0, Clock(60.0), lambda _, first: (first, -np.inf))
    assert tree.bound <= best + 1e-6 <= tree.value + 2e-6


@pytest.mark.parametrize("seed", [*range(60), 312])
def test_the_engine_equals_brute_force_on_clusters(seed: int) -> None:
    """From the search to the last part, with a gap of nothing; sites open by rule stay open (312)."""
    hood = clusters(seed)
    best = brute(hood)
    if best >= FAR:
        return
    tree = planted(hood)
    proof = solve_median(hood, tree.best, grid_of(hood), Clock(60.0), gap=0.0, seed=0)
    assert proof.value == pytest.approx(best)
    assert proof.bound == pytest.approx(best)
    assert proof.open_sites[hood.state == 1].all()
