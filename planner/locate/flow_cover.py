"""Flow covering: stations that intercept the most traffic on given routes, trucks above all.

A route counts when it passes an open station (Hodgson, 1990), perhaps with a detour up to a limit (Berman, Bertsimas
and Larson, 1995); with a driving range, when no stretch between start, stops and end is longer (Kuby and Lim, 2005,
on the expanded network of MirHassani and Ebrazi, 2013). Each flow counts once, however many stations it passes
(Berman, Larson and Fouskas, 1992).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.locate.choice import Choice, read_choice
from planner.locate.cover.rows import cover_rows
from planner.locate.flow_range import most_in_range
from planner.locate.mclp import most_covered
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, Steps, read_standard, refuse_mixed
from planner.locate.tables import ValuesInput
from planner.locate.trips import read_trips

__all__ = ["flow_cover", "site_table"]


def flow_cover(
    routes: pd.DataFrame,
    flows: ValuesInput | None,
    p: int | None = None,
    *,
    detour: Standard | None = None,
    driving_range: Standard | None = None,
    lengths: ValuesInput | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    budget: float | None = None,
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites, or those within a budget, that intercept the most flow.

    ``routes`` has a row per route and site near it: ``route``, ``site``, ``detour`` (how much longer the trip gets by
    calling there; without the column 0), and ``position`` (how far along the route; needed with ``driving_range``).
    ``flows`` are vehicles by route id, ``lengths`` the lengths of the routes. ``detour`` is the largest detour that
    drivers take. With ``driving_range`` a route counts if it calls at one open site at least, and every stretch
    between start, stops and end, half a detour at each stop included, is within the range.

    >>> routes = pd.DataFrame({"route": ["a", "a", "b"], "site": ["s", "t", "t"], "detour": [0.0, 300.0, 0.0]})
    >>> flow_cover(routes, {"a": 80, "b": 30}, 1, detour="500m").sites
    ('t',)
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        table = site_table(routes)
        problem = make_problem(
            table, flows, required=required, excluded=excluded, existing=existing, cost=cost
        )  # fmt: skip
        refuse_mixed([detour, driving_range])
        limit, notes = _limit(problem, detour)
        choice = read_choice(problem, p, budget)
        reach: float | None = None
        if driving_range is None:
            if lengths is not None:
                notes += ("the lengths of the routes count with a driving_range only: none is given",)
            sets = cover_rows(problem, Steps((limit,), (1.0,)))
            found = most_covered(sets, problem.state, choice, clock, gap=gap, seed=seed, threads=threads)
            opened, bound = found.opened, found.bound
            counted = problem.nearest(opened, limit)[0] >= 0
        else:
            reach, more = read_standard(driving_range, problem, name="driving_range")
            notes += more
            trips = read_trips(problem, routes, lengths, limit, reach)
            opened, bound = most_in_range(trips, choice, clock, gap=gap, seed=seed, threads=threads)
            counted = trips.served(opened)
    return _solution(problem, opened, bound, counted, (limit, reach), choice, notes, clock)


def site_table(routes: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of routes and sites with their detours.

    A route that passes a site at several positions, as one that loops does, calls there with the least detour.
    """
    if not isinstance(routes, pd.DataFrame):
        raise InputError(Fault("the routes are no table", repair="Give a DataFrame with the columns route and site."))
    count = {name: int((routes.columns == name).sum()) for name in ("route", "site", "detour", "position")}
    repair = "Columns: route, site, and where needed detour and position."
    faults = [
        Fault(f"the routes lack the column {name}", repair=repair) for name in ("route", "site") if not count[name]
    ]
    faults += [
        Fault(f"the routes have the column {name} more than once", repair=repair) for name in count if count[name] > 1
    ]
    if faults:
        raise InputError(faults)
    detour = routes["detour"] if count["detour"] else pd.Series(0.0, index=routes.index)
    table = pd.DataFrame({"origin": routes["route"], "destination": routes["site"], "impedance": detour})
    table.attrs = dict(routes.attrs)
    if not count["position"]:
        return table
    pair = [table["origin"].astype(object), table["destination"].astype(object)]
    again = (
        table.assign(at=routes["position"].astype(object)).groupby(pair, dropna=False)["at"].transform("nunique") > 1
    )
    if not again.any():
        return table
    least = pd.to_numeric(table["impedance"], errors="coerce").where(again).groupby(pair, dropna=False).rank("first")
    return table[~again | ~(least > 1)]


def _limit(problem: Problem, detour: Standard | None) -> tuple[float, tuple[str, ...]]:
    if detour is None:
        return float(problem.impedance.max(initial=0.0)), ()
    return read_standard(detour, problem, name="detour")


def _solution(
    problem: Problem, opened: Flags, bound: float, counted: Flags, limits: tuple[float, float | None], choice: Choice,
    notes: tuple[str, ...], clock: Clock,
) -> Solution:  # fmt: skip
    site, impedance = problem.nearest(opened, limits[0])
    site, impedance = np.where(counted, site, -1), np.where(counted, impedance, math.nan)
    value, total = float(problem.weights[counted].sum()), float(problem.weights.sum())
    near = bound - value <= 1e-6 * max(problem.grain, value)
    measures = {"flow": value, "share_of_flow": value / total if total > 0 else math.nan}
    measures["routes"] = float(counted.sum())
    parameters = {
        "p": None if math.isinf(choice.count) else int(choice.count),
        "budget": None if math.isinf(choice.budget) else choice.budget,
        "detour": limits[0],
        "driving_range": limits[1],
    }
    return make_solution(
        problem, "flow covering", opened=opened, status="optimal" if near else "feasible", objective=value,
        bound=value if near else bound, maximise=True, clock=clock, notes=notes, assigned=(site, impedance),
        parameters=parameters, measures=measures,
    )  # fmt: skip
