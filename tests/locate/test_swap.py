"""The swap search that answers yes: what it returns is a cover of so many sites, and it finds the covers there are."""

from __future__ import annotations

import itertools

import numpy as np

from planner.locate.cover.center import solve_center
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.cover.swap import Swap
from planner.locate.solver.clock import Clock


def random_cover(seed: int) -> CoverSets:
    """Return up to 30 rows over 12 sites, each row with at least one site."""
    random = np.random.default_rng(seed)
    matrix = random.random((30, 12)) < random.uniform(0.1, 0.5)
    matrix[np.arange(30), random.integers(0, 12, 30)] = True
    row, site = np.nonzero(matrix)
    start = np.searchsorted(row, np.arange(31))
    return merge(start, site, np.ones(30), 12)[0]


def covers(sets: CoverSets, chosen: np.ndarray) -> bool:
    return bool(np.logical_or.reduceat(chosen[sets.site], sets.start[:-1]).all())


def fewest(sets: CoverSets) -> int:
    """Return the least number of sites that cover all rows, by trying every subset."""
    for size in range(1, sets.sites + 1):
        for choice in itertools.combinations(range(sets.sites), size):
            if covers(sets, np.isin(np.arange(sets.sites), choice)):
                return size
    raise AssertionError("no cover")


def test_finds_a_least_cover_and_never_a_smaller_one() -> None:
    """With the least number of sites a cover is found; with one site less nothing is claimed."""
    for seed in range(60):
        sets = random_cover(seed)
        least = fewest(sets)
        found = Swap(sets, least, seed).run()
        assert found is not None
        assert covers(sets, found)
        assert found.sum() <= least
        assert Swap(sets, least - 1, seed).run() is None


def test_goes_on_where_it_stopped() -> None:
    """What search keeps between runs is what a count from the start gives."""
    for seed in range(20):
        sets = random_cover(seed)
        search = Swap(sets, fewest(sets) - 1, seed)
        search.steps = 50
        for _ in range(5):
            search.run()
        members = search.members[search.members >= 0]
        row = np.repeat(np.arange(sets.rows), np.diff(sets.start))
        chosen = np.isin(np.arange(sets.sites), members)
        times = np.bincount(row, weights=chosen[sets.site], minlength=sets.rows)
        owner = np.bincount(row, weights=(chosen * np.arange(sets.sites))[sets.site], minlength=sets.rows)
        alone = np.where(chosen[sets.site], times[row] == 1, times[row] == 0)
        score = np.bincount(sets.site, weights=alone * search.row_weight[row], minlength=sets.sites)
        assert len(set(members)) == len(members)
        assert (search.times == times).all()
        assert (search.owner == owner).all()
        assert (search.score == score).all()


class Line:
    """Places on a line, all of them rows and sites, whose distances differ by rounding alone where they are equal."""

    def __init__(self, place: np.ndarray, seed: int) -> None:
        apart = np.abs(place[:, None] - place[None, :])
        self.distance = apart * (1 + np.random.default_rng(seed).choice([0.0, 2.0**-52, -(2.0**-52)], apart.shape))

    def within(self, rows: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row, site = np.nonzero(self.distance[rows] <= radius)
        return np.searchsorted(row, np.arange(len(rows) + 1)), site, self.distance[rows][row, site]

    def nearest(self, open_sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not open_sites.any():
            return np.full(len(self.distance), -1), np.full(len(self.distance), np.inf)
        distance = np.where(open_sites, self.distance, np.inf)
        return distance.argmin(axis=1), distance.min(axis=1)

    def reach(self, site: int) -> np.ndarray:
        return self.distance[:, site]

    def closest(self, row: int) -> int:
        return int(self.distance[row].argmin())


def test_distances_equal_but_for_rounding_are_one_radius() -> None:
    """On a regular line of many ties the radius is the least of all subsets, to rounding, and proven."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        line, p = Line(random.choice(60, 12, replace=False) / 7.0, seed), int(random.integers(1, 4))
        least = min(line.distance[:, list(choice)].min(axis=1).max() for choice in itertools.combinations(range(12), p))
        proof = solve_center(line, np.zeros(12, np.int8), p, Clock(60), seed=1, threads=1)
        assert abs(proof.radius - least) <= 1e-12 * least
        assert proof.bound == proof.radius
