"""Covering with a price for each site: equal to brute force, and a true bound whenever it stops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.locate.cover.priced import Priced, cover_priced
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.solver.clock import Clock

SITES = 10


def instance(seed: int, sites: int = SITES) -> tuple[CoverSets, np.ndarray]:
    """Return rows of a few near sites each, and prices: dear, cheap, nothing and less than nothing."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 50))
    lists = [
        np.unique((random.integers(sites) + random.integers(0, 4, random.integers(1, 6))) % sites) for _ in range(rows)
    ]
    start = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
    weight = random.integers(0, 40, rows) * float(random.choice([1.0, 1e-6, 0.3, 1e9]))
    sets, _ = merge(start, np.concatenate(lists), weight, sites)
    price = weight.mean() * random.choice([-0.5, 0.0, 0.5, 1.0, 2.0, random.uniform(0, 4)], sites)
    return sets, price


def values(sets: CoverSets, price: np.ndarray) -> np.ndarray:
    """Return weight less prices of every choice of sites; site j is bit j of its number."""
    choices = (np.arange(2**sets.sites)[:, None] >> np.arange(sets.sites)) & 1
    return (choices @ sets.matrix().T > 0) @ sets.weight - choices @ price


def solve(sets: CoverSets, price: np.ndarray, value: float, **more: float) -> Priced:
    """Return what branching finds from plain multipliers."""
    given = {"seconds": math.inf, "slack": 0.0, "kept": 5, **more}
    return cover_priced(sets, price, value, sets.weight / 2, Clock(60), **given)  # type: ignore[arg-type]


def worth(sets: CoverSets, price: np.ndarray, chosen: np.ndarray) -> float:
    """Return the weight that a choice covers less its prices."""
    return float(values(sets, price)[int((chosen * 2 ** np.arange(sets.sites)).sum())])


@pytest.mark.parametrize("seed", range(150))
def test_bound_and_best_choice_equal_brute_force(seed: int) -> None:
    """With nothing known before, and with the best choice known: then nothing better is found."""
    sets, price = instance(seed)
    best = float(values(sets, price).max())
    close = 1e-9 * max(abs(best), float(sets.weight.sum()))
    found = solve(sets, price, -math.inf)
    assert found.bound == pytest.approx(best, abs=close)
    assert worth(sets, price, found.choices[0]) == pytest.approx(best, abs=close)
    assert solve(sets, price, best).bound == pytest.approx(best, abs=close)


@pytest.mark.parametrize("seed", range(40))
def test_slack_and_time_leave_the_bound_true(seed: int) -> None:
    """A slack is how far the bound may be above; without time the first bound stands."""
    sets, price = instance(1000 + seed)
    best, total = float(values(sets, price).max()), float(sets.weight.sum())
    loose = solve(sets, price, -math.inf, slack=0.05 * total)
    assert best - 1e-9 * total <= loose.bound <= best + (0.05 + 1e-9) * total
    assert solve(sets, price, -math.inf, seconds=0.0).bound >= best - 1e-9 * total


def test_choices_are_different_and_the_best_come_first() -> None:
    """So many at most, none twice, in order of value."""
    for seed in range(20):
        sets, price = instance(2000 + seed)
        found = solve(sets, price, -math.inf, kept=3).choices
        told = [worth(sets, price, chosen) for chosen in found]
        assert len({chosen.tobytes() for chosen in found}) == len(found) <= 3
        assert told == sorted(told, reverse=True)
