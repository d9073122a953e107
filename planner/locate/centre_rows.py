"""Demand as the centre engine asks for it: from a table of pairs, or straight from the coordinates of points.

A row's distance is its impedance times a factor (1, or the weight for the weighted centre); its travel is its
impedance times its weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.center import Center
from planner.locate.median.nearest import Lists, by_site, first_open, make_lists, up_to
from planner.locate.point_problem import PointProblem
from planner.locate.problem import Problem
from planner.locate.site_tree import SiteTree
from planner.ragged import row_of, starts

__all__ = ["CentreRows", "PointCentre", "pair_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class CentreRows(Center, Protocol):
    """What the centre engine asks for, and the travel among which its ties are broken."""

    def travel_within(self, radius: float, most: int) -> Lists | None:
        """Return the weighted travel of all pairs within the radius, or None if these are more than ``most``."""
        ...

    def travel(self, open_sites: Flags) -> float:
        """Return the weighted travel of all rows to their nearest open site."""
        ...


@dataclass(frozen=True, slots=True)
class PairRows:
    """Rows of a table of pairs, with the travel of each pair."""

    lists: Lists
    columns: tuple[Ints, NDArray[np.int32], Floats]
    pair_travel: Floats

    def within(self, rows: Ints, radius: float) -> tuple[Ints, Ints, Floats]:
        """Return (start, site, distance) of the given rows' allowed sites up to the radius, sites ascending."""
        return up_to(self.lists, rows, radius)

    def nearest(self, open_sites: Flags) -> tuple[Ints, Floats]:
        """Return every row's nearest open site and its distance (-1 and infinite: none)."""
        first = first_open(self.lists, open_sites)
        site, cost = np.append(self.lists.site, np.int32(-1)), np.append(self.lists.cost, np.inf)
        return site[first].astype(np.int64), cost[first]

    def reach(self, site: int) -> Floats:
        """Return every row's distance to a site (infinite: none)."""
        start, row, cost = self.columns
        span = slice(start[site], start[site + 1])
        distance = np.full(self.lists.rows, np.inf)
        distance[row[span]] = cost[span]
        return distance

    def closest(self, row: int) -> int:
        """Return the nearest allowed site of a row."""
        return int(self.lists.site[self.lists.start[row]])

    def first_two(self) -> tuple[Ints, Floats]:
        """Return every row's nearest allowed site, and the distance of the second nearest (infinite: none)."""
        first, end = self.lists.start[:-1], self.lists.start[1:]
        cost = np.append(self.lists.cost, np.inf)
        return self.lists.site[first].astype(np.int64), np.where(first + 1 < end, cost[first + 1], np.inf)

    def travel_within(self, radius: float, most: int) -> Lists | None:
        """Return the weighted travel of all pairs within the radius, or None if these are more than ``most``."""
        near = self.lists.cost <= radius
        if near.sum() > most:
            return None
        row = self.lists.row[near]
        site = self.lists.site[near].astype(np.int64)
        return make_lists(row, site, self.pair_travel[near], rows=self.lists.rows, sites=self.lists.sites)

    def travel(self, open_sites: Flags) -> float:
        """Return the weighted travel of all rows to their nearest open site."""
        return float(self.pair_travel[first_open(self.lists, open_sites)].sum())


def pair_rows(problem: Problem, factor: Floats, counted: Flags) -> PairRows:
    """Return the rows of the demand that is ``counted`` and that some allowed site reaches."""
    pick = problem.nearest_first
    pick = pick[~problem.excluded[problem.site[pick]] & counted[problem.row[pick]]]
    demand, row = np.unique(problem.row[pick], return_inverse=True)
    distance = problem.impedance[pick] * factor[problem.row[pick]]
    lists = make_lists(row, problem.site[pick], distance, rows=len(demand), sites=len(problem.sites))
    travel = problem.impedance[pick] * problem.weights[problem.row[pick]]
    return PairRows(lists, by_site(lists), travel)


class PointCentre:
    """The distinct demand points (the largest factor at each, weights added) and the sites that are not excluded."""

    def __init__(self, problem: PointProblem, factor: Floats) -> None:
        self.problem = problem
        keep = problem.reached
        self.xy, place = np.unique(problem.demand_xy[keep], axis=0, return_inverse=True)
        self.factor, self.weight = np.zeros(len(self.xy)), np.zeros(len(self.xy))
        np.maximum.at(self.factor, place.ravel(), factor[keep])
        np.add.at(self.weight, place.ravel(), problem.weights[keep])
        self.tree: SiteTree = problem.tree(~problem.excluded)

    def _radii(self, rows: Ints, radius: float) -> Floats:
        """Return how far each row may travel: without end where its factor is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.factor[rows] > 0, radius / self.factor[rows], np.inf)

    def within(self, rows: Ints, radius: float) -> tuple[Ints, Ints, Floats]:
        """Return (start, site, distance) of the given rows' allowed sites up to the radius, sites ascending."""
        start, site, length = self.tree.within(self.xy[rows], self._radii(rows, radius))
        row = row_of(start)
        distance = length * self.factor[rows][row]
        near = distance <= radius
        start = starts(np.bincount(row[near], minlength=len(rows)))
        return start, site[near], distance[near]

    def nearest(self, open_sites: Flags) -> tuple[Ints, Floats]:
        """Return every row's nearest open site and its distance (-1 and infinite: none)."""
        site, length = self.problem.tree(open_sites).first(self.xy)
        if not open_sites.any():
            return site, length
        return site, length * self.factor

    def reach(self, site: int) -> Floats:
        """Return every row's distance to a site."""
        return self.problem.measure.distance(self.xy, self.problem.site_xy[site]) * self.factor

    def closest(self, row: int) -> int:
        """Return the nearest allowed site of a row."""
        return int(self.tree.first(self.xy[row : row + 1])[0][0])

    def first_two(self) -> tuple[Ints, Floats]:
        """Return every row's nearest allowed site, and the distance of the second nearest (infinite: none)."""
        site, distance = self.tree.nearest(self.xy, min(2, len(self.tree.place)))
        second = distance[:, 1] * self.factor if distance.shape[1] > 1 else np.full(len(site), np.inf)
        return site[:, 0], second

    def travel_within(self, radius: float, most: int) -> Lists | None:
        """Return the weighted travel of all pairs within the radius, or None if these are more than ``most``."""
        rows = np.arange(len(self.xy))
        if self.tree.count_within(self.xy, self._radii(rows, radius)) > most:
            return None
        start, site, length = self.tree.within(self.xy, self._radii(rows, radius))
        row = np.repeat(rows, np.diff(start))
        near = length * self.factor[row] <= radius
        cost = (length * self.weight[row])[near]
        return make_lists(row[near], site[near], cost, rows=len(rows), sites=len(self.problem.sites))

    def travel(self, open_sites: Flags) -> float:
        """Return the weighted travel of all rows to their nearest open site."""
        return float(self.weight @ self.problem.tree(open_sites).first(self.xy)[1])
