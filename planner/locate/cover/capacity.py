"""Maximal covering where a site serves at most so much weight (Current and Storbeck, 1988); demand may be split.

    max Σ s_ij y_ij   with  Σ_j y_ij ≤ w_i,  Σ_i y_ij ≤ Q_j x_j,  y_ij ≤ w_i x_j

y_ij is the weight of row i served at site j, s_ij the share that counts there. Demand with equal sites and shares is
one row: since it may be split, that loses nothing. Weights are in a unit that the solver's tolerances are small
against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array

from planner.locate.choice import Choice
from planner.locate.problem import Flags, Problem
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.standard import Steps
from planner.locate.tables import Floats, Ints

__all__ = ["Served", "cover_with_capacity", "serve"]


@dataclass(frozen=True, eq=False)
class Served:
    """The weight that counts, and per pair of the problem the weight served."""

    value: float
    flow: Floats


@dataclass(frozen=True, eq=False)
class _Pairs:
    row: Ints
    site: Ints
    share: Floats
    weight: Floats


def cover_with_capacity(
    problem: Problem, steps: Steps, choice: Choice, clock: Clock, *, gap: float, seed: int, threads: int
) -> tuple[Flags | None, float]:
    """Return the open sites (None without an answer) and the bound that is proven."""
    share = steps.share(problem.impedance)
    useful = (share > 0) & ~problem.excluded[problem.site] & (problem.weights[problem.row] > 0)
    unit, capacity = _in_units(problem, useful)
    pairs = _rows(problem, share, useful, unit)
    with clock.stage("model"):
        outcome = mip.solve(_model(problem, pairs, capacity, choice), clock, gap=gap, seed=seed, threads=threads)
    opened = None if outcome.x is None else outcome.x[: len(problem.sites)] > 0.5
    return opened, outcome.bound * unit


def _in_units(problem: Problem, useful: Flags) -> tuple[float, Floats]:
    """Return the unit of weight for the solver, and the capacities in it, none larger than all that useful pairs hold.

    Weight in no useful pair has no say in the unit: a million that nobody can serve would hide a thousandth.
    """
    assert problem.capacity is not None
    weights = problem.weights[np.unique(problem.row[useful])]
    unit = mip.cost_scale(weights)
    return unit, np.minimum(problem.capacity, weights.sum()) / unit


def _rows(problem: Problem, share: Floats, keep: Flags, unit: float) -> _Pairs:
    """Return the useful pairs with demand of equal sites and shares merged."""
    row, site, share = problem.row[keep], problem.site[keep], share[keep]
    ends = np.searchsorted(row, np.arange(len(problem.demand) + 1))
    places: dict[bytes, int] = {}
    first: list[int] = []
    total: list[float] = []
    for i in np.flatnonzero(np.diff(ends)):
        span = slice(ends[i], ends[i + 1])
        place = places.setdefault(site[span].tobytes() + share[span].tobytes(), len(first))
        if place == len(first):
            first.append(int(i))
            total.append(0.0)
        total[place] += float(problem.weights[i])
    spans = [np.arange(ends[i], ends[i + 1]) for i in first]
    index = np.concatenate(spans) if spans else np.empty(0, np.int64)
    lengths = [len(span) for span in spans]
    return _Pairs(np.repeat(np.arange(len(first)), lengths), site[index], share[index], np.array(total) / unit)


def _model(problem: Problem, pairs: _Pairs, capacity: Floats, choice: Choice) -> mip.Model:
    sites, rows, flows = len(problem.sites), len(pairs.weight), len(pairs.row)
    y = sites + np.arange(flows)
    weight = pairs.weight[pairs.row]
    ones, count = np.ones(flows), np.arange(flows)
    entries = [
        (pairs.row, y, ones),
        (rows + pairs.site, y, ones),
        (rows + np.arange(sites), np.arange(sites), -capacity),
        (rows + sites + count, y, ones),
        (rows + sites + count, pairs.site, -weight),
    ]
    upper = [pairs.weight, np.zeros(sites), np.zeros(flows)]
    size = rows + sites + flows
    for side in choice.sides():
        assert side.sites is not None
        entries.append((np.full(sites, size), np.arange(sites), side.sites))
        upper.append(np.array([side.upper]))
        size += 1
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    state = problem.state
    return mip.Model(
        cost=np.concatenate([np.zeros(sites), pairs.share]),
        matrix=csc_array(coo_array((value, (row, column)), shape=(size, sites + flows))),
        row_lower=np.full(size, -np.inf),
        row_upper=np.concatenate(upper),
        lower=np.concatenate([(state == 1).astype(float), np.zeros(flows)]),
        upper=np.concatenate([(state >= 0).astype(float), weight]),
        integer=np.arange(sites + flows) < sites,
        maximise=True,
    )


def serve(problem: Problem, steps: Steps, opened: Flags) -> Served:
    """Return how these open sites serve the most that counts, and, with that kept, with the least travel."""
    share = steps.share(problem.impedance)
    useful = (share > 0) & opened[problem.site] & (problem.weights[problem.row] > 0)
    unit, capacity = _in_units(problem, useful)
    at = np.flatnonzero(useful)
    flow = np.zeros(len(problem.site))
    if not len(at):
        return Served(0.0, flow)
    rows, sites = len(problem.demand), len(problem.sites)
    row = np.concatenate([problem.row[at], rows + problem.site[at], np.full(len(at), rows + sites)])
    value = np.concatenate([np.ones(2 * len(at)), share[at]])
    matrix = csc_array(coo_array((value, (row, np.tile(np.arange(len(at)), 3))), shape=(rows + sites + 1, len(at))))
    limits = np.concatenate([problem.weights / unit, capacity, [np.inf]])

    def best(cost: Floats, least: float, maximise: bool) -> mip.Outcome:
        lower = np.append(np.full(rows + sites, -np.inf), least)
        model = mip.Model(cost, matrix, lower, limits, np.zeros(len(at)), np.full(len(at), np.inf), maximise=maximise)
        return mip.solve(model, Clock(np.inf))

    most = best(share[at], 0.0, True)
    nearest = best(problem.impedance[at], most.objective * (1 - 1e-9) - 1e-9, False)
    found = most.x if nearest.x is None else nearest.x
    flow[at] = 0.0 if found is None else np.maximum(0.0, found) * unit
    return Served(most.objective * unit, flow)
