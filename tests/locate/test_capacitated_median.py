"""p-median with capacities against brute force over sites and assignments."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.locate import capacitated_p_median, p_median, split_p_median
from tests.locate.small_medians import Small, small_problem


def _best(small: Small, capacity: np.ndarray) -> float | None:
    rows, answers = np.flatnonzero(small.reached), []
    for chosen in small.choices():
        opened = chosen + small.existing
        for sites in itertools.product(opened, repeat=len(rows)):
            travel = float(
                (small.weight[rows] * np.where(small.weight[rows] > 0, small.distance[rows, list(sites)], 0)).sum()
            )
            if not np.isfinite(small.distance[rows, list(sites)]).all():
                continue
            load = np.bincount(list(sites), weights=small.weight[rows], minlength=len(capacity))
            if (load <= capacity + 1e-9).all():
                answers.append(travel)
    return min(answers, default=None)


def _problem(seed: int) -> tuple[Small, np.ndarray]:
    small = small_problem(seed)
    share = np.random.default_rng(seed).integers(1, 6, small.distance.shape[1]) / 4
    return small, np.asarray(np.ceil(share * small.weight.sum() / max(1, small.p + len(small.existing))))


@pytest.mark.parametrize("block", range(4))
def test_whole_equals_brute_force(block: int) -> None:
    """The single-source value is that of trying every assignment, and no site holds more than its capacity."""
    for seed in range(50 * block, 50 * block + 50):
        small, capacity = _problem(seed)
        if small.distance.size > 30:
            continue
        room = {f"s{j}": float(c) for j, c in enumerate(capacity)}
        solution = capacitated_p_median(small.pairs, small.weights, small.p, room, **small.rules)
        best = _best(small, capacity)
        assert solution.status == ("infeasible" if best is None else "optimal")
        if best is not None:
            assert solution.objective == pytest.approx(best, abs=1e-6)
            served = solution.assignment[solution.assignment["site"] != ""]
            load = served.index.map(small.weights).to_series().groupby(served["site"].to_numpy()).sum()
            assert all(load[site] <= room[site] + 1e-6 for site in load.index)


def test_split_is_never_dearer_than_whole() -> None:
    """Splitting a demand can only help; shares add up to one."""
    for seed in range(40):
        small, capacity = _problem(seed)
        room = {f"s{j}": float(c) for j, c in enumerate(capacity)}
        whole = p_median(small.pairs, small.weights, small.p, capacity=room, **small.rules)
        split, shares = split_p_median(small.pairs, small.weights, small.p, room, **small.rules)
        if whole.status == "optimal":
            assert split.objective <= whole.objective + 1e-6
        if split.status == "optimal":
            assert shares.groupby("demand")["share"].sum().to_numpy() == pytest.approx(1.0)
