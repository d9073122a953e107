"""Recompute a solution from the tables, by other code than the one that found it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.check_points import check_points
from planner.locate.point_problem import PointProblem, read_problem
from planner.locate.points import Points
from planner.locate.problem import TOLERANCE, Problem, make_problem
from planner.locate.setting import Setting
from planner.locate.solution import Solution
from planner.locate.standard import Steps
from planner.locate.tables import PairsInput, ValuesInput, read_values

__all__ = ["check"]


def check(
    solution: Solution,
    pairs: PairsInput | Points,
    weights: ValuesInput | None = None,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    capacity: ValuesInput | float | None = None,
    demand: ValuesInput | None = None,
) -> list[str]:
    """Return what is wrong with a solution, in sentences; an empty list when it is sound.

    Give the tables (or points) and rules that it was made from. Checked: every open site is known and allowed;
    required and existing ones are open; the number of new sites; every assigned pair is in the tables, open, the
    nearest and within the standard; capacities (``demand`` is what each takes of them, its weight by default); the
    value; and that status, bound and gap agree.

    >>> from planner.locate import check, mclp
    >>> pairs = pd.DataFrame([("D1", "S1", 4.0), ("D2", "S2", 9.0)], columns=["origin", "destination", "impedance"])
    >>> check(mclp(pairs, None, 5, 1), pairs)
    []
    """
    if not isinstance(solution, Solution):
        raise ScenarioError(f"solution = {solution!r} is no Solution. Give what a function of planner.locate returned.")
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
    if isinstance(pairs, Points):
        problem: Problem | PointProblem = read_problem(pairs, weights, cost=cost, capacity=capacity, **rules)
    else:
        problem = make_problem(pairs, weights, cost=cost, capacity=capacity, **rules)
    found = _words(solution)
    if solution.status in ("infeasible", "no_solution"):
        return found
    strange = sorted(set(solution.sites) - set(problem.sites))
    if strange:
        return [*found, f"these open sites are not in the pairs: {', '.join(strange)}"]
    found += _sites(solution, problem) + _loads(solution, problem, demand)
    if isinstance(problem, PointProblem):
        return found + check_points(solution, problem)
    if "dispersion" not in solution.problem:
        found += _assignment(solution, problem)
    found += _value(solution, problem)
    return found


def _words(solution: Solution) -> list[str]:
    found = []
    value, bound = solution.objective, solution.bound
    over = (value - bound) if solution.maximise else (bound - value)
    if over > 1e-6 * max(1.0, abs(value)):
        found.append(f"the bound {bound:.10g} crosses the value {value:.10g}")
    if solution.status == "optimal" and solution.gap > 1e-6 and abs(over) > 1e-6:
        found.append(f"called optimal with a gap of {solution.gap:.3%}")
    if solution.status in ("infeasible", "no_solution") and solution.sites:
        found.append(f"called {solution.status}, but with open sites")
    return found


def _sites(solution: Solution, problem: Setting) -> list[str]:
    opened, found = set(solution.sites), []
    if len(opened) < len(solution.sites):
        found.append("a site is listed twice")
    for flags, what in ((problem.required, "required"), (problem.existing, "existing")):
        closed = sorted(set(problem.sites[flags]) - opened)
        if closed:
            found.append(f"{what} sites are not open: {', '.join(closed)}")
    banned = sorted(set(problem.sites[problem.excluded]) & opened)
    if banned:
        found.append(f"excluded sites are open: {', '.join(banned)}")
    new = len(opened - set(problem.sites[problem.existing]))
    p = solution.parameters.get("p")
    if p is not None and new > p:
        found.append(f"{new} new sites are open, more than p = {p}")
    budget = solution.parameters.get("budget")
    if budget is not None and problem.cost is not None:
        price = _price(solution, problem)
        if price > budget * (1 + 1e-9) + 1e-9:
            found.append(f"the new sites cost {price:,.10g}, more than the budget {budget:,.10g}")
    return found


def _price(solution: Solution, problem: Setting) -> float:
    opened = np.isin(problem.sites, list(solution.sites)) & ~problem.existing
    return float(opened.sum() if problem.cost is None else problem.cost[opened].sum())


def _loads(solution: Solution, problem: Setting, demand: ValuesInput | None) -> list[str]:
    if solution.problem != "capacitated p-median" or problem.capacity is None:
        return []
    faults: list[Fault] = []
    given = (problem.demand, problem.weights)
    ids, sizes = given if demand is None else read_values(demand, "demand", faults, by_position=problem.by_position[0])
    if faults:
        raise InputError(faults)
    served = solution.assignment[solution.assignment["site"] != ""]
    load = pd.Series(sizes, ids).reindex(served.index).groupby(served["site"].to_numpy()).sum()
    room = pd.Series(problem.capacity, problem.sites).reindex(load.index)
    over = load.index[load > room * (1 + 1e-9) + 1e-9]
    return [f"these sites serve more than their capacity: {', '.join(over)}"] if len(over) else []


def _limit(solution: Solution) -> float:
    steps = solution.parameters.get("steps")
    limit = steps.limit if isinstance(steps, Steps) else solution.parameters.get("standard")
    return math.inf if limit is None else float(limit)


def _open_pairs(solution: Solution, problem: Problem) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "demand": problem.demand[problem.row],
            "site": problem.sites[problem.site],
            "impedance": problem.impedance,
            "weight": problem.weights[problem.row],
        }
    )
    return table[table["site"].isin(solution.sites)]


def _assignment(solution: Solution, problem: Problem) -> list[str]:
    found, given = [], solution.assignment
    if len(given) == 0 and len(problem.demand):
        return []
    if sorted(given.index) != sorted(problem.demand):
        return ["the assignment does not list each demand once"]
    pairs = _open_pairs(solution, problem)
    served = given[given["site"] != ""]
    closed = sorted(set(served["site"]) - set(solution.sites))
    if closed:
        found.append(f"demand is assigned to closed sites: {', '.join(closed)}")
    limit = _limit(solution)
    if (served["impedance"] > limit + TOLERANCE).any():
        found.append("demand is assigned beyond the standard")
    known = pairs.set_index(["demand", "site"])["impedance"]
    keys = pd.MultiIndex.from_arrays([served.index, served["site"]])
    if not keys.isin(known.index).all() or not np.allclose(known.reindex(keys), served["impedance"]):
        found.append("an assigned pair, or its impedance, is not in the pairs")
    if problem.capacity is None and "served" not in given:
        near = pairs[pairs["impedance"] <= limit + TOLERANCE].sort_values(["demand", "impedance", "site"])
        nearest = near.groupby("demand")["site"].first().reindex(given.index).fillna("")
        differ = sorted(given.index[(nearest != given["site"]).to_numpy()])
        if differ:
            found.append(f"demand is not at its nearest open site: {', '.join(differ[:10])}")
    return found


def _value(solution: Solution, problem: Problem) -> list[str]:
    value = _recomputed(solution, problem)
    if value is None or (math.isinf(value) and value == solution.objective):
        return []
    if abs(value - solution.objective) > 1e-6 * max(1.0, abs(value)):
        return [f"the value is {value:.10g}, not {solution.objective:.10g}"]
    return []


def _recomputed(solution: Solution, problem: Problem) -> float | None:
    """Return the value by the plain definition of the problem; None where this file has none for it."""
    name, parameters = solution.problem, solution.parameters
    pairs = _open_pairs(solution, problem)
    if name in ("LSCP", "partial LSCP"):
        return _price(solution, problem)
    if name == "MCLP" and isinstance(parameters.get("steps"), Steps):
        shares = pd.Series(parameters["steps"].share(pairs["impedance"].to_numpy()), index=pairs.index)
        best = shares.groupby(pairs["demand"]).max().reindex(problem.demand).fillna(0.0)
        return float(best.to_numpy() @ problem.weights)
    if name == "backup covering":
        near = pairs[pairs["impedance"] <= _limit(solution) + TOLERANCE]
        times = near.groupby("demand").size().reindex(problem.demand).fillna(0).to_numpy()
        once, twice = problem.weights[times >= 1].sum(), problem.weights[times >= 2].sum()
        mix = parameters["mix"]
        return float(twice if mix is None else (1 - mix) * once + mix * twice)
    if "dispersion" in name:
        ends = pairs[pairs["demand"].isin(solution.sites) & (pairs["demand"] != pairs["site"])]
        key = [frozenset(pair) for pair in zip(ends["demand"], ends["site"], strict=True)]
        apart = ends["impedance"].groupby(pd.Series(key, index=ends.index)).min()
        return float(apart.sum() if name.startswith("max-sum") else apart.min() if len(apart) else math.inf)
    if name == "capacitated MCLP" and problem.capacity is not None:
        return _most_served(problem, pairs, parameters["steps"])
    if name == "p-center":
        return float(solution.assignment["impedance"].max())
    if name == "weighted p-center":
        return float((solution.assignment["impedance"] * pd.Series(problem.weights, index=problem.demand)).max())
    if name == "capacitated p-median":
        given = solution.assignment["impedance"].reindex(problem.demand).fillna(0.0)
        return float(problem.weights @ given.to_numpy())
    if name == "p-median":
        least = pairs.groupby("demand")["impedance"].min().reindex(problem.demand).fillna(0.0)
        return float(problem.weights @ least.to_numpy()) + _cost(solution, problem)
    return None


def _cost(solution: Solution, problem: Problem) -> float:
    return 0.0 if problem.cost is None else _price(solution, problem)


def _most_served(problem: Problem, pairs: pd.DataFrame, steps: Steps) -> float:
    """Return the most weight, times its share, that open sites can serve within their capacities (transportation)."""
    share = steps.share(pairs["impedance"].to_numpy())
    pairs, share = pairs[share > 0], share[share > 0]
    if not len(pairs):
        return 0.0
    row = pd.Index(problem.demand).get_indexer(pd.Index(pairs["demand"]))
    site = pd.Index(problem.sites).get_indexer(pd.Index(pairs["site"])) + len(problem.demand)
    entries = (np.ones(2 * len(pairs)), (np.concatenate([row, site]), np.tile(np.arange(len(pairs)), 2)))
    limits = np.concatenate([problem.weights, problem.capacity if problem.capacity is not None else []])
    return -float(linprog(-share, A_ub=csc_array(coo_array(entries, (len(limits), len(pairs)))), b_ub=limits).fun)
