"""Multipliers that prove a bound on the covered weight: anyone can add them up, without a solver.

With 0 ≤ ρ_r ≤ 1 for each cover row, μ_l ≥ 0 for each lounge and π_k for each rule row a_k y ≤ b_k (π_k ≥ 0; ≤ 0 for ≥),
Lagrangian relaxation of all rows leaves, for every y, u and z (Geoffrion, 1974),

    F ≤ Σ_r w_r (1 - ρ_r) + Σ_l max(0, Σ_{r ∋ l} w_r ρ_r - μ_l) + Σ_k π_k b_k
        + Σ_o max(0, Σ_{r ∋ o} w_r ρ_r + Σ_{l ∋ o} μ_l - Σ_k π_k a_ko).

The best multipliers are the duals of the linear bound: ρ_r is how often the tight cuts count row r as open, weighted by
their duals, and μ_l likewise for the lounges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.coverage import Measure
from planner.locate.network.master import LinearBound, Master, linear_bound, make_master
from planner.locate.network.objectives import PeopleCovered
from planner.locate.network.problem import NetworkProblem, unmerged_rows
from planner.locate.solver.clock import Clock

__all__ = ["Leaf", "RuleMultiplier", "prove"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_NOTHING = 1e-12
_FRACTION = 1e-6
_DECIMALS = 9


@dataclass(frozen=True)
class RuleMultiplier:
    """The multiplier π of one row of a rule (its position among the rules), and the options that the row speaks of."""

    rule: int
    options: Ints
    value: float


@dataclass(frozen=True)
class Leaf:
    """Options taken as closed and as opened, and the multipliers that bound the covered weight of all such networks.

    ``point`` names the point of each cover row (the rows of a point in falling order of share); ``rho`` are the rows'
    multipliers, ``mu`` the lounges'.
    """

    closed: tuple[int, ...]
    opened: tuple[int, ...]
    point: Ints
    rho: Floats
    mu: Floats
    rules: tuple[RuleMultiplier, ...]


def prove(
    problem: NetworkProblem, rules: Sequence[Rule], enough: float, *, most_leaves: int = 64, time_limit: float = 60.0
) -> tuple[Leaf, ...]:
    """Return leaves of a branching on options: together they hold every network, none of more than ``enough`` weight.

    Where that takes more than ``most_leaves`` or the time, one leaf with nothing taken is returned: the linear bound.
    Rules that speak of links, loads or phases are left out: without them the bounds hold, though they may be weaker.
    """
    clock = Clock(time_limit)
    plain = [number for number, rule in enumerate(rules) if _of_sites(problem, rule)]
    problem = replace(problem, n_phases=1)
    rows, point = unmerged_rows(problem)
    columns = Columns.of(problem, links=False)
    measure = Measure.of(problem, columns, "covered", rows)
    master = make_master(problem, [rules[number] for number in plain], [measure], columns)
    terms = PeopleCovered().terms(problem, master.layout)
    left: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), ())]
    leaves: list[Leaf] = []
    root: tuple[Leaf, ...] = ()
    while left:
        closed, opened = left.pop()
        linear = linear_bound(master, terms, clock, closed=closed, opened=opened)
        if linear is None or len(leaves) + len(left) >= most_leaves or clock.stop():
            return root
        multipliers = _from_cuts(master, linear, problem.n_lounges)
        leaf = Leaf(closed, opened, point, *multipliers, tuple(_from_rules(master, linear, plain)))
        root = root or (leaf,)
        y = linear.x[: problem.n_options]
        option = int(np.argmin(np.abs(y - 0.5)))
        if linear.bound <= enough or abs(y[option] - 0.5) >= 0.5 - _FRACTION:
            leaves.append(leaf)
        else:
            left += [((*closed, option), opened), (closed, (*opened, option))]
    return tuple(leaves)


def _of_sites(problem: NetworkProblem, rule: Rule) -> bool:
    """Whether a rule speaks of which sites open as what, and of nothing else."""
    if rule.needs_links or rule.needs_loads:
        return False
    rows = rule.rows(problem, Columns.of(problem, links=False))
    return int(rows.matrix.indices.max(initial=0)) < problem.n_options


def _from_cuts(master: Master, linear: LinearBound, n_lounges: int) -> tuple[Floats, Floats]:
    coverage, n_parts = master.coverage, len(master.layout.unit)
    part = coverage.parts.tocsc().indices
    rho: Floats = np.zeros(len(part))
    mu: Floats = np.zeros(n_lounges)
    for cut in linear.cuts:
        weight = np.zeros(n_parts)
        weight[cut.parts] = np.maximum(cut.duals, 0.0) / master.layout.unit[cut.parts]
        counted = weight[part] * coverage.open_rows(cut.point)
        rho += counted
        reached = coverage.through.T @ (counted * coverage.weights * coverage.unit[part])
        mu += np.where(coverage.open_lounges(cut.point), reached, 0.0)
    rho = np.clip(rho, 0.0, 1.0)
    return rho.round(_DECIMALS), mu.round(_DECIMALS)


def _from_rules(master: Master, linear: LinearBound, numbers: Sequence[int]) -> list[RuleMultiplier]:
    found = []
    first = 0
    for number, rows in zip(numbers, master.rules, strict=True):
        duals = linear.multipliers[first : first + len(rows.lower)]
        first += len(rows.lower)
        for row in np.flatnonzero(np.abs(duals) > _NOTHING):
            value = _allowed(float(duals[row]), rows, int(row))
            if value:
                start, end = rows.matrix.indptr[row : row + 2]
                found.append(RuleMultiplier(number, rows.matrix.indices[start:end].astype(np.int64), value))
    return found


def _allowed(value: float, rows: Rows, row: int) -> float:
    """Return the multiplier where its sign suits the row: π ≥ 0 needs an upper, π ≤ 0 a lower limit."""
    limit = rows.upper[row] if value > 0 else rows.lower[row]
    return value if np.isfinite(limit) else 0.0
