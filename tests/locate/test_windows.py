"""Cuts of windows: every cover keeps them, they are broken by the point, and their small trees are exact."""

from __future__ import annotations

import numpy as np
import pytest

from planner.locate.cover.cuts import CutProgram
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.cover.windows import _lifted, _lightest, _separated, window_cuts
from planner.locate.solver.clock import Clock
from tests.locate.test_cuts import CHOICES, SITES, least_price, random_cover


def ring(rows: int) -> CoverSets:
    """Return rows of two sites each, neighbours on a ring: half of each site covers them."""
    lists = [sorted((i, (i + 1) % rows)) for i in range(rows)]
    return merge(np.arange(0, 2 * rows + 1, 2), np.concatenate(lists), np.ones(rows), rows)[0]


def drawn_window(seed: int) -> tuple[np.ndarray, np.ndarray, np.uint64]:
    """Return bits of up to ten sites in rows that each have one, whole weights of which some are zero, and all rows."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 12))
    table = random.random((SITES, rows)) < 0.3
    table[random.integers(0, SITES, rows), np.arange(rows)] = True
    masks = (table.astype(np.uint64) << np.arange(rows, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    return masks, random.integers(0, 9, SITES), np.uint64(2**rows - 1)


def covering(masks: np.ndarray, goal: np.uint64) -> np.ndarray:
    """Return all choices of sites that cover the rows."""
    reach = np.bitwise_or.reduce(np.where(CHOICES == 1, masks, np.uint64(0)), axis=1)
    return CHOICES[reach & goal == goal]


def test_a_ring_of_five() -> None:
    """No three rows break a cut; the window of all five says that three sites are needed."""
    sets = ring(5)
    program = CutProgram(sets, np.ones(5), np.zeros(5, bool))
    first = program.solve(Clock(60), 60)
    assert first is not None
    assert first.bound == pytest.approx(2.5, abs=1e-6)
    assert not program.sharpen(0.0, Clock(60))
    assert program.sharpen(4.0, Clock(60))
    second = program.solve(Clock(60), 60)
    assert second is not None
    assert second.bound == pytest.approx(3.0, abs=1e-6)


def test_every_cover_keeps_every_cut_that_the_point_breaks() -> None:
    """By trying every choice of sites; bounds rise above those of three rows, and stay true."""
    found, raised = 0, 0
    for seed in range(60):
        sets, price = random_cover(seed)
        least, covers = least_price(sets, price)
        program = CutProgram(sets, price, np.zeros(SITES, bool))
        before = program.solve(Clock(60), 60)
        while program.sharpen(0.0, Clock(60)):
            before = program.solve(Clock(60), 60)
        cuts = window_cuts(sets, program.used, program.x, 4.0, Clock(60))
        assert (cuts @ covers.T >= 2 - 1e-9).all()
        assert (cuts[:, program.used] @ program.x < 2 - 1e-3).all()
        program.sharpen(4.0, Clock(60))
        after = program.solve(Clock(60), 60)
        assert before is not None
        assert after is not None
        assert before.bound - 1e-6 <= after.bound <= least + 1e-6
        found, raised = found + cuts.shape[0], raised + (after.bound > before.bound + 0.01)
    assert found > 20
    assert raised > 2


def test_the_lightest_cover_equals_every_choice_tried() -> None:
    """Its weight and its sites; nothing where no cover is below the limit, or where it takes too long."""
    for seed in range(200):
        masks, weight, goal = drawn_window(seed)
        least = int((covering(masks, goal) @ weight).min())
        value, sites, left = _lightest(masks, weight, goal, 1000, 10_000)
        assert left > 0
        assert value == least == weight[sites].sum()
        assert np.bitwise_or.reduce(masks[sites]) & goal == goal
        assert _lightest(masks, weight, goal, least, 10_000)[0] == least
        assert _lightest(masks, weight, goal, 1000, 0)[2] < 0


def test_prices_and_lifted_worths_hold_for_every_cover() -> None:
    """At the prices every cover weighs one and the point less, if it can; lifted, all sites are worth enough."""
    lifted = 0
    for seed in range(200):
        masks, _, goal = drawn_window(seed)
        masks = np.unique(masks)
        x = np.random.default_rng(seed).random(len(masks)) * 0.6
        live = np.flatnonzero(x > 0.25)
        if np.bitwise_or.reduce(masks[live], initial=np.uint64(0)) & goal != goal:
            continue
        price, value = _separated(masks[live], x[live], goal, 0.99, 60_000)
        if value >= 0.99:
            continue
        whole = np.full(len(masks), 840)
        whole[live] = np.ceil(price * 840 - 1e-6)
        assert _lifted(masks, whole, live, goal, 840, 10_000, 10_000)
        for choice in range(2 ** len(masks)):
            chosen = (choice >> np.arange(len(masks))) & 1 == 1
            if np.bitwise_or.reduce(masks[chosen], initial=np.uint64(0)) & goal == goal:
                assert whole[chosen].sum() >= 840
        lifted += bool((np.delete(whole, live) < 840).any())
    assert lifted > 20


def test_without_time_there_are_none() -> None:
    """The clock is asked before each window."""
    sets = ring(5)
    assert window_cuts(sets, np.arange(5), np.full(5, 0.5), 4.0, Clock(0)).shape == (0, 5)
    assert window_cuts(sets, np.arange(5), np.full(5, 0.5), 4.0, Clock(60)).shape[0] > 0
