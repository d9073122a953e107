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

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csc_array

from planner.errors import Fault, InputError
from planner.locate.choice import Choice, read_choice
from planner.locate.cover.rows import cover_rows
from planner.locate.mclp import most_covered
from planner.locate.problem import TOLERANCE, Flags, Problem, make_problem
from planner.locate.setting import positions
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, Steps, read_standard
from planner.locate.tables import Floats, Ints, ValuesInput, read_values, text_ids

__all__ = ["flow_cover"]


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
        table = _table(routes)
        problem = make_problem(
            table, flows, required=required, excluded=excluded, existing=existing, cost=cost
        )  # fmt: skip
        limit, notes = _limit(problem, detour)
        choice = read_choice(problem, p, budget)
        if driving_range is None:
            sets = cover_rows(problem, Steps((limit,), (1.0,)))
            found = most_covered(sets, problem.state, choice, clock, gap=gap, seed=seed, threads=threads)
            opened, bound = found.opened, found.bound
            counted = problem.nearest(opened, limit)[0] >= 0
        else:
            reach, more = read_standard(driving_range, problem, name="driving_range")
            notes += more
            position, length = _positions(problem, routes), _lengths(problem, lengths)
            _refuse_beyond(problem, position, length)
            trips = _Trips(problem, position, length, limit, reach)
            opened, bound = _by_range(trips, choice, clock, gap, seed, threads)
            counted = trips.served(opened)
    if clock.interrupted:
        notes = (*notes, "interrupted: the best solution so far")
    return _solution(problem, opened, bound, counted, limit, choice, notes, clock)


