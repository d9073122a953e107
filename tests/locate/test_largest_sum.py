"""The largest sum of distances: equal to trying all, whatever the distances are like, with a true bound at any time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.locate.largest_sum import _lift, exchanged, largest_sum
from planner.locate.solver.clock import Clock

SITES = 11


def distances(seed: int, sites: int = SITES) -> np.ndarray:
    """Return distances in the plane, round a ring of streets, or at random (no triangle holds), with ties and zeros."""
    random = np.random.default_rng(seed)
    kind = seed % 4
    place = random.integers(0, 6, (sites, 2)) * 100.0
    if kind == 0:
        apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    elif kind == 1:
        steps = np.abs(place[:, None, 0] - place[None, :, 0])
        apart = np.minimum(steps, 600 - steps)
    else:
        apart = random.integers(0, 4 if kind == 2 else 1000, (sites, sites)).astype(float)
        apart = np.triu(apart, 1) + np.triu(apart, 1).T
    return apart * float(random.choice([1.0, 1e-7, 1e7]))


def best(apart: np.ndarray, state: np.ndarray, count: int) -> float:
    """Return the largest sum by trying all choices."""
    given, free = np.flatnonzero(state == 1), np.flatnonzero(state == 0)
    choices = itertools.combinations(free, count - len(given))
    return max(float(apart[np.ix_(one, one)].sum() / 2) for one in ([*given, *more] for more in choices))


def given(seed: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Return distances, fixed sites, a number of sites, and some choice."""
    random = np.random.default_rng(seed + 5000)
    state = random.choice([-1, 0, 0, 0, 1], SITES).astype(np.int8)
    least, most = int((state == 1).sum()), int((state >= 0).sum())
    count = int(random.integers(least, most + 1))
    first = state == 1
    first[np.flatnonzero(state == 0)[: count - least]] = True
    return distances(seed), state, count, first


@pytest.mark.parametrize("seed", range(160))
def test_the_largest_sum_equals_trying_all(seed: int) -> None:
    """With sites that are fixed, and any number of them."""
    apart, state, count, first = given(seed)
    found = largest_sum(apart, state, count, first, Clock(60), gap=0.0)
    top, close = best(apart, state, count), 1e-8 * float(apart.max()) * SITES
    assert found.opened.sum() == count
    assert (found.opened >= (state == 1)).all()
    assert (found.opened <= (state >= 0)).all()
    assert found.value == pytest.approx(apart[np.ix_(found.opened, found.opened)].sum() / 2)
    assert found.value == pytest.approx(top, abs=close)
    assert top - close <= found.bound <= top + close


@pytest.mark.parametrize("seed", range(40))
def test_a_gap_or_no_time_leaves_the_bound_true(seed: int) -> None:
    """Within the gap where it may end early, above the best where it must."""
    apart, state, count, first = given(seed)
    top, close = best(apart, state, count), 1e-8 * float(apart.max()) * SITES
    loose = largest_sum(apart, state, count, first, Clock(60), gap=0.1)
    assert loose.value - close <= top <= loose.bound + close
    assert loose.bound <= 1.1 * loose.value + close
    assert largest_sum(apart, state, count, first, Clock(0), gap=0.0).bound >= top - close


def test_what_is_lifted_curves_downwards() -> None:
    """Along every shift between two sites, and along random ones that keep the number."""
    random = np.random.default_rng(1)
    for seed in range(40):
        apart = distances(seed)
        lifted = apart - _lift(apart) * np.eye(SITES)
        ways = random.normal(size=(200, SITES))
        ways -= ways.mean(axis=1)[:, None]
        assert (np.einsum("ij,jk,ik->i", ways, lifted, ways) <= 1e-9 * apart.max()).all()


def test_hundreds_of_sites_in_the_plane_are_proven() -> None:
    """40 of 200: no exchange betters it, and the bound meets it."""
    place = np.random.default_rng(3).uniform(0, 5000, (200, 2))
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    found = largest_sum(apart, np.zeros(200, np.int8), 40, np.arange(200) < 40, Clock(60), gap=0.0)
    assert found.bound <= found.value * (1 + 1e-8)
    assert (exchanged(apart, found.opened, np.ones(200, bool), Clock(60)) == found.opened).all()


@pytest.mark.parametrize("last", [5.0, 6.0])
def test_equal_distances_end_at_once(last: float) -> None:
    """All choices are equal, or all but one pair: the largest distances are a bound that is met."""
    apart = 5.0 * (1 - np.eye(60))
    apart[0, 1] = apart[1, 0] = last
    clock = Clock(1000)
    found = largest_sum(apart, np.zeros(60, np.int8), 20, np.arange(60) >= 40, clock, gap=0.0)
    assert found.value == found.bound == 5.0 * 190 + last - 5.0
    assert clock.left() > 990
