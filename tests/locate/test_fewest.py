"""The number of sites that a share of the weight needs at least, by the Lagrangian bound."""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import numpy as np
import pytest

from planner import locate
from planner.locate.cover.lagrangian import fewest
from planner.locate.cover.search import covered
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.solver.clock import Clock


def made(seed: int) -> CoverSets:
    """Random rows of some of eight sites; their weights are whole."""
    r = np.random.default_rng(seed)
    near = r.random((25, 8)) < 0.3
    row, site = np.nonzero(near[near.any(axis=1)])
    start = np.concatenate([[0], np.cumsum(np.bincount(row))])
    return merge(start, site, r.integers(1, 9, len(start) - 1).astype(float), 8)[0]


def best_of_each_number(sets: CoverSets) -> list[float]:
    """The most weight that no site, one, two, … cover."""
    choices = [[np.isin(np.arange(8), some) for some in itertools.combinations(range(8), k)] for k in range(9)]
    return [max(covered(sets, opened) for opened in some) for some in choices]


def test_no_fewer_can_do() -> None:
    """The number is never above the least that covers the weight, and mostly that."""
    exact = 0
    for seed in range(60):
        sets = made(seed)
        most = best_of_each_number(sets)
        least = 0.8 * most[-1]
        true = next(k for k, value in enumerate(most) if value >= least)
        found = fewest(sets, least, true, Clock(60))
        assert found <= true
        exact += found == true
        assert fewest(sets, 0.0, true, Clock(60)) == 0
    assert exact > 40


def test_time_that_is_up_needs_nothing() -> None:
    """Without time no number is refuted."""
    assert fewest(made(1), 10.0, 8, Clock(0)) == 0


def test_partial_cover_that_is_stopped_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped right after its first answer, it says how few sites could do at best: it said none."""

    def stop(*given: Any) -> tuple[Any, bool]:
        given[5].interrupted = True
        return given[3], False

    table = np.random.default_rng(2).uniform(0, 1, (40, 12))
    best = locate.partial_lscp(table, None, 0.2, 0.9)
    with monkeypatch.context() as patch:
        patch.setattr(importlib.import_module("planner.locate.partial_lscp"), "_fewer", stop)
        stopped = locate.partial_lscp(table, None, 0.2, 0.9)
    assert stopped.status == "feasible"
    assert best.objective - 1 <= stopped.bound <= best.objective <= stopped.objective
