"""The value of a solution by the plain definition of its problem, from the pairs of the open sites."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

from planner.locate.problem import Problem
from planner.locate.setting import Setting
from planner.locate.solution import Solution
from planner.locate.standard import Steps
from planner.locate.trips import Trips
from planner.units import tolerance

__all__ = ["Open", "intercepted", "new_price", "open_pairs", "recomputed"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Open:
    """The pairs of open sites as a table, what each demand takes of a capacity, and the stops of trips with a range."""

    problem: Problem
    pairs: pd.DataFrame
    sizes: Floats
    trips: Trips | None


def open_pairs(solution: Solution, problem: Problem, sizes: Floats, trips: Trips | None = None) -> Open:
    """Return the pairs of the open sites as a table."""
    table = pd.DataFrame(
        {
            "demand": problem.demand[problem.row],
            "site": problem.sites[problem.site],
            "impedance": problem.impedance,
            "weight": problem.weights[problem.row],
        }
    )
    return Open(problem, table[table["site"].isin(solution.sites)], sizes, trips)


def recomputed(solution: Solution, opened: Open) -> dict[str, float]:
    """Return the values of measures by name, with the objective under a blank name."""
    name, parameters = solution.problem, solution.parameters
    problem, pairs = opened.problem, opened.pairs
    if name in ("LSCP", "partial LSCP"):
        return {"": new_price(solution, problem)}
    if name == "MCLP" and isinstance(parameters.get("steps"), Steps):
        shares = pd.Series(parameters["steps"].share(pairs["impedance"].to_numpy()), index=pairs.index)
        best = shares.groupby(pairs["demand"]).max().reindex(problem.demand).fillna(0.0)
        return {"": float(best.to_numpy() @ problem.weights)}
    if name == "backup covering":
        once, twice = (_covered(opened, parameters["standard"], times) for times in (1, 2))
        mix = parameters["mix"]
        value = twice if mix is None else (1 - mix) * once + mix * twice
        return {"": value, "covered_once_weight": once, "covered_twice_weight": twice}
    if "dispersion" in name:
        return {"": _apart(solution, pairs, total=name.startswith("max-sum"))}
    if name == "capacitated MCLP" and problem.capacity is not None:
        return {"": _most_served(problem, pairs, parameters["steps"])}
    if name == "split p-median" and problem.capacity is not None:
        return {"": _least_split(opened)}
    if name in ("p-center", "weighted p-center"):
        factor = problem.weights if name.startswith("weighted") else np.ones(len(problem.demand))
        return {"": float((_nearest(opened) * factor).max(initial=0.0))}
    if name == "capacitated p-median":
        given = solution.assignment["impedance"].reindex(problem.demand).fillna(0.0)
        return {"": float(problem.weights @ given.to_numpy())}
    if name == "p-median":
        cost = 0.0 if problem.cost is None else new_price(solution, problem)
        return {"": float(problem.weights @ _nearest(opened)) + cost}
    if name == "lexicographic":
        values = {
            f"goal_{number}_{kind}": _goal(opened, kind, limit)
            for number, (kind, limit) in enumerate(parameters["goals"], start=1)
        }
        return {**values, "": list(values.values())[-1]}
    if name == "flow covering":
        return {"": float(problem.weights[intercepted(solution, opened)].sum())}
    return {}


def new_price(solution: Solution, problem: Setting) -> float:
    """Return what the new sites cost, each 1 where no cost is given."""
    opened = np.isin(problem.sites, list(solution.sites)) & ~problem.existing
    return float(opened.sum() if problem.cost is None else problem.cost[opened].sum())


def _nearest(opened: Open) -> Floats:
    """Return the impedance of each demand's nearest open site, zero where there is none."""
    least = opened.pairs.groupby("demand")["impedance"].min().reindex(opened.problem.demand)
    return least.fillna(0.0).to_numpy()


def _covered(opened: Open, limit: float, times: int) -> float:
    near = opened.pairs[opened.pairs["impedance"] <= limit + tolerance(limit)]
    count = near.groupby("demand").size().reindex(opened.problem.demand).fillna(0).to_numpy()
    return float(opened.problem.weights[count >= times].sum())


def _goal(opened: Open, kind: str, limit: float) -> float:
    if kind == "coverage":
        return _covered(opened, limit, 1)
    travel, weights = _nearest(opened), opened.problem.weights
    return float(weights @ travel) if kind == "travel" else float(travel[weights > 0].max(initial=0.0))


