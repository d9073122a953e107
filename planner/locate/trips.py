"""The trips of vehicles along routes: where they can stop, and which routes can be driven with some sites open.

A trip goes from start to end by stops, each an open site; no stretch between two of these, half a detour at each stop
included, is longer than the reach. A route counts if it calls at one stop at least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.locate.problem import Flags, Problem
from planner.locate.setting import positions
from planner.locate.solver.compiled import compiled
from planner.locate.tables import Floats, Ints, ValuesInput, read_values, text_ids
from planner.units import TOLERANCE, tolerance

__all__ = ["Trips", "can_drive", "read_trips"]


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

    @cached_property
    def start(self) -> Ints:
        """Where each route's stops begin and end: route r has ``start[r]:start[r + 1]``, by position, then site id."""
        return np.searchsorted(self.row, np.arange(len(self.length) + 1))

    @cached_property
    def ways(self) -> tuple[Ints, Ints, Floats, Floats, Floats, float]:
        """The stops as the compiled loops take them: (start, site, position, half a detour, length, reach)."""
        return self.start, self.site, self.position, self.detour / 2, self.length, self.reach + tolerance(self.reach)

    def stops(self, route: int) -> Ints:
        """Return the stops of a route by position (ties: smaller site id)."""
        return np.arange(self.start[route], self.start[route + 1])

    def served(self, opened: Flags) -> Flags:
        """Return which routes can be driven with these open sites."""
        flags: Flags = _served(*self.ways, opened)
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
    near = np.flatnonzero((detour <= limit + tolerance(limit)) & ~problem.excluded[site])
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


@compiled
def can_drive(start, site, position, half, length, reach, opened, route, reached):  # type: ignore[no-untyped-def]
    """Return whether a route can be driven, walking from stop to stop; ``reached`` has room for a route's stops."""
    first, end = start[route], start[route + 1]
    for k in range(first, end):
        reached[k - first] = False
        if not opened[site[k]]:
            continue
        able = position[k] + half[k] <= reach
        for j in range(first, k):
            if able:
                break
            able = reached[j - first] and position[k] - position[j] + half[j] + half[k] <= reach
        if able and length[route] - position[k] + half[k] <= reach:
            return True
        reached[k - first] = able
    return False


@compiled
def _served(start, site, position, half, length, reach, opened):  # type: ignore[no-untyped-def]
    flags = np.zeros(length.size, np.bool_)
    reached = np.zeros(position.size, np.bool_)
    for route in range(length.size):
        flags[route] = can_drive(start, site, position, half, length, reach, opened, route, reached)
    return flags
