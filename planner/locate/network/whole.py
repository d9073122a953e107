"""The integer master, solved with the links in parts where that is enough: they are many, and mostly come out whole.

With the stations and the linked lounges decided, the links are a flow from stations to lounges, whose corners are whole
numbers (Hoffman and Kruskal, 1956) unless a rule or an earlier objective ties them to one another.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.locate.network.constraints import Columns
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["solve_whole"]

_WHOLE = 1e-6


def solve_whole(
    model: mip.Model, columns: Columns, clock: Clock, *, absolute_gap: float, **solver: float
) -> mip.Outcome:
    """Solve a master whose first columns are ``columns``, as :func:`planner.locate.solver.mip.solve` does.

    Where links come out in parts they are decided once more, with all else that is whole as it was found. Where that
    gives up more than ``absolute_gap``, the master is solved with whole links from the start.
    """

    def solved(program: mip.Model) -> mip.Outcome:
        return mip.solve(program, clock, absolute_gap=absolute_gap, restart=not columns.n_loads, **solver)  # type: ignore[arg-type]

    if not columns.explicit or model.integer is None:
        return solved(model)
    loose = model.integer.copy()
    loose[columns.links], loose[columns.lounges] = False, True
    outcome = solved(replace(model, integer=loose))
    if outcome.x is None or np.abs(outcome.x - np.round(outcome.x))[columns.links].max(initial=0.0) <= _WHOLE:
        return outcome
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[loose] = upper[loose] = np.round(outcome.x[loose])
    found = solved(replace(model, lower=lower, upper=upper))
    enough = max(absolute_gap, _WHOLE * abs(outcome.bound))
    if found.x is not None and (outcome.status != "optimal" or abs(found.objective - outcome.bound) <= enough):
        return replace(outcome, x=found.x, objective=found.objective)
    return solved(model)
