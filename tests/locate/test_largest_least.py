"""The largest least distance: equal to trying all, whatever the distances are like, with a true bound at any time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.locate.largest_least import _Bracket, cliques, largest_least, least_between
from planner.locate.solver.clock import Clock

SITES = 11


def distances(seed: int, sites: int = SITES) -> np.ndarray:
    """Return distances in the plane, or at random (no triangle holds), with ties, zeros and missing pairs."""
    random = np.random.default_rng(seed)
    kind = seed % 4
    place = random.integers(0, 6, (sites, 2)) * 100.0
    if kind == 0:
        apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    else:
        apart = random.integers(0, (0, 4, 30, 1000)[kind], (sites, sites)).astype(float)
        apart = np.triu(apart, 1) + np.triu(apart, 1).T
        lost = np.triu(random.random((sites, sites)) < 0.2, 1) & (kind == 2)
        apart[lost | lost.T] = np.inf
    np.fill_diagonal(apart, np.inf)
    return apart * float(random.choice([1.0, 1e-7, 1e7]))


def given(seed: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Return distances, fixed sites, a number of sites, and some choice."""
    random = np.random.default_rng(seed + 5000)
    state = random.choice([-1, 0, 0, 0, 0, 1], SITES).astype(np.int8)
    state[:2] = 0
    least, most = int((state == 1).sum()), int((state >= 0).sum())
    count = int(random.integers(max(2, least), most + 1))
    first = state == 1
    first[np.flatnonzero(state == 0)[: count - least]] = True
    return distances(seed), state, count, first


def best(apart: np.ndarray, state: np.ndarray, count: int) -> float:
    """Return the largest least distance by trying all choices."""
    fixed, free = np.flatnonzero(state == 1), np.flatnonzero(state == 0)
    top = -np.inf
    for more in itertools.combinations(free, count - len(fixed)):
        inside = apart[np.ix_([*fixed, *more], [*fixed, *more])]
        top = max(top, inside[np.triu_indices(count, 1)].min())
    return float(top)


@pytest.mark.parametrize("seed", range(200))
def test_the_largest_least_equals_trying_all(seed: int) -> None:
    """With sites that are fixed, and any number of them."""
    apart, state, count, first = given(seed)
    found = largest_least(apart, state, count, first, Clock(60), gap=0.0, seed=1, threads=1)
    assert found.opened.sum() == count
    assert (found.opened >= (state == 1)).all()
    assert (found.opened <= (state >= 0)).all()
    assert found.bound == least_between(apart, found.opened) == best(apart, state, count)


@pytest.mark.parametrize("seed", range(40))
def test_each_step_alone_says_nothing_untrue(seed: int) -> None:
    """Search attains what it says, the linear program refutes only what cannot be, branching settles the rest."""
    apart, state, count, first = given(seed)
    top = best(apart, state, count)
    for step in ("search", "refute", "branch"):
        bracket = _Bracket(apart, state, count, first)
        more = {"search": (0.0, 1), "refute": (0.0,), "branch": (0.0, 1, 1)}[step]
        getattr(bracket, step)(Clock(60), *more)
        assert (
            bracket.values[bracket.low] == least_between(apart, bracket.opened) <= top <= bracket.values[bracket.high]
        )
        assert step != "branch" or bracket.low == bracket.high


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.4])
def test_a_time_limit_leaves_a_true_bound(seconds: float) -> None:
    """Stopped at any time, a choice of so many sites stands under a bound that no later one exceeds."""
    place = np.random.default_rng(9).random((300, 2))
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    first, state = np.arange(300) < 40, np.zeros(300, np.int8)
    whole = largest_least(apart, state, 40, first, Clock(60), gap=0.0, seed=1, threads=1)
    stopped = largest_least(apart, state, 40, first, Clock(seconds), gap=0.0, seed=1, threads=1)
    top = least_between(apart, whole.opened)
    assert whole.bound == top
    assert stopped.opened.sum() == 40
    assert least_between(apart, stopped.opened) <= top <= stopped.bound


@pytest.mark.parametrize("seed", range(20))
def test_cliques_hold_every_pair_of_near_sites_and_no_other(seed: int) -> None:
    """Their rows are as strong as a row for each pair, and as true."""
    near = distances(seed, 30) < np.random.default_rng(seed).choice([100.0, 250.0, 1e6])
    np.fill_diagonal(near, False)
    start, member = cliques(near)
    held = np.zeros_like(near)
    for low, high in itertools.pairwise(start):
        sites = member[low:high]
        assert len(set(sites)) == len(sites) >= 2
        inside = np.ix_(sites, sites)
        assert (near[inside] | np.eye(len(sites), dtype=bool)).all()
        held[inside] = True
    np.fill_diagonal(held, False)
    assert (held == near).all()


def test_a_gap_that_is_asked_for_is_kept() -> None:
    """The bound may stay above the value by the gap, and no more."""
    place = np.random.default_rng(3).random((60, 2))
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    first, state = np.arange(60) < 12, np.zeros(60, np.int8)
    found = largest_least(apart, state, 12, first, Clock(60), gap=0.05, seed=1, threads=1)
    exact = largest_least(apart, state, 12, first, Clock(60), gap=0.0, seed=1, threads=1)
    assert exact.bound <= found.bound <= 1.05 * least_between(apart, found.opened)
