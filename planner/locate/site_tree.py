"""Sites in a search tree: the nearest to given points, and those within a radius, without a table of all pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.locate.points import Metric
from planner.ragged import starts

__all__ = ["SiteTree", "plant"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SiteTree:
    """Some of the sites: their positions among all (ascending), coordinates, and the tree over them."""

    place: Ints
    xy: Floats
    measure: Metric
    tree: cKDTree

    def nearest(self, points: Floats, count: int) -> tuple[Ints, Floats]:
        """Return the ``count`` nearest sites of each point and their distances (n × count), rising; ties by site."""
        index = self.tree.query(points, np.arange(1, count + 1), p=self.measure.power)[1]
        distance = self.measure.distance(points[:, None, :], self.xy[index])
        order = np.lexsort((index, distance))
        return self.place[np.take_along_axis(index, order, 1)], np.take_along_axis(distance, order, 1)

    def first(self, points: Floats) -> tuple[Ints, Floats]:
        """Return the nearest site of each point, of equally near ones the smaller, and its distance."""
        site, cost = np.full(len(points), -1), np.full(len(points), np.inf)
        rows, count = np.arange(len(points) if len(self.place) else 0), min(4, len(self.place))
        while len(rows):
            near, distance = self.nearest(points[rows], count)
            site[rows], cost[rows] = near[:, 0], distance[:, 0]
            tied = distance[:, -1] <= distance[:, 0] * (1 + 1e-9)
            rows, count = rows[tied & (count < len(self.place))], min(2 * count, len(self.place))
        return site, cost

    def within(self, points: Floats, radius: Floats) -> tuple[Ints, Ints, Floats]:
        """Return (start, site, distance) of the sites within each point's radius and slightly beyond, ascending."""
        lists = self.tree.query_ball_point(points, self._reach(radius), p=self.measure.power, return_sorted=True)
        length = np.array([len(one) for one in lists], np.int64)
        index = np.concatenate([np.empty(0, np.int64), *(np.asarray(one, np.int64) for one in lists)])
        row = np.repeat(np.arange(len(points)), length)
        distance = self.measure.distance(points[row], self.xy[index])
        return starts(length), self.place[index], distance

    def count_within(self, points: Floats, radius: Floats) -> int:
        """Return how many pairs :meth:`within` would list."""
        reach = self._reach(radius)
        return int(np.sum(self.tree.query_ball_point(points, reach, p=self.measure.power, return_length=True)))

    def _reach(self, radius: Floats) -> Floats:
        """Return radii that hold every site within a radius after rounding."""
        return (radius + (self.measure.rounding != "exact")) * (1 + 1e-9)


def plant(measure: Metric, xy: Floats, keep: NDArray[np.bool_]) -> SiteTree:
    """Return the tree of the sites to keep."""
    place = np.flatnonzero(keep)
    return SiteTree(place, xy[place], measure, cKDTree(xy[place]))
