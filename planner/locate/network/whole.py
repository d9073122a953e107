"""The integer master, with links in parts where that is enough, and with columns for what each centre chooses.

With the stations and the linked lounges decided, the links are a flow from stations to lounges, whose corners are whole
numbers (Hoffman and Kruskal, 1956) unless a rule or an earlier objective ties them to one another. How many options of
a type a centre opens is a whole number too: to branch on it splits the networks more evenly than to branch on one site
of many (Beale and Tomlin, 1970).
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from planner.locate.network.master import Master
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["solve_whole"]

_WHOLE = 1e-6


def solve_whole(
    model: mip.Model,
    master: Master,
    clock: Clock,
    *,
    absolute_gap: float = 1e-6,
    time_limit: float = math.inf,
    **solver: float,
) -> mip.Outcome:
    """Solve a program of the ``master``, as :func:`planner.locate.solver.mip.solve` does.

    Where links come out in parts they are decided once more, with all else that is whole as it was found. Where that
    gives up more than ``absolute_gap``, the master is solved with whole links from the start.
    """
    limited, end = master.behind.limited is not None, time.perf_counter() + time_limit

    def solved(program: mip.Model) -> mip.Outcome:
        wide = _with_choices(program, master.choices)
        left = max(end - time.perf_counter(), 0.0)
        outcome = mip.solve(
            wide,
            clock,
            absolute_gap=absolute_gap,
            time_limit=left,
            restart=not limited,
            **solver,  # type: ignore[arg-type]
        )
        return outcome if outcome.x is None else replace(outcome, x=outcome.x[: len(model.cost)])

    columns = master.layout.columns
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


def _with_choices(model: mip.Model, choices: sp.csr_array) -> mip.Model:
    """Return the program with a whole column for each of the ``choices``: the sum of its columns."""
    n = choices.shape[0]
    if not n or model.integer is None:
        return model
    none = np.zeros(n)
    return replace(
        model,
        cost=np.append(model.cost, none),
        matrix=sp.csc_array(sp.block_array([[model.matrix, None], [choices, -sp.eye_array(n)]])),
        row_lower=np.append(model.row_lower, none),
        row_upper=np.append(model.row_upper, none),
        lower=np.append(model.lower, none),
        upper=np.append(model.upper, np.diff(choices.indptr).astype(float)),
        integer=np.append(model.integer, np.ones(n, dtype=bool)),
    )
