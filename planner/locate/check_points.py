"""Recompute a solution on points: every distance to an open site, block by block, without a search tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.point_problem import PointProblem
from planner.locate.setting import positions
from planner.locate.solution import Solution
from planner.locate.tables import Floats, Ints, listing

__all__ = ["check_points"]

_BLOCK = 200_000


def check_points(solution: Solution, problem: PointProblem) -> list[str]:
    """Return what is wrong with the assignment and the value, in sentences."""
    given = solution.assignment
    if sorted(given.index) != sorted(problem.demand):
        return ["the assignment does not list each demand once"]
    opened = np.flatnonzero(np.isin(problem.sites, list(solution.sites)))
    given = given.reindex(problem.demand)
    if problem.capacity is None:
        site, impedance = _nearest(problem, opened)
        differ, where = np.append(problem.sites, "")[site] != given["site"].to_numpy(), "not at its nearest open site"
    else:
        site = positions(given["site"].to_numpy(), problem.sites)
        impedance = np.where(site < 0, np.nan, problem.measure.distance(problem.demand_xy, problem.site_xy[site]))
        differ, where = problem.reached & ~np.isin(site, opened), "at no open site"
    found = []
    if differ.any():
        found.append(f"demand is {where}: {listing(problem.demand[differ])}")
    if not np.allclose(impedance, given["impedance"].to_numpy(dtype=float), equal_nan=True):
        found.append("an assigned impedance is not the distance of its points")
    value = _value(solution, problem, opened, impedance)
    if value is not None and abs(value - solution.objective) > 1e-6 * max(1.0, abs(value)):
        found.append(f"the value is {value:.10g}, not {solution.objective:.10g}")
    return found


def _nearest(problem: PointProblem, opened: NDArray[np.intp]) -> tuple[Ints, Floats]:
    """Return each demand's nearest open site, the smaller of equals (−1: none), and its impedance (NaN: none)."""
    site, impedance = np.full(len(problem.demand), -1), np.full(len(problem.demand), np.nan)
    size = max(1, _BLOCK // max(1, len(opened)))
    for begin in range(0, len(site) if len(opened) else 0, size):
        block = slice(begin, begin + size)
        apart = problem.measure.distance(problem.demand_xy[block, None, :], problem.site_xy[None, opened, :])
        least = apart.argmin(axis=1)
        site[block], impedance[block] = opened[least], apart[np.arange(len(least)), least]
    return site, impedance


def _value(solution: Solution, problem: PointProblem, opened: NDArray[np.intp], impedance: Floats) -> float | None:
    """Return the value by the plain definition of the problem; None where this file has none for it."""
    if solution.problem == "capacitated p-median":
        return float(problem.weights @ np.nan_to_num(impedance))
    if solution.problem == "p-median":
        new = opened[~problem.existing[opened]]
        cost = 0.0 if problem.cost is None else float(problem.cost[new].sum())
        return float(problem.weights @ np.nan_to_num(impedance)) + cost
    if solution.problem in ("p-center", "weighted p-center"):
        factor = problem.weights if solution.problem.startswith("weighted") else np.ones(len(impedance))
        return float(np.nan_to_num(factor * impedance).max(initial=0.0))
    return None
