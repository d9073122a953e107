"""Demand points and sites as the median engine asks for them, straight from the coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.nearest import Lists
from planner.locate.point_problem import PointProblem
from planner.locate.site_tree import SiteTree

__all__ = ["PointRows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class PointRows:
    """The distinct demand points with weight, weights added, and the sites that are not excluded."""

    def __init__(self, problem: PointProblem) -> None:
        self.problem, self.sites = problem, len(problem.sites)
        keep = problem.weights > 0
        self.xy, place = np.unique(problem.demand_xy[keep], axis=0, return_inverse=True)
        self.rows = len(self.xy)
        self.weight = np.bincount(place.ravel(), weights=problem.weights[keep], minlength=self.rows)
        self.tree: SiteTree = problem.tree(~problem.excluded)

    def lists(self, rows: Ints, count: int) -> Lists:
        """Return the lists of some rows with their nearest ``count`` sites, weighed; complete if there are no more."""
        count = min(count, len(self.tree.place))
        site, distance = self.tree.nearest(self.xy[rows], count)
        weight = self.weight[rows]
        ends = count == len(self.tree.place)
        limit = np.full(len(rows), np.inf) if ends else distance[:, -1] * weight
        start = np.arange(len(rows) + 1, dtype=np.int64) * count
        cost = (distance * weight[:, None]).ravel()
        return Lists(start, site.ravel().astype(np.int32), cost, limit, self.sites)

    def travel(self, open_sites: Flags) -> float:
        """Return what all rows cost, each served by its nearest open site."""
        return float(self.weight @ self.problem.tree(open_sites).first(self.xy)[1])