def _apart(solution: Solution, pairs: pd.DataFrame, *, total: bool) -> float:
    """Return the sum of the distances between open sites, or the least; the shorter of two directions counts."""
    ends = pairs[pairs["demand"].isin(solution.sites) & (pairs["demand"] != pairs["site"])]
    key = [frozenset(pair) for pair in zip(ends["demand"], ends["site"], strict=True)]
    apart = ends["impedance"].groupby(pd.Series(key, index=ends.index)).min()
    return float(apart.sum() if total else apart.min() if len(apart) else math.inf)


def intercepted(solution: Solution, opened: Open) -> NDArray[np.bool_]:
    """Return which routes count: a stop within the detour, and with a range no longer stretch without one."""
    detour, reach = solution.parameters["detour"], solution.parameters["driving_range"]
    near = opened.pairs[opened.pairs["impedance"] <= detour + tolerance(detour)]
    counts: NDArray[np.bool_] = np.isin(opened.problem.demand, near["demand"])
    if reach is None or opened.trips is None:
        return counts
    trips, able = opened.trips, np.isin(opened.problem.sites, list(solution.sites))
    for route in map(int, np.flatnonzero(counts)):
        at = [k for k in trips.stops(route) if able[trips.site[k]]]
        place, half = [0.0, *trips.position[at]], [0.0, *(trips.detour[at] / 2)]
        reached = [True]
        for k in range(1, len(place)):
            legs = (place[k] - place[i] + half[k] + half[i] for i in range(k) if reached[i])
            reached.append(min(legs, default=math.inf) <= reach + tolerance(reach))
        last = (trips.length[route] - place[k] + half[k] for k in range(1, len(place)) if reached[k])
        counts[route] = min(last, default=math.inf) <= reach + tolerance(reach)
    return counts


def _places(problem: Problem, pairs: pd.DataFrame) -> tuple[csr_array, csr_array]:
    """Return the 0-1 matrices demand × pairs and sites × pairs."""
    ones, at = np.ones(len(pairs)), np.arange(len(pairs))
    row = pd.Index(problem.demand).get_indexer(pd.Index(pairs["demand"]))
    site = pd.Index(problem.sites).get_indexer(pd.Index(pairs["site"]))
    by_demand = csr_array(coo_array((ones, (row, at)), (len(problem.demand), len(pairs))))
    return by_demand, csr_array(coo_array((ones, (site, at)), (len(problem.sites), len(pairs))))


def _unit(*values: Floats) -> float:
    """Return a unit that the tolerances of a linear program are small against."""
    return max((float(value.max(initial=0.0)) for value in values), default=1.0) or 1.0


def _most_served(problem: Problem, pairs: pd.DataFrame, steps: Steps) -> float:
    """Return the most weight, times its share, that open sites can serve within their capacities (transportation)."""
    share = steps.share(pairs["impedance"].to_numpy())
    pairs, share = pairs[share > 0], share[share > 0]
    if not len(pairs):
        return 0.0
    assert problem.capacity is not None
    held = np.where(np.isin(problem.demand, pairs["demand"]), problem.weights, 0.0)
    limits = np.concatenate([held, np.minimum(problem.capacity, held.sum())]) / (unit := _unit(held))
    return -float(linprog(-share, A_ub=vstack(_places(problem, pairs)), b_ub=limits).fun) * unit


def _least_split(opened: Open) -> float:
    """Return the least travel of all demand that is reached, split as the capacities of the open sites allow."""
    problem, pairs = opened.problem, opened.pairs
    if not len(pairs):
        return 0.0
    assert problem.capacity is not None
    by_demand, by_site = _places(problem, pairs)
    served = problem.reached
    size = np.where(served, opened.sizes, 0.0)
    room = np.minimum(problem.capacity, size.sum())
    cost, unit, row = (pairs["weight"] * pairs["impedance"]).to_numpy(), _unit(size), by_demand.T @ size
    paid = _unit(cost)
    load = csr_array(by_site.multiply(row[None, :] / unit))
    one = np.ones(int(served.sum()))
    found = linprog(cost / paid, A_ub=load, b_ub=room / unit, A_eq=by_demand[served], b_eq=one)
    return float(found.fun) * paid if found.status == 0 else math.inf
