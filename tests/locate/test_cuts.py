"""The cuts of covering programs: every cover keeps them, they raise the bound, and the bound stays true."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.locate.cover.cuts import CutProgram
from planner.locate.cover.least import cover_all
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.solver.clock import Clock

SITES = 10
CHOICES = np.array(list(itertools.product([0, 1], repeat=SITES)))


def random_cover(seed: int) -> tuple[CoverSets, np.ndarray]:
    """Return up to 40 rows of two to four sites, and prices, some of them equal or broken."""
    random = np.random.default_rng(seed)
    lists = [np.sort(random.choice(SITES, int(random.integers(2, 5)), replace=False)) for _ in range(40)]
    start = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
    sets, _ = merge(start, np.concatenate(lists), np.ones(40), SITES)
    price = random.integers(1, 4, SITES) * (1.0 if seed % 3 else 0.37)
    return sets, np.ones(SITES) if seed % 2 else price


def least_price(sets: CoverSets, price: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the least price of all choices that cover, and these choices."""
    covers = CHOICES[((sets.matrix() @ CHOICES.T) > 0).all(axis=0)]
    return float((covers @ price).min()), covers


def test_three_rows_that_share_their_sites_by_twos() -> None:
    """Half of each site covers them for 1.5; one cut says that two sites are needed."""
    sets, _ = merge(np.array([0, 2, 4, 6]), np.array([0, 1, 1, 2, 0, 2]), np.ones(3), 3)
    program = CutProgram(sets, np.ones(3), np.zeros(3, bool))
    first = program.solve(Clock(60), 60)
    assert first is not None
    assert first.bound == pytest.approx(1.5, abs=1e-6)
    assert program.sharpen(0.0, Clock(60))
    second = program.solve(Clock(60), 60)
    assert second is not None
    assert second.bound == pytest.approx(2.0, abs=1e-6)
    assert not program.sharpen(0.0, Clock(60))


def test_every_cover_keeps_every_cut_and_the_bound_is_true() -> None:
    """By trying every choice of sites; the bound rises, by cuts, on many instances."""
    raised = 0
    for seed in range(60):
        sets, price = random_cover(seed)
        least, covers = least_price(sets, price)
        program = CutProgram(sets, price, np.zeros(SITES, bool))
        bounds = []
        for _ in range(4):
            found = program.solve(Clock(60), 60)
            assert found is not None
            assert found.bound <= least + 1e-6
            bounds.append(found.bound)
            if not program.sharpen(0.0, Clock(60)):
                break
            assert (program.cuts @ covers.T >= 2).all()
        raised += bounds[-1] > bounds[0] + 0.01
    assert raised >= 20


def test_a_program_with_open_sites_bounds_what_is_left() -> None:
    """Cuts made before sites were opened stay true for the rest."""
    for seed in range(40):
        sets, price = random_cover(seed)
        program = CutProgram(sets, price, np.zeros(SITES, bool))
        assert program.solve(Clock(60), 60) is not None
        program.sharpen(0.0, Clock(60))
        opened = np.arange(SITES) == seed % SITES
        rows = [i for i in range(sets.rows) if not opened[sets.site[sets.start[i] : sets.start[i + 1]]].any()]
        lists = [sets.site[sets.start[i] : sets.start[i + 1]] for i in rows]
        start = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
        rest, _ = merge(start, np.concatenate(lists), np.ones(len(rows)), SITES)
        found = CutProgram(rest, price, opened, program.cuts).solve(Clock(60), 60)
        assert found is not None
        _, covers = least_price(sets, price)
        with_it = covers[covers[:, seed % SITES] == 1]
        assert found.bound + price[opened].sum() <= (with_it @ price).min() + 1e-6


def test_the_whole_search_equals_brute_force() -> None:
    """Prices whole, broken and equal: the least price, proven."""
    for seed in range(100):
        sets, price = random_cover(1000 + seed)
        found = cover_all(sets, price, np.zeros(SITES, np.int8), Clock(60))
        assert found.value == pytest.approx(least_price(sets, price)[0], abs=1e-9)
        assert found.bound == pytest.approx(found.value, abs=1e-6)
