"""The joint model: which sites open, as which type, so that stations and linked lounges reach the most people.

Maximal covering (Church and ReVelle, 1974) with types of sites, one station per centre, and a second way to be
reached: through a lounge that an open station can run.

    max  Σ_r w_r z_r
    z_r  ≤ Σ_{o ∈ S_r} y_o + Σ_{l ∈ L_r} u_l      row r is reached by a station or by a linked lounge
    u_l  ≤ Σ_{o ∈ R_l} y_o                        a lounge is linked only to an open station within the limit
    y ∈ {0, 1};  0 ≤ z, u ≤ 1;  and the rows of each rule in ``constraints``

An option o is an allowed pair of site and type. Once y is whole, u and z are whole at the optimum, so only y is
integer. Where a station may run any number of lounges, the links themselves are not needed here: every lounge within
the limit of an open station can be linked, and ``link_lounges`` then picks the nearest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.constraints import Columns, Rows, Rule
from planner.locate.network import CoverRows, NetworkProblem, cover_rows, covered_shares, linkable_lounges

__all__ = ["NetworkSolution", "link_lounges", "network_value", "solve_network"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NetworkSolution:
    """What was found and what is proven: open ``options`` (positions), value, bound, gap, status, seconds per stage."""

    status: mip.Status
    options: Ints
    objective: float
    bound: float
    seconds: Mapping[str, float]
    size: Mapping[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the value may be from the best possible, as a share of the bound; NaN without a value."""
        if not math.isfinite(self.objective) or not math.isfinite(self.bound):
            return math.nan
        return max(0.0, self.bound - self.objective) / max(abs(self.bound), 1e-12)


def solve_network(
    problem: NetworkProblem,
    rules: Sequence[Rule],
    *,
    time_limit: float = math.inf,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> NetworkSolution:
    """Return the best network under the rules, with its proof or its gap.

    The status is "optimal" only when the bound meets the value (within ``gap``); "infeasible" when no network keeps
    all rules; a time limit gives "feasible" with the best network so far, or "no_solution".
    """
    clock = Clock(time_limit)
    with clock.running():
        with clock.stage("reduce"):
            rows = cover_rows(problem)
        with clock.stage("build"):
            model = _assemble(problem, rules, rows)
        with clock.stage("solve"):
            outcome = mip.solve(model, clock, gap=gap, seed=seed, threads=threads)
    size = {"rows": model.matrix.shape[0], "columns": model.matrix.shape[1], "entries": int(model.matrix.nnz)}
    none = np.empty(0, dtype=np.int64)
    if outcome.x is None:
        return NetworkSolution(outcome.status, none, math.nan, outcome.bound, clock.seconds(), size)
    options = np.flatnonzero(outcome.x[: problem.n_options] > 0.5)
    value = network_value(problem, options)
    bound = max(outcome.bound, value)
    return NetworkSolution(outcome.status, options, value, bound, clock.seconds(), size)


def network_value(problem: NetworkProblem, options: Ints) -> float:
    """Return the weight that open options and the lounges they can run reach."""
    return float(problem.weights @ covered_shares(problem, options, linkable_lounges(problem, options)))


def link_lounges(problem: NetworkProblem, options: Ints) -> Ints:
    """Return for each lounge the position of the open option nearest to it, -1 where none is within the limit.

    Nearest means least travel; ties go to the option that stands first.
    """
    links = np.full(problem.n_lounges, -1, dtype=np.int64)
    usable = np.isin(problem.link_option, options)
    lounge, option, effort = (
        array[usable] for array in (problem.link_lounge, problem.link_option, problem.link_effort)
    )
    order = np.lexsort((option, effort, lounge))
    found, first = np.unique(lounge[order], return_index=True)
    links[found] = option[order][first]
    return links


def _assemble(problem: NetworkProblem, rules: Sequence[Rule], rows: CoverRows) -> mip.Model:
    columns = Columns(problem.n_options, problem.n_lounges, len(rows.weights))
    blocks = [_reach(rows, columns), _linking(problem, columns), *(rule.rows(problem, columns) for rule in rules)]
    cost = np.zeros(columns.count)
    cost[columns.rows] = rows.weights
    integer = np.zeros(columns.count, dtype=bool)
    integer[columns.options] = True
    return mip.Model(
        cost=cost,
        matrix=sp.csc_array(sp.vstack([block.matrix for block in blocks])),
        row_lower=np.concatenate([block.lower for block in blocks]),
        row_upper=np.concatenate([block.upper for block in blocks]),
        lower=np.zeros(columns.count),
        upper=np.ones(columns.count),
        integer=integer,
        maximise=True,
    )


def _reach(rows: CoverRows, columns: Columns) -> Rows:
    """Return z_r - Σ y - Σ u ≤ 0."""
    count = len(rows.weights)
    matrix = sp.csr_array(sp.hstack([-rows.reach, sp.eye_array(count)]))
    return Rows(matrix, np.full(count, -np.inf), np.zeros(count))


def _linking(problem: NetworkProblem, columns: Columns) -> Rows:
    """Return u_l - Σ y ≤ 0."""
    count = problem.n_lounges
    at = (problem.link_lounge, problem.link_option)
    runs = sp.csr_array((np.ones(len(problem.link_lounge)), at), shape=(count, problem.n_options))
    empty = sp.csr_array((count, columns.n_rows))
    matrix = sp.csr_array(sp.hstack([-runs, sp.eye_array(count), empty]))
    return Rows(matrix, np.full(count, -np.inf), np.zeros(count))
