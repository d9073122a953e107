"""Recompute a solution from the tables, by other code than the one that found it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.check_points import check_points
from planner.locate.check_values import Open, intercepted, new_price, open_pairs, recomputed
from planner.locate.dispersion import site_problem
from planner.locate.flow_cover import site_table
from planner.locate.point_problem import PointProblem, read_problem
from planner.locate.points import Points
from planner.locate.problem import Problem, make_problem
from planner.locate.setting import Setting
from planner.locate.solution import Solution
from planner.locate.standard import Steps
from planner.locate.tables import Floats, PairsInput, ValuesInput, listing, read_values
from planner.locate.trips import Trips, read_trips
from planner.units import tolerance

__all__ = ["check"]

_SERVES_ALL = {"LSCP", "backup covering", "capacitated p-median", "split p-median", "p-center", "weighted p-center"}
_EXACTLY = {*_SERVES_ALL, "p-median", "p-dispersion", "max-sum dispersion"} - {"LSCP", "backup covering"}


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
    lengths: ValuesInput | None = None,
) -> list[str]:
    """Return what is wrong with a solution, in sentences; an empty list when it is sound.

    Give the tables (or points, or the routes, flows and ``lengths`` of :func:`planner.locate.flow_cover`) and rules
    that it was made from. Checked: every open site is known and allowed; required and existing ones are open; the
    number of new sites, their price and the budget; every assigned pair is in the tables, open, the nearest and within
    the standard; all who must be served are; capacities (``demand`` is what each takes of them, its weight by default);
    the value; and that status, bound and gap agree.

    >>> from planner.locate import check, mclp
    >>> pairs = pd.DataFrame([("D1", "S1", 4.0), ("D2", "S2", 9.0)], columns=["origin", "destination", "impedance"])
    >>> check(mclp(pairs, None, 5, 1), pairs)
    []
    """
    if not isinstance(solution, Solution):
        raise ScenarioError(f"solution = {solution!r} is no Solution. Give what a function of planner.locate returned.")
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
    routes: Any = pairs
    if solution.problem == "flow covering":
        pairs = site_table(routes)
    if isinstance(pairs, Points):
        problem: Problem | PointProblem = read_problem(pairs, weights, cost=cost, capacity=capacity, **rules)
    elif "dispersion" in solution.problem:
        problem = site_problem(pairs, **rules)
    else:
        problem = make_problem(pairs, weights, cost=cost, capacity=capacity, **rules)
    found = _words(solution)
    if solution.status not in ("optimal", "feasible"):
        return found
    strange = set(solution.sites) - set(problem.sites)
    if strange:
        return [*found, f"these open sites are not in the pairs: {listing(sorted(strange, key=str))}"]
    broken = _table(solution, problem)
    found += _sites(solution, problem) + broken
    if broken:
        return found
    sizes = _sizes(problem, demand)
    found += _loads(solution, problem, sizes)
    if isinstance(problem, PointProblem):
        return found + check_points(solution, problem)
    trips: Trips | None = None
    if solution.parameters.get("driving_range") is not None:
        trips = read_trips(
            problem, routes, lengths, solution.parameters["detour"], solution.parameters["driving_range"]
        )
    opened = open_pairs(solution, problem, sizes, trips)
    return found + _assignment(solution, problem, opened) + _value(solution, opened)


def _words(solution: Solution) -> list[str]:
    found, status = [], solution.status
    value, bound = solution.objective, solution.bound
    if status in ("infeasible", "no_solution"):
        if solution.sites or not math.isnan(value):
            found.append(f"called {status}, but with open sites or a value")
        return found
    if status not in ("optimal", "feasible"):
        return [f"the status {status!r} is not known"]
    if math.isnan(value) or math.isnan(bound):
        return [f"called {status}, but the value {value:g} or the bound {bound:g} is no number"]
    over = 0.0 if value == bound else (value - bound) if solution.maximise else (bound - value)
    if over > 1e-6 * abs(value):
        found.append(f"the bound {bound:.10g} crosses the value {value:.10g}")
    if status == "optimal" and abs(over) > 1e-6 * abs(value):
        found.append(f"called optimal, but the bound {bound:.10g} is not the value {value:.10g}")
    if status == "feasible" and over == 0 and solution.parameters.get("settled", True):
        found.append("called feasible, but the bound meets the value")
    return found


def _sites(solution: Solution, problem: Setting) -> list[str]:
    opened, found = set(solution.sites), []
    if len(opened) < len(solution.sites):
        found.append("a site is listed twice")
    if set(solution.existing) != set(problem.sites[problem.existing]):
        found.append("the existing sites are not those given")
    for flags, what in ((problem.required, "required"), (problem.existing, "existing")):
        closed = sorted(set(problem.sites[flags]) - opened)
        if closed:
            found.append(f"{what} sites are not open: {', '.join(closed)}")
    banned = sorted(set(problem.sites[problem.excluded]) & opened)
    if banned:
        found.append(f"excluded sites are open: {', '.join(banned)}")
    new = len(opened - set(problem.sites[problem.existing]))
    p = solution.parameters.get("p")
    if p is not None and (new > p or (new < p and solution.problem in _EXACTLY)):
        found.append(f"{new} new sites are open, {'more' if new > p else 'fewer'} than p = {p}")
    budget = solution.parameters.get("budget")
    if budget is not None and problem.cost is not None:
        price = new_price(solution, problem)
        if price > budget * (1 + 1e-9):
            found.append(f"the new sites cost {price:,.10g}, more than the budget {budget:,.10g}")
    return found


def _sizes(problem: Setting, demand: ValuesInput | None) -> Floats:
    """Return what each demand takes of a capacity."""
    faults: list[Fault] = []
    ids, sizes = problem.demand, problem.weights
    if demand is not None:
        ids, sizes = read_values(demand, "demand", faults, by_position=problem.by_position[0])
    if faults:
        raise InputError(faults)
    return np.asarray(pd.Series(sizes, ids).reindex(problem.demand).fillna(0.0), float)


def _loads(solution: Solution, problem: Setting, sizes: Floats) -> list[str]:
    if problem.capacity is None:
        return []
    given = solution.assignment
    if "served" in given:
        most = pd.Series(problem.weights, problem.demand)[given.index].where(given["site"] != "", 0.0)
        over = given.index[given["served"] > most * (1 + 1e-6) + 1e-6 * problem.grain]
        return [f"more is served than there is, or at no site: {listing(over)}"] if len(over) else []
    if solution.problem != "capacitated p-median":
        return []
    served = given[given["site"] != ""]
    load = pd.Series(sizes, problem.demand)[served.index].groupby(served["site"].to_numpy()).sum()
    room = pd.Series(problem.capacity, problem.sites).reindex(load.index)
    over = load.index[load > room * (1 + 1e-9)]
    return [f"these sites serve more than their capacity: {listing(over)}"] if len(over) else []


def _table(solution: Solution, problem: Setting) -> list[str]:
    """Return whether the assignment is a table of all demand: each id once, a site or none, an impedance or none."""
    given = solution.assignment
    if len(given) == 0 and "distinct_rows" in solution.measures:  # of pairs in pieces no assignment is kept
        return []
    if not {"site", "impedance"} <= set(given.columns):
        return ["the assignment lacks the column site or impedance"]
    if sorted(given.index, key=str) != sorted(problem.demand):
        return ["the assignment does not list each demand once"]
    lone = given.index[(given["site"] == "") != given["impedance"].isna()]
    return [f"demand has a site without an impedance, or the reverse: {listing(lone)}"] if len(lone) else []


def _limit(solution: Solution) -> float:
    steps = solution.parameters.get("steps")
    given = solution.parameters.get("standard", solution.parameters.get("detour"))
    limit = steps.limit if isinstance(steps, Steps) else given
    return math.inf if limit is None else float(limit)


def _assignment(solution: Solution, problem: Problem, opened: Open) -> list[str]:
    found, given = [], solution.assignment
    if len(given) == 0:
        return []
    pairs, limit = opened.pairs, _limit(solution)
    served = given[given["site"] != ""]
    if "dispersion" in solution.problem:
        return [f"sites apart serve no demand: {listing(served.index)}"] if len(served) else []
    closed = sorted(set(served["site"]) - set(solution.sites), key=str)
    if closed:
        found.append(f"demand is assigned to closed sites: {listing(closed)}")
    if (served["impedance"] > limit + tolerance(limit)).any():
        found.append("demand is assigned beyond the standard")
    known = pairs.set_index(["demand", "site"])["impedance"]
    keys = pd.MultiIndex.from_arrays([served.index, served["site"]])
    if not keys.isin(known.index).all() or not np.allclose(known.reindex(keys), served["impedance"]):
        found.append("an assigned pair, or its impedance, is not in the pairs")
    if problem.capacity is None and "served" not in given:
        near = pairs[pairs["impedance"] <= limit + tolerance(limit)].sort_values(["demand", "impedance", "site"])
        nearest = near.groupby("demand")["site"].first()
        if solution.problem == "flow covering":
            nearest = nearest[nearest.index.isin(problem.demand[intercepted(solution, opened)])]
        nearest = nearest.reindex(given.index).fillna("")
        differ = sorted(given.index[(nearest != given["site"]).to_numpy()])
        if differ:
            found.append(f"demand is not at its nearest open site: {listing(differ)}")
    if solution.problem in _SERVES_ALL and solution.parameters.get("mix") is None:
        able = (problem.impedance <= limit + tolerance(limit)) & ~problem.excluded[problem.site]
        left = np.intersect1d(given.index[given["site"] == ""], problem.demand[problem.row[able]])
        if len(left):
            found.append(f"demand that an allowed site can serve is not served: {listing(left)}")
    share = solution.parameters.get("share")
    if share is not None:
        weight = problem.weights[np.isin(problem.demand, served.index)].sum()
        whole = bool((problem.weights == np.round(problem.weights)).all())
        if weight < share * problem.weights.sum() * (1 - (1e-14 if whole else 2e-9)):
            found.append(f"the weight {weight:,.10g} is less than the share {share:g} of all")
    return found


def _value(solution: Solution, opened: Open) -> list[str]:
    found = []
    for name, value in recomputed(solution, opened).items():
        given = solution.measures.get(name, math.nan) if name else solution.objective
        close = math.isclose(
            value, given, rel_tol=1e-6, abs_tol=1e-9 * opened.problem.grain * ("capac" in solution.problem)
        )
        below = solution.problem == "split p-median" and solution.status == "feasible" and given > value
        if not (close or below):
            found.append(f"{name.replace('_', ' ') or 'the value'} is {value:.10g}, not {given:.10g}")
    return found
