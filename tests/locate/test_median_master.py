"""The program of sites of the p-median and the branch and cut on it, against the textbook model and brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from planner.locate.median.bounds import start_multipliers
from planner.locate.median.branch import Node, Tree
from planner.locate.median.branch_and_cut import branch_and_cut
from planner.locate.median.master import Master
from planner.locate.median.nearest import Lists, make_lists
from planner.locate.median.search import neighbourhood, total_cost
from planner.locate.median.shake import shake
from planner.locate.solver.clock import Clock

N, P = 18, 4


def distances(seed: int) -> NDArray[np.float64]:
    """Half the draws are symmetric tables without any geometry, whose linear programs are far from whole."""
    random = np.random.default_rng(seed)
    if seed % 2:
        xy = random.integers(0, 60, (N, 2))
        return np.floor(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
    table = np.triu(random.integers(1, 30, (N, N)), 1).astype(float)
    return table + table.T


def whole_lists(table: NDArray[np.float64]) -> Lists:
    row, site = np.divmod(np.arange(N * N), N)
    return make_lists(row, site, table.ravel(), rows=N, sites=N)


def strong_program(table: NDArray[np.float64]) -> float:
    """Return the value of the textbook linear program with a constraint ``x_ij <= y_j`` for each pair."""
    pairs = np.arange(N * N)
    link = np.zeros((N * N, N * N + N))
    link[pairs, pairs], link[pairs, N * N + pairs % N] = 1.0, -1.0
    serve = np.zeros((N + 1, N * N + N))
    serve[pairs // N, pairs] = 1.0
    serve[N, N * N :] = 1.0
    found = linprog(
        np.concatenate([table.ravel(), np.zeros(N)]), link, np.zeros(N * N), serve, np.append(np.ones(N), P)
    )
    return float(found.fun)


def cheapest(table: NDArray[np.float64]) -> float:
    return min(float(table[:, chosen].min(axis=1).sum()) for chosen in itertools.combinations(range(N), P))


@pytest.mark.parametrize("seed", range(8))
def test_cuts_end_at_the_value_of_the_strong_program(seed: int) -> None:
    """Rounds of cuts never cross the strong linear program, and end at its value, from any first multipliers."""
    table = distances(seed)
    lists, best = whole_lists(table), np.arange(N) < P
    state = np.zeros(N, np.int8)
    master = Master(lists, np.zeros(N), state, P, P, best, start_multipliers(lists, best))
    value = strong_program(table)
    at = master.solve(Clock(60))
    assert at is not None
    for _ in range(200):
        if not master.deepen(at, 1e-6):
            break
        at = master.solve(Clock(60))
        assert at is not None
        assert at.bound <= value + 1e-7
    assert at.bound == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_branch_and_cut_equals_brute_force(seed: int) -> None:
    """From a poor incumbent and no bound at all, the tree alone finds the best set and proves it."""
    table = distances(seed)
    lists, poor = whole_lists(table), np.arange(N) < P
    state = np.zeros(N, np.int8)
    hood = neighbourhood(lists, np.full(N, 1000.0), np.zeros(N), state, P, P)
    tree = Tree(poor, total_cost(hood, poor), 0.9999, [])
    branch_and_cut(tree, hood, Node(state, lists, np.zeros(N), -np.inf), Clock(60))
    best = cheapest(table)
    assert (tree.value, tree.open_nodes) == (best, [])
    assert total_cost(hood, tree.best) == best


def test_a_part_that_is_not_solved_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS gave up on a program of pmed36, neither optimal nor infeasible: that closed it, as if it were proven."""
    table = distances(0)
    lists, poor = whole_lists(table), np.arange(N) < P
    state = np.zeros(N, np.int8)
    hood = neighbourhood(lists, np.full(N, 1000.0), np.zeros(N), state, P, P)
    root = Node(state, lists, np.zeros(N), 7.0)
    tree = Tree(poor, total_cost(hood, poor), 0.9999, [root])
    monkeypatch.setattr(Master, "solve", lambda self, clock: None)
    branch_and_cut(tree, hood, root, Clock(60))
    assert tree.bound == 7.0 < cheapest(table) <= tree.value


@pytest.mark.parametrize("seed", range(8))
def test_shaking_keeps_the_rules_and_never_makes_it_dearer(seed: int) -> None:
    """A site fixed closed stays closed, one fixed open stays open, and as many are open as before."""
    table = distances(seed)
    state = np.zeros(N, np.int8)
    state[0], state[N - 1] = 1, -1
    hood = neighbourhood(whole_lists(table), np.full(N, 1000.0), np.zeros(N), state, P, P)
    poor = np.arange(N) < P
    best, value = shake(hood, poor, Clock(60), idle=50, seed=seed)
    assert (int(best.sum()), bool(best[0]), bool(best[N - 1])) == (P, True, False)
    assert value == total_cost(hood, best) <= total_cost(hood, poor)
