"""The branch and cut that answers questions of covering: right by trying every subset, and careful without time."""

from __future__ import annotations

import numpy as np
import pytest

from planner.locate.cover import decide as engine
from planner.locate.cover import program
from planner.locate.cover.decide import Decision, decide
from planner.locate.cover.question import cover_with
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
        for rounds, local, shrunk, slack in ((6, 40, 0.6, 1e-4), (1, 0, 0.0, 1e-4), (1, 5, 1.0, 1e9)):
            for name, value in (("_ROUNDS", rounds), ("_LOCAL", local), ("_SHRUNK", shrunk)):
                monkeypatch.setattr(engine, name, value)
            monkeypatch.setattr(program, "_SLACK", slack)
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


def test_rows_left_out_are_taken_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that begins a part with hardly any of its rows comes to the same answers as one that holds all."""
    answers = []
    for tight, shrunk in ((1e9, 0.0), (-1.0, 1.0)):
        monkeypatch.setattr(engine, "_TIGHT", tight)
        monkeypatch.setattr(engine, "_SHRUNK", shrunk)
        for seed in range(6):
            sets, least = plane(seed, 150, 0.13), 1
            while (found := decide(sets, least, Clock(60))).none:
                least += 1
            assert found.open_sites is not None
            assert covers(sets, found.open_sites)
            answers.append(least)
    assert answers[:6] == answers[6:]


def test_questions_equal_every_subset_tried() -> None:
    """Twice the same row, sites open or closed by rule, no site at all, rows without a site: every answer is right."""
    for seed in range(150):
        rng = np.random.default_rng(seed)
        rows, sites = int(rng.integers(1, 14)), int(rng.integers(1, 11))
        table = rng.random((rows, sites)) < rng.uniform(0.15, 0.6)
        table = table[rng.integers(0, rows, 2 * rows)]
        state = rng.choice([-1, 0, 0, 0, 0, 1], sites).astype(np.int8)
        table &= state >= 0
        start, site = np.concatenate([[0], np.cumsum(table.sum(axis=1))]), np.nonzero(table)[1]
        choices = (np.arange(2**sites)[:, None] >> np.arange(sites)) & 1 == 1
        allowed = ~(choices & (state < 0)).any(axis=1) & ~(~choices & (state > 0)).any(axis=1)
        whole = (choices.astype(int) @ table.T.astype(int) > 0).all(axis=1)
        sizes = choices[allowed & whole].sum(axis=1)
        for most in range(int((state > 0).sum()), sites + 1):
            cover = cover_with(start, site, state, most, Clock(60), effort="branch", seed=1, threads=1)
            assert cover.answer == ("yes" if (sizes <= most).any() else "no")
            if cover.open_sites is not None:
                assert cover.open_sites.sum() <= most
                assert (table @ cover.open_sites > 0).all()
                assert not cover.open_sites[state < 0].any()
                assert cover.open_sites[state > 0].all()
