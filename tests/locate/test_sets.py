"""Rows by their covering sets: what fixed sites leave of them, told row by row."""

from __future__ import annotations

import numpy as np
import pytest

from planner.locate.cover.sets import CoverSets, distinct, merge, restrict

SITES = 8


def rows_of(sets: CoverSets) -> dict[frozenset[int], float]:
    """Return the weight of each set of sites."""
    lists = np.split(sets.site, sets.start[1:-1])
    return {frozenset(one.tolist()): weight for one, weight in zip(lists, sets.weight, strict=True) if len(one)}


@pytest.mark.parametrize("seed", range(40))
def test_what_fixed_sites_leave(seed: int) -> None:
    """Rows of weight 0, rows covered by open sites, and rows whose sites are all closed leave no trace in others."""
    random = np.random.default_rng(seed)
    lists = [np.flatnonzero(random.random(SITES) < 0.4) for _ in range(12)]
    weight = random.integers(0, 4, len(lists)).astype(float)
    sets, place = merge(np.cumsum([0, *map(len, lists)]), np.concatenate(lists), weight, SITES)
    state = random.choice([-1, 0, 1], SITES, p=[0.3, 0.6, 0.1]).astype(np.int8)
    expected: dict[frozenset[int], float] = {}
    covered = 0.0
    for one, of_weight in zip(lists, weight, strict=True):
        free = frozenset(int(j) for j in one if state[j] == 0)
        if (state[one] == 1).any():
            covered += of_weight
        elif free and of_weight:
            expected[free] = expected.get(free, 0.0) + of_weight
    rest, constant, at = restrict(sets, state)
    assert rows_of(rest) == expected
    assert constant == covered
    for one, of_weight, number in zip(lists, weight, place, strict=True):
        if of_weight and len(one) and not (state[one] == 1).any() and (state[one] == 0).any():
            found = at[number]
            assert set(rest.site[rest.start[found] : rest.start[found + 1]]) == {j for j in one if state[j] == 0}


def test_distinct_rows_are_those_of_numpy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        flags = rng.random((rng.integers(0, 30), rng.integers(1, 20))) < 0.3
        assert distinct(flags).tolist() == np.unique(flags, axis=0, return_index=True)[1].tolist()
    assert distinct(np.zeros((3, 0), bool)).tolist() == [0]
