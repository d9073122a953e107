"""The smallest sets of forced sites to let go so that the rules can be kept: minimal corrections of least size.

    min Σ_d s_d    the rules · v,   y(site of d) + s_d ≥ 1 where d opens,   y(site of d) ≤ s_d where it shuts

solved anew with Σ_{d ∈ S} s_d ≤ |S| - 1 for each set S found, while the least size stays the same (minimum
cardinality correction sets; Liffiton and Sakallah, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.structure import structure_rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["smallest_revisions"]


def smallest_revisions(
    problem: NetworkProblem,
    rules: Sequence[Rule],
    forces: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    most: int = 12,
    time_limit: float = 60.0,
) -> list[tuple[int, ...]]:
    """Return the smallest sets of ``forces`` (positions) without which the rules can be kept, at most ``most`` of them.

    Each force is the sites that it opens and those that it shuts. An empty list: no set of forces would help, or the
    time did not suffice. The list ``[()]``: nothing is in the way.
    """
    clock = Clock(time_limit)
    model = _model(problem, rules, forces)
    slacks = len(model.cost) - len(forces) + np.arange(len(forces))
    found: list[tuple[int, ...]] = []
    while len(found) < most:
        outcome = mip.solve(model, clock)
        if outcome.status != "optimal" or outcome.x is None:
            break
        chosen = tuple(np.flatnonzero(outcome.x[slacks] > 0.5).tolist())
        if found and len(chosen) > len(found[0]):
            break
        found.append(chosen)
        if not chosen:
            break
        model = _without(model, slacks[list(chosen)])
    return sorted(found)


def _model(
    problem: NetworkProblem, rules: Sequence[Rule], forces: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> mip.Model:
    columns = Columns.asked_by(problem, rules)
    blocks = [*(rule.rows(problem, columns) for rule in rules), *structure_rows(problem, columns)]
    hard = Rows.stacked(blocks, columns.count)
    n, width = columns.count, columns.count + len(forces)
    entries, lower, upper = [], [], []
    for at, (opened, shut) in enumerate(forces):
        for site, state in [(site, 1.0) for site in opened] + [(site, 0.0) for site in shut]:
            options = np.flatnonzero(problem.option_site == site)
            slack = 1.0 if state else -1.0
            entries.append((np.append(options, n + at), np.append(np.ones(len(options)), slack)))
            lower.append(1.0 if state else -np.inf)
            upper.append(np.inf if state else 0.0)
    soft = Rows.of(entries, np.array(lower), np.array(upper), width)
    wide = sp.csr_array(sp.hstack([hard.matrix, sp.csr_array((hard.matrix.shape[0], len(forces)))]))
    rows = Rows.stacked([Rows(wide, hard.lower, hard.upper), soft], width)
    whole = np.append(columns.whole, np.ones(len(forces), dtype=bool))
    cost = np.append(np.zeros(n), np.ones(len(forces)))
    matrix = sp.csc_array(rows.matrix)
    return mip.Model(cost, matrix, rows.lower, rows.upper, np.zeros(width), np.ones(width), whole)


def _without(model: mip.Model, slacks: npt.NDArray[np.int64]) -> mip.Model:
    """Return the model without answers that let all of these forces go."""
    row = np.zeros((1, len(model.cost)))
    row[0, slacks] = 1.0
    return mip.Model(
        model.cost,
        sp.csc_array(sp.vstack([model.matrix, sp.csr_array(row)])),
        np.append(model.row_lower, -np.inf),
        np.append(model.row_upper, len(slacks) - 1.0),
        model.lower,
        model.upper,
        model.integer,
    )
