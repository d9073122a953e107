"""Flow covering: stations that intercept the most traffic on given routes, trucks above all.

A route counts when it passes an open station (Hodgson, 1990), perhaps with a detour up to a limit (Berman, Bertsimas
and Larson, 1995); with a driving range, when no stretch between start, stops and end is longer (Kuby and Lim, 2005,
on the expanded network of MirHassani and Ebrazi, 2013). Each flow counts once, however many stations it passes
(Berman, Larson and Fouskas, 1992).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csc_array

from planner.errors import Fault, InputError
from planner.locate.choice import Choice, read_choice
from planner.locate.cover.rows import cover_rows
from planner.locate.mclp import most_covered
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.setting import positions
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, Steps, read_standard, refuse_mixed
from planner.locate.tables import Floats, Ints, ValuesInput, read_values, text_ids
from planner.units import TOLERANCE

__all__ = ["Trips", "flow_cover", "read_trips", "site_table"]


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
            sets = cover_rows(problem, Steps((limit,), (1.0,)))
            found = most_covered(sets, problem.state, choice, clock, gap=gap, seed=seed, threads=threads)
            opened, bound = found.opened, found.bound
            counted = problem.nearest(opened, limit)[0] >= 0
        else:
            reach, more = read_standard(driving_range, problem, name="driving_range")
            notes += more
            trips = read_trips(problem, routes, lengths, limit, reach)
            opened, bound = _by_range(trips, choice, clock, gap, seed, threads)
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


@dataclass(frozen=True, eq=False)
class Trips:
    """The stops of routes by route and position (row, site, position, detour), and how far one gets without one."""

    problem: Problem
    row: Ints
    site: Ints
    position: Floats
    detour: Floats
    length: Floats
    reach: float

    def stops(self, route: int) -> Ints:
        """Return the stops of a route by position (ties: smaller site id)."""
        return np.arange(*np.searchsorted(self.row, [route, route + 1]))

    def arcs(self, route: int) -> tuple[Ints, Ints, Ints]:
        """Return the stops, and the arcs between start (0), stops (1 …) and end that are within the reach."""
        stops = self.stops(route)
        place = np.concatenate([[0.0], self.position[stops], [self.length[route]]])
        half = np.concatenate([[0.0], self.detour[stops] / 2, [0.0]])
        a, b = np.triu_indices(len(place), 1)
        within = place[b] - place[a] + half[a] + half[b] <= self.reach + TOLERANCE
        direct = (a == 0) & (b == len(place) - 1)
        keep = within & ~direct
        return stops, a[keep], b[keep]

    def served(self, opened: Flags) -> Flags:
        """Return which routes can be driven with these open sites, by walking each from stop to stop."""
        flags = np.zeros(len(self.problem.demand), bool)
        for route in range(len(flags)):
            stops, a, b = self.arcs(route)
            usable = np.concatenate([[True], opened[self.site[stops]], [True]])
            reached = np.zeros(len(stops) + 2, bool)
            reached[0] = True
            for i, j in zip(a, b, strict=True):
                reached[j] |= reached[i] and usable[j]
            flags[route] = reached[-1]
        return flags


def read_trips(
    problem: Problem, routes: pd.DataFrame, lengths: ValuesInput | None, limit: float, reach: float
) -> Trips:
    """Return the stops within the limit on detours at sites that may open; each row of the routes is one."""
    if "position" not in routes.columns:
        raise InputError("the routes lack the column position. A driving range needs how far along the route it is.")
    faults: list[Fault] = []
    names = [text_ids(routes[name].unique(), name, faults) for name in ("route", "site")]
    row = positions(names[0][pd.factorize(routes["route"])[0]], problem.demand)
    site = positions(names[1][pd.factorize(routes["site"])[0]], problem.sites)
    detour = _plain(routes["detour"]) if "detour" in routes.columns else np.zeros(len(routes))
    position, length = _plain(routes["position"]), _lengths(problem, lengths, faults)
    near = np.flatnonzero((detour <= limit + TOLERANCE) & ~problem.excluded[site])
    for k in near[~((position[near] >= 0) & np.isfinite(position[near]))][:10]:
        what = f"position {routes['position'].iloc[k]} is not a number, zero or more"
        faults.append(Fault(what, id=f"{problem.demand[row[k]]} → {problem.sites[site[k]]}"))
    if faults:
        raise InputError(faults)
    near = near[np.lexsort((site[near], position[near], row[near]))]
    trips = Trips(problem, row[near], site[near], position[near], detour[near], length, reach)
    _refuse_beyond(trips)
    return trips


def _plain(values: pd.Series[Any]) -> Floats:
    """Return numbers, with NaN for what is none."""
    if pd.api.types.is_complex_dtype(values):
        return np.full(len(values), math.nan)
    return pd.to_numeric(values.astype(object), errors="coerce").to_numpy(float, na_value=math.nan)


def _lengths(problem: Problem, lengths: ValuesInput | None, faults: list[Fault]) -> Floats:
    if lengths is None:
        raise InputError("A driving range needs the lengths of the routes: lengths={route id: length}.")
    before = len(faults)
    ids, numbers = read_values(lengths, "lengths", faults, by_position=problem.by_position[0])
    at = positions(problem.demand, ids)
    if len(faults) == before:
        faults += [Fault("the route has no length", id=str(one)) for one in problem.demand[at < 0][:10]]
    return np.append(numbers, math.nan)[at]


def _refuse_beyond(trips: Trips) -> None:
    """A stop lies on its route."""
    ends = trips.length[trips.row]
    beyond = np.flatnonzero(trips.position > ends * (1 + 1e-9) + TOLERANCE)
    faults = [
        Fault(
            f"position {trips.position[k]:.10g} is beyond the end of the route, whose length is {ends[k]:.10g}",
            id=f"{trips.problem.demand[trips.row[k]]} → {trips.problem.sites[trips.site[k]]}",
            repair="Give both in the same unit, or correct one of them.",
        )
        for k in beyond[:10]
    ]
    if faults:
        raise InputError(faults)


def _by_range(trips: Trips, choice: Choice, clock: Clock, gap: float, seed: int, threads: int) -> tuple[Flags, float]:
    with clock.stage("model"):
        outcome = mip.solve(_model(trips, choice), clock, gap=gap, seed=seed, threads=threads)
    opened = _by_flow(trips, choice) if outcome.x is None else outcome.x[: len(trips.problem.sites)] > 0.5
    return opened, min(outcome.bound, float(trips.problem.weights.sum()))


def _by_flow(trips: Trips, choice: Choice) -> Flags:
    """Return sites by the flow that passes them, as many as the limits allow, where no time is left for the model."""
    problem = trips.problem
    flow = np.bincount(problem.site, problem.weights[problem.row], minlength=len(problem.sites))
    opened: Flags = problem.state == 1
    for site in np.argsort(-flow, kind="stable"):
        opened[site] |= not problem.excluded[site]
        if not choice.allows(opened):
            opened[site] = False
    return opened


def _model(trips: Trips, choice: Choice) -> mip.Model:
    """Return the model: one unit from start to end through open stops for each route that counts."""
    none = np.empty(0, np.int64)
    problem, entries = trips.problem, [(none, none, 0.0)]
    lower, upper = [np.empty(0)], [np.empty(0)]
    sites, routes = len(problem.sites), len(problem.demand)
    columns, rows = sites + routes, 0
    for route in range(routes):
        stops, a, b = trips.arcs(route)
        f, nodes = columns + np.arange(len(a)), len(stops) + 2
        columns += len(a)
        entries += [(rows + a, f, -1.0), (rows + b, f, 1.0)]
        entries += [(np.array([rows]), np.array([sites + route]), 1.0)]
        entries += [(np.array([rows + nodes - 1]), np.array([sites + route]), -1.0)]
        inner = (b > 0) & (b < nodes - 1)
        entries += [(rows + nodes + b[inner] - 1, f[inner], 1.0)]
        entries += [(rows + nodes + np.arange(len(stops)), trips.site[stops], -1.0)]
        lower += [np.zeros(nodes), np.full(len(stops), -math.inf)]
        upper += [np.zeros(nodes), np.zeros(len(stops))]
        rows += nodes + len(stops)
    for side in choice.sides():
        assert side.sites is not None
        at = np.flatnonzero(side.sites)
        entries += [(np.full(1, rows), np.array([j]), float(side.sites[j])) for j in at]
        lower.append(np.array([-math.inf]))
        upper.append(np.array([side.upper]))
        rows += 1
    row, column, value = (
        np.concatenate([entry[0] for entry in entries]),
        np.concatenate([entry[1] for entry in entries]),
        np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries]),
    )
    state = problem.state
    return mip.Model(
        cost=np.concatenate([np.zeros(sites), problem.weights, np.zeros(columns - sites - routes)]),
        matrix=csc_array(coo_array((value, (row, column)), shape=(rows, columns))),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        lower=np.concatenate([(state == 1).astype(float), np.zeros(columns - sites)]),
        upper=np.concatenate([(state >= 0).astype(float), np.ones(columns - sites)]),
        integer=np.arange(columns) < sites,
        maximise=True,
    )


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