def _table(routes: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(routes, pd.DataFrame):
        raise InputError(Fault("the routes are no table", repair="Give a DataFrame with the columns route and site."))
    lacking = [name for name in ("route", "site") if name not in routes.columns]
    if lacking:
        repair = "Columns: route, site, and where needed detour and position."
        raise InputError([Fault(f"the routes lack the column {name}", repair=repair) for name in lacking])
    detour = routes["detour"] if "detour" in routes.columns else pd.Series(0.0, index=routes.index)
    table = pd.DataFrame({"origin": routes["route"], "destination": routes["site"], "impedance": detour})
    table.attrs = dict(routes.attrs)
    return table


def _limit(problem: Problem, detour: Standard | None) -> tuple[float, tuple[str, ...]]:
    if detour is None:
        return float(problem.impedance.max(initial=0.0)), ()
    return read_standard(detour, problem, name="detour")


def _positions(problem: Problem, routes: pd.DataFrame) -> Floats:
    """Return the position along its route of each pair of the problem."""
    if "position" not in routes.columns:
        raise InputError("the routes lack the column position. A driving range needs how far along the route it is.")
    faults: list[Fault] = []
    names = [text_ids(routes[name].unique(), name, faults) for name in ("route", "site")]
    row = pd.Index(problem.demand).get_indexer(pd.Index(names[0][pd.factorize(routes["route"])[0]]))
    site = pd.Index(problem.sites).get_indexer(pd.Index(names[1][pd.factorize(routes["site"])[0]]))
    value = pd.to_numeric(routes["position"], errors="coerce").to_numpy(float)
    bad = ~(np.isfinite(value) & (value >= 0))
    faults += [
        Fault(f"position {routes['position'].iloc[i]} is not a number, zero or more", id=str(routes["route"].iloc[i]))
        for i in np.flatnonzero(bad)[:10]
    ]
    if faults:
        raise InputError(faults)
    known = dict(zip(zip(row, site, strict=True), value, strict=True))
    return np.array([known[pair] for pair in zip(problem.row, problem.site, strict=True)], float)


def _lengths(problem: Problem, lengths: ValuesInput | None) -> Floats:
    if lengths is None:
        raise InputError("A driving range needs the lengths of the routes: lengths={route id: length}.")
    faults: list[Fault] = []
    ids, numbers = read_values(lengths, "lengths", faults, by_position=problem.by_position[0])
    at = positions(problem.demand, ids)
    faults += [Fault("the route has no length", id=str(one)) for one in problem.demand[at < 0][:10]]
    if faults:
        raise InputError(faults)
    return numbers[at]


def _refuse_beyond(problem: Problem, position: Floats, length: Floats) -> None:
    """A stop lies on its route."""
    ends = length[problem.row]
    beyond = np.flatnonzero(position > ends * (1 + 1e-9) + TOLERANCE)
    faults = [
        Fault(
            f"position {position[k]:.10g} is beyond the end of the route, whose length is {ends[k]:.10g}",
            id=f"{problem.demand[problem.row[k]]} → {problem.sites[problem.site[k]]}",
            repair="Give both in the same unit, or correct one of them.",
        )
        for k in beyond[:10]
    ]
    if faults:
        raise InputError(faults)


@dataclass(frozen=True, eq=False)
class _Trips:
    """The stops of each route in order, and how far a vehicle gets without one."""

    problem: Problem
    position: Floats
    length: Floats
    detour: float
    reach: float

    def stops(self, route: int) -> Ints:
        """Return the usable pairs of a route by position (ties: smaller site id)."""
        at = np.arange(self.problem.start[route], self.problem.start[route + 1])
        near = self.problem.impedance[at] <= self.detour + TOLERANCE
        at = at[near & ~self.problem.excluded[self.problem.site[at]]]
        return at[np.argsort(self.position[at], kind="stable")]

    def arcs(self, route: int) -> tuple[Ints, Ints, Ints]:
        """Return the stops, and the arcs between start (0), stops (1 …) and end that are within the reach."""
        stops = self.stops(route)
        place = np.concatenate([[0.0], self.position[stops], [self.length[route]]])
        half = np.concatenate([[0.0], self.problem.impedance[stops] / 2, [0.0]])
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
            usable = np.concatenate([[True], opened[self.problem.site[stops]], [True]])
            reached = np.zeros(len(stops) + 2, bool)
            reached[0] = True
            for i, j in zip(a, b, strict=True):
                reached[j] |= reached[i] and usable[j]
            flags[route] = reached[-1]
        return flags


def _by_range(trips: _Trips, choice: Choice, clock: Clock, gap: float, seed: int, threads: int) -> tuple[Flags, float]:
    with clock.stage("model"):
        outcome = mip.solve(_model(trips, choice), clock, gap=gap, seed=seed, threads=threads)
    opened = _by_flow(trips, choice) if outcome.x is None else outcome.x[: len(trips.problem.sites)] > 0.5
    return opened, min(outcome.bound, float(trips.problem.weights.sum()))


def _by_flow(trips: _Trips, choice: Choice) -> Flags:
    """Return sites by the flow that passes them, as many as the limits allow, where no time is left for the model."""
    problem = trips.problem
    flow = np.bincount(problem.site, problem.weights[problem.row], minlength=len(problem.sites))
    opened: Flags = problem.state == 1
    for site in np.argsort(-flow, kind="stable"):
        opened[site] |= not problem.excluded[site]
        if not choice.allows(opened):
            opened[site] = False
    return opened


def _model(trips: _Trips, choice: Choice) -> mip.Model:
    """Return the model: one unit from start to end through open stops for each route that counts."""
    problem, entries, upper, lower = trips.problem, [], [], []
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
        entries += [(rows + nodes + np.arange(len(stops)), problem.site[stops], -1.0)]
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
    problem: Problem, opened: Flags, bound: float, counted: Flags, limit: float, choice: Choice,
    notes: tuple[str, ...], clock: Clock,
) -> Solution:  # fmt: skip
    site, impedance = problem.nearest(opened, limit)
    site, impedance = np.where(counted, site, -1), np.where(counted, impedance, math.nan)
    value, total = float(problem.weights[counted].sum()), float(problem.weights.sum())
    near = bound - value <= 1e-6 * max(problem.grain, value)
    measures = {"flow": value, "share_of_flow": value / total if total > 0 else math.nan}
    measures["routes"] = float(counted.sum())
    return make_solution(
        problem, "flow covering", opened=opened, status="optimal" if near else "feasible", objective=value,
        bound=value if near else bound, maximise=True, seconds=clock.seconds(), notes=notes, assigned=(site, impedance),
        parameters={"p": None if math.isinf(choice.count) else int(choice.count)}, measures=measures,
    )  # fmt: skip
