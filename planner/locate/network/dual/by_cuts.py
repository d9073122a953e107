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

__all__ = ["Leaf", "Proof", "RuleMultiplier", "prove"]

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


@dataclass(frozen=True)
class Proof:
    """Leaves that together hold every network; ``complete`` where none of them is of more weight than was to be proven.

    If not, there is one leaf with nothing taken (none without a rule-abiding point): it proves the linear bound.
    """

    leaves: tuple[Leaf, ...]
    complete: bool


def prove(
    problem: NetworkProblem, rules: Sequence[Rule], enough: float, *, most_leaves: int = 64, time_limit: float = 60.0
) -> Proof:
    """Return a proof, by branching on options, that no network that keeps the rules covers more than ``enough`` weight.

    ``rules`` speak of options only. Leaving out others is sound: what holds for more networks holds for fewer, though
    the proof may then not be ``complete``; nor is it where that takes more than ``most_leaves`` or the time.
    """
    clock = Clock(time_limit)
    problem = replace(problem, n_phases=1)
    rows, point = unmerged_rows(problem)
    columns = Columns.of(problem, links=False)
    measure = Measure.of(problem, columns, "covered", rows)
    master = make_master(problem, rules, [measure], columns)
    terms = PeopleCovered().terms(problem, master.layout)
    left: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), ())]
    leaves: list[Leaf] = []
    root: tuple[Leaf, ...] = ()
    while left:
        closed, opened = left.pop()
        linear = linear_bound(master, terms, clock, closed=closed, opened=opened)
        if linear is None or len(leaves) + len(left) >= most_leaves or clock.stop():
            return Proof(root, complete=False)
        multipliers = _from_cuts(master, linear, problem.n_lounges)
        leaf = Leaf(closed, opened, point, *multipliers, tuple(_from_rules(master, linear)))
        root = root or (leaf,)
        y = linear.x[: problem.n_options]
        option = int(np.argmin(np.abs(y - 0.5)))
        if linear.bound <= enough:
            leaves.append(leaf)
        elif abs(y[option] - 0.5) >= 0.5 - _FRACTION:
            return Proof(root, complete=False)
        else:
            left += [((*closed, option), opened), (closed, (*opened, option))]
    return Proof(tuple(leaves), complete=True)


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


def _from_rules(master: Master, linear: LinearBound) -> list[RuleMultiplier]:
    found = []
    first = 0
    for number, rows in enumerate(master.rules):
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
