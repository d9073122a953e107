"""The branch and cut that answers questions of covering: right by trying every subset, and careful without time."""

from __future__ import annotations

import numpy as np
import pytest

from planner.locate.cover import decide as engine
from planner.locate.cover.decide import Decision, decide
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.solver.clock import Clock
from tests.locate.test_swap import covers, fewest, random_cover


def plane(seed: int, size: int, radius: float) -> CoverSets:
    """Return random points of the unit square, each with the points within the radius."""
    xy = np.random.default_rng(seed).random((size, 2))
    row, site = np.nonzero(np.hypot(*(xy[:, None, k] - xy[None, :, k] for k in (0, 1))) <= radius)
    return merge(np.searchsorted(row, np.arange(size + 1)), site, np.ones(size), size)[0]


def test_equals_brute_force() -> None:
    """With the least number of sites a cover is found; that there is none with one fewer is proven."""
    for seed in range(60):
        sets = random_cover(seed)
        least = fewest(sets)
        found = decide(sets, least, Clock(60))
        assert found.open_sites is not None
        assert covers(sets, found.open_sites)
        assert found.open_sites.sum() <= least
        none = decide(sets, least - 1, Clock(60))
        assert none.none
        assert none.open_sites is None


def test_equals_itself_where_it_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the plane, where bounds alone do not settle it, few and many cuts and other splits give the same answers."""
    looked_at = 0
    for seed in range(6):
        sets, answers = plane(seed, 150, 0.13), []
        for rounds, tried, shrunk in ((6, 4, 0.6), (0, 1, 0.0), (0, 4, 1.0)):
            for name, value in (("_ROUNDS", rounds), ("_TRIED", tried), ("_SHRUNK", shrunk)):
                monkeypatch.setattr(engine, name, value)
            least = 1
            while (found := decide(sets, least, Clock(60))).none:
                least += 1
                looked_at += found.parts
            assert found.open_sites is not None
            assert covers(sets, found.open_sites)
            answers.append(least)
        assert len(set(answers)) == 1
    assert looked_at > 50


def test_claims_nothing_without_time() -> None:
    """Out of time, or of parts, neither a cover nor its absence is claimed."""
    sets = plane(1, 150, 0.13)
    assert decide(sets, 13, Clock(0)) == Decision(None, False, 0)
    assert decide(sets, 13, Clock(60), parts=0) == Decision(None, False, 0)
