"""Whatever the unit: kilometres, metres or parts of a unit square, people or thousands of them, the plan is the same.

Tables are scaled by powers of two, so that no digit changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner import locate

UNITS = [2.0**-16, 2.0**-8, 2.0**8, 2.0**16]
STANDARD, CAPACITY = 0.3, 200.0


def instance(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return pairs, distances from site to site, and weights, in the unit square."""
    r = np.random.default_rng(seed)
    demand, sites = r.random((24, 2)), r.random((9, 2))
    names = [f"d{i:02d}" for i in range(24)], [f"s{j}" for j in range(9)]
    far = np.hypot(*(demand[:, None, k] - sites[None, :, k] for k in (0, 1)))
    apart = np.hypot(*(sites[:, None, k] - sites[None, :, k] for k in (0, 1)))
    weights = pd.Series(r.integers(1, 50, 24).astype(float), names[0])
    return pd.DataFrame(far, *names), pd.DataFrame(apart, names[1], names[1]), weights


def goals(standard: float) -> list[locate.Goal]:
    return [locate.Goal("coverage", standard, loss=0.05), locate.Goal("travel")]


Solve = Callable[[pd.DataFrame, pd.Series, float], locate.Solution]
SOLVES: dict[str, Solve] = {
    "lscp": lambda far, _, unit: locate.lscp(far, STANDARD * unit),
    "partial": lambda far, weights, unit: locate.partial_lscp(far, weights, STANDARD * unit, 0.8),
    "mclp": lambda far, weights, unit: locate.mclp(far, weights, STANDARD * unit, 3),
    "gradual": lambda far, weights, unit: locate.mclp(far, weights, [(0.2 * unit, 1.0), (0.4 * unit, 0.5)], 3),
    "backup": lambda far, weights, unit: locate.backup_cover(far, weights, STANDARD * unit),
    "median": lambda far, weights, _: locate.p_median(far, weights, 3),
    "centre": lambda far, _, __: locate.p_center(far, 3),
    "weighted centre": lambda far, weights, _: locate.weighted_p_center(far, weights, 3),
    "capacitated": lambda far, weights, _: locate.capacitated_p_median(far, None, 4, CAPACITY, demand=weights),
    "in turn": lambda far, weights, unit: locate.lexicographic(far, weights, goals(STANDARD * unit), 3),
    "centre, then travel": lambda far, weights, _: locate.lexicographic(
        far, weights, [locate.Goal("centre"), locate.Goal("travel")], 3
    ),
}
APART: dict[str, Any] = {"p-dispersion": locate.p_dispersion, "max-sum": locate.max_sum_dispersion}


def in_unit(objective: Any, kind: str, unit: float) -> float:
    """Return an objective of travel in the first unit; those of coverage have none."""
    return float(objective) / (unit if kind not in ("lscp", "partial", "mclp", "gradual", "backup") else 1.0)


def faults(solution: locate.Solution, far: pd.DataFrame, weights: pd.Series) -> list[str]:
    """Return what ``check`` finds; a capacitated median counts trips and not people."""
    if solution.problem == "capacitated p-median":
        return locate.check(solution, far, None, capacity=CAPACITY, demand=weights)
    return locate.check(solution, far, weights)


@pytest.mark.parametrize("kind", SOLVES)
@pytest.mark.parametrize("seed", range(4))
def test_the_unit_of_travel_changes_nothing(kind: str, seed: int) -> None:
    """Sites, status and value are the same in any unit, and the check agrees."""
    far, _, weights = instance(seed)
    first = SOLVES[kind](far, weights, 1.0)
    for unit in UNITS:
        other = SOLVES[kind](far * unit, weights, unit)
        assert (other.status, other.sites) == (first.status, first.sites), unit
        assert in_unit(other.objective, kind, unit) == pytest.approx(float(first.objective), rel=1e-9, nan_ok=True)
        assert not faults(other, far * unit, weights)


@pytest.mark.parametrize("kind", APART)
@pytest.mark.parametrize("seed", range(4))
def test_the_unit_between_sites_changes_nothing(kind: str, seed: int) -> None:
    """The same holds for sites apart."""
    _, apart, _ = instance(seed)
    first = APART[kind](apart, 4)
    for unit in UNITS:
        other = APART[kind](apart * unit, 4)
        assert (other.status, other.sites) == (first.status, first.sites)
        assert other.objective / unit == pytest.approx(first.objective, rel=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in SOLVES if kind not in ("lscp", "centre", "capacitated")])
@pytest.mark.parametrize("seed", range(4))
def test_the_unit_of_weight_changes_nothing(kind: str, seed: int) -> None:
    """People, or thousands of them: the same sites."""
    far, _, weights = instance(seed)
    first = SOLVES[kind](far, weights, 1.0)
    for unit in UNITS:
        other = SOLVES[kind](far, weights * unit, 1.0)
        assert (other.status, other.sites) == (first.status, first.sites)
        assert not faults(other, far, weights * unit)
