"""A location problem whose travel is the distance between points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.locate.points import Metric, Points
from planner.locate.problem import Problem, make_problem
from planner.locate.setting import Flags, Setting, positions, read_rules, unreached_note
from planner.locate.site_tree import SiteTree, plant
from planner.locate.tables import Floats, Ints, PairsInput, ValuesInput, listing, read_values, text_ids
from planner.units import tolerance

__all__ = ["PointProblem", "all_pairs", "read_problem"]


@dataclass(frozen=True, eq=False)
class PointProblem(Setting):
    """Demand and sites with their coordinates; every site reaches all demand."""

    demand_xy: Floats
    site_xy: Floats
    measure: Metric

    @property
    def reached(self) -> Flags:
        """All demand, where any site may be open."""
        return np.full(len(self.demand), not self.excluded.all())

    def tree(self, sites: Flags) -> SiteTree:
        """Return these sites in a search tree."""
        return plant(self.measure, self.site_xy, sites)

    def nearest(self, opened: Flags, limit: float = np.inf) -> tuple[Ints, Floats]:
        """Return each demand's nearest open site within the limit (−1: none) and its impedance (NaN: none)."""
        site, impedance = self.tree(opened).first(self.demand_xy)
        near = impedance <= limit + tolerance(limit) if np.isfinite(limit) else np.isfinite(impedance)
        return np.where(near, site, -1), np.where(near, impedance, np.nan)

    def times_within(self, opened: Flags, standard: float) -> Ints:
        """Return how many of its two nearest open sites each demand has within the standard."""
        count = min(2, int(opened.sum()))
        if count == 0:
            return np.zeros(len(self.demand), np.int64)
        _, impedance = self.tree(opened).nearest(self.demand_xy, count)
        return np.asarray((impedance <= standard + tolerance(standard)).sum(axis=1))

    def typical(self) -> float:
        """Return the median distance of demand from the middle of the sites."""
        away = self.measure.distance(self.demand_xy, self.site_xy.mean(axis=0)) if len(self.sites) else np.zeros(1)
        return float(np.median(away)) if len(away) else 0.0


def read_problem(
    travel: PairsInput | Points,
    weights: ValuesInput | None = None,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    capacity: ValuesInput | float | None = None,
) -> Problem | PointProblem:
    """Return the checked problem of pairs or of points; every fault found is raised in one InputError.

    >>> read_problem(Points(np.array([[0.0, 0.0], [3.0, 4.0]]))).nearest(np.array([True, False]))[1].tolist()
    [0.0, 5.0]
    """
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
    rules |= {"cost": cost, "capacity": capacity}
    if not isinstance(travel, Points):
        return make_problem(travel, weights, **rules)
    faults: list[Fault] = []
    numbers, order = _weights(travel, weights, faults)
    by_demand, by_site = _ranks(travel.demand_ids), _ranks(travel.site_ids)
    sites = travel.site_ids[by_site]
    _refuse_strangers(cost, "cost", sites, faults)
    _refuse_strangers(capacity, "capacity", sites, faults)
    read = read_rules(sites, faults, by_position=travel.site_ids, **rules)
    if faults:
        raise InputError(faults)
    back = np.argsort(by_demand, kind="stable")
    problem = PointProblem(
        demand=travel.demand_ids[by_demand],
        sites=sites,
        weights=numbers[by_demand],
        rules=read,
        order=back[order],
        attrs={"unit": travel.unit},
        notes=(),
        demand_xy=travel.demand_xy[by_demand],
        site_xy=travel.site_xy[by_site],
        measure=travel.measure,
        by_position=(travel.demand_ids, travel.site_ids),
    )
    return replace(problem, notes=unreached_note(problem))


def all_pairs(problem: PointProblem) -> Problem:
    """Return the same problem as a table of all its pairs."""
    n, m = len(problem.demand), len(problem.sites)
    return Problem(
        problem.demand,
        problem.sites,
        problem.weights,
        problem.rules,
        problem.order,
        problem.attrs,
        problem.notes,
        start=np.arange(n + 1, dtype=np.int64) * m,
        site=np.tile(np.arange(m), n),
        impedance=problem.measure.distance(problem.demand_xy[:, None, :], problem.site_xy[None, :, :]).ravel(),
        by_position=problem.by_position,
    )


def _ranks(ids: np.ndarray[tuple[int], np.dtype[np.object_]]) -> Ints:
    return np.arange(len(ids)) if pd.Index(ids).is_monotonic_increasing else np.argsort(ids, kind="stable")


def _weights(points: Points, weights: ValuesInput | None, faults: list[Fault]) -> tuple[Floats, Ints]:
    """Return the weight of each demand point, and the points in the order of the weights."""
    size = len(points.demand_ids)
    if weights is None:
        return np.ones(size), np.arange(size)
    ids, numbers = read_values(weights, "weights", faults, by_position=points.demand_ids)
    if not isinstance(weights, pd.Series | pd.DataFrame | Mapping):
        return (numbers if len(numbers) == size else np.ones(size)), np.arange(size)
    at = positions(ids, points.demand_ids)
    lacking = np.setdiff1d(np.arange(size), at)
    if len(lacking):
        repair = "Add their weights (0 for none), or take them out of the points."
        faults.append(Fault(f"the weights lack the points {listing(points.demand_ids[lacking])}", repair=repair))
    if (at < 0).any():
        repair = "Add their points, or take them out of the weights."
        faults.append(Fault(f"the weights name demand without a point: {listing(ids[at < 0])}", repair=repair))
    result = np.ones(size)
    result[at[at >= 0]] = numbers[at >= 0]
    return result, at


def _refuse_strangers(values: ValuesInput | float | None, name: str, sites: Any, faults: list[Fault]) -> None:
    if not isinstance(values, pd.Series | pd.DataFrame | Mapping):
        return
    ids = text_ids(list(values) if isinstance(values, Mapping) else values.index, "site", [])
    strange = ids[positions(ids, sites) < 0]
    if len(strange):
        repair = f"Add their points, or take them out of the {name}."
        faults.append(Fault(f"the {name} names sites without a point: {listing(strange)}", repair=repair))
