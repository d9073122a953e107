"""p-median with capacities: each site serves at most so much weight.

Every demand that some allowed site reaches must be served: by one site (single source), or split over several. Small
problems are one model of sites and pairs for the solver (Mulvey, Beck 1984), with the tight rows ``x_ij <= y_j``;
larger ones of a single source go to the engine of :mod:`planner.locate.capacitated.engine`, with the nearest sites of
each row where all pairs are too many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.capacitated.engine import solve_capacitated
from planner.locate.median.engine import common_grid
from planner.locate.median.nearest import Lists, make_lists, shortened
from planner.locate.point_problem import PointProblem, all_pairs, read_problem
from planner.locate.points import Points
from planner.locate.problem import Problem, make_problem
from planner.locate.setting import Setting, positions
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.tables import PairsInput, ValuesInput, counted, listing, read_values

__all__ = ["capacitated_p_median", "split_p_median"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Found: TypeAlias = "tuple[Flags | None, tuple[Ints, Floats] | None, float, mip.Status]"

_SMALL, _PAIRS, _NEAREST, _PER_SITE = 400, 1_000_000, 48, 8


def capacitated_p_median(
    pairs: PairsInput | Points,
    weights: ValuesInput | None,
    p: int,
    capacity: ValuesInput | float,
    *,
    demand: ValuesInput | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites and the assignment of least weighted travel, each demand served by one site.

    No open site serves more than its capacity. What a demand takes of it is its ``demand`` (by id; by default its
    weight), while ``weights`` count the travel: the field's instances have weights None and a demand. Infeasible where
    the demand that is reached does not fit. :class:`planner.locate.Points` need no table of pairs.

    >>> table = pd.DataFrame({"s": [0.0, 1.0, 2.0], "t": [9.0, 8.0, 7.0]}, index=["a", "b", "c"])
    >>> capacitated_p_median(table, None, 2, 2).objective
    8.0
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = read_problem(
            pairs, weights, required=required, excluded=excluded, existing=existing, capacity=capacity
        )
        if isinstance(problem, PointProblem) and len(problem.demand) * len(problem.sites) <= _PAIRS:
            problem = all_pairs(problem)
        count = problem.check_count(p)
        size = _sizes(problem, demand)
        found = _found(problem, size, count, clock, gap, seed, threads)
    opened, assigned, bound, status = found
    value = np.nan if assigned is None else _travel(problem, assigned[1])
    status, bound = _proven(value, bound, status)
    return make_solution(
        problem,
        "capacitated p-median",
        opened=opened,
        status=status,
        objective=value,
        bound=bound,
        maximise=False,
        clock=clock,
        notes=_reasons(problem, size, count, status, whole=True),
        assigned=assigned,
        parameters={"p": count},
    )


def split_p_median(
    pairs: PairsInput,
    weights: ValuesInput | None,
    p: int,
    capacity: ValuesInput | float,
    *,
    demand: ValuesInput | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> tuple[Solution, pd.DataFrame]:
    """Return the p new sites of least weighted travel where a demand may be split, and the table of its shares.

    ``demand`` is what counts against the capacity, as in :func:`capacitated_p_median`.

    The table has the columns demand, site, share (0 to 1) and impedance. In the Solution each demand is listed with the
    site of its largest share, and the objective counts all shares.

    >>> table = pd.DataFrame({"s": [1.0, 4.0], "t": [5.0, 6.0]}, index=["a", "b"])
    >>> solution, shares = split_p_median(table, {"a": 2, "b": 2}, 2, 3)
    >>> solution.objective, len(shares)
    (12.0, 3)
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = make_problem(
            pairs, weights, required=required, excluded=excluded, existing=existing, capacity=capacity
        )
        count = problem.check_count(p)
        pick = _pairs(problem)
        size = _sizes(problem, demand)
        outcome = mip.solve(_model(problem, size, pick, count, whole=False), clock, gap=gap, seed=seed, threads=threads)
    share = np.zeros(len(pick)) if outcome.x is None else outcome.x[len(problem.sites) :]
    value = np.nan if outcome.x is None else float(share @ _costs(problem, pick))
    status, bound = _proven(value, outcome.bound, outcome.status)
    solution = make_solution(
        problem,
        "split p-median",
        opened=_opened(problem, outcome),
        status=status,
        objective=value,
        bound=bound,
        maximise=False,
        clock=clock,
        notes=_reasons(problem, size, count, outcome.status, whole=False),
        assigned=None if outcome.x is None else _whole(problem, pick, share),
        parameters={"p": count},
    )
    used = pick[share > 1e-9]
    return solution, pd.DataFrame(
        {
            "demand": problem.demand[problem.row[used]],
            "site": problem.sites[problem.site[used]],
            "share": share[share > 1e-9],
            "impedance": problem.impedance[used],
        }
    )


def _proven(value: float, bound: float, status: mip.Status) -> tuple[mip.Status, float]:
    """Return the status and the bound: what is proven up to an allowed gap, or to rounding, is told apart."""
    if math.isnan(value):
        return status, bound
    if bound >= value * (1 - (1e-6 if status == "optimal" else 1e-9)):
        return "optimal", value
    return "feasible", bound


def _sizes(problem: Setting, demand: ValuesInput | None) -> Floats:
    """Return what each demand takes of a capacity."""
    if problem.capacity is None:
        raise ScenarioError("capacity is not given. Give one number, or a number for each site.")
    if demand is None:
        return problem.weights
    faults: list[Fault] = []
    ids, numbers = read_values(demand, "demand", faults, by_position=problem.by_position[0])
    at = positions(problem.demand, ids)
    if (at < 0).any() and not faults:
        faults.append(Fault(f"demand lacks {listing(problem.demand[at < 0])}", repair="Give a number for each (or 0)."))
    if faults:
        raise InputError(faults)
    return np.asarray(numbers[at])


def _found(
    problem: Problem | PointProblem, size: Floats, p: int, clock: Clock, gap: float, seed: int, threads: int
) -> Found:
    if isinstance(problem, PointProblem):
        return _by_loads(problem, size, p, clock, gap, seed, threads)
    least = -math.inf
    if len(problem.impedance) > _SMALL:
        found = _by_loads(problem, size, p, clock, gap, seed, threads)
        if found[0] is not None:
            return found
        least = found[2] if math.isfinite(found[2]) else least
    opened, assigned, bound, status = _by_model(problem, size, p, clock, gap, seed, threads)
    return opened, assigned, max(bound, least), status


def _by_model(problem: Problem, size: Floats, p: int, clock: Clock, gap: float, seed: int, threads: int) -> Found:
    pick = _pairs(problem)
    outcome = mip.solve(_model(problem, size, pick, p, whole=True), clock, gap=gap, seed=seed, threads=threads)
    assigned = None if outcome.x is None else _whole(problem, pick, outcome.x[len(problem.sites) :])
    return _opened(problem, outcome), assigned, outcome.bound, outcome.status


def _by_loads(
    problem: Problem | PointProblem, size: Floats, p: int, clock: Clock, gap: float, seed: int, threads: int
) -> Found:
    """Return what the engine finds; without an assignment it does not say why there is none."""
    assert problem.capacity is not None
    count = p + int(problem.existing.sum())
    rows = np.flatnonzero(problem.reached)
    if not len(rows):
        return None, None, -math.inf, "no_solution"
    lists, grid = _lists(problem, rows, max(_NEAREST, _PER_SITE * len(problem.sites) // max(1, count)))
    unit = mip.small_scale(size)  # a room of a billionth is not filled up by rounding
    limits: dict[str, Any] = {"grid": grid, "gap": gap, "seed": seed, "threads": threads}
    proof = solve_capacitated(lists, size[rows] / unit, problem.capacity / unit, problem.state, count, clock, **limits)
    if proof.served is None:
        return None, None, proof.bound, "no_solution"
    site, impedance = np.full(len(problem.demand), -1), np.full(len(problem.demand), np.nan)
    site[rows] = lists.site[proof.served.pair]
    impedance[rows] = _impedances(problem, rows, site[rows])
    value = _travel(problem, impedance)
    proven = proof.bound >= value * (1 - 1e-9)
    bound = value if proven else proof.bound
    return proof.served.open_sites, (site, impedance), bound, "optimal" if proven else "feasible"


def _lists(problem: Problem | PointProblem, rows: Ints, count: int) -> tuple[Lists, float]:
    """Return the pairs of the rows, weighed, only ``count`` a row where they are many, and the grid of all costs."""
    m, n = len(problem.sites), len(rows)
    if isinstance(problem, PointProblem):
        tree = problem.tree(~problem.excluded)
        complete, count = count >= len(tree.place), min(count, len(tree.place))
        site, distance = tree.nearest(problem.demand_xy[rows], count)
        cost = distance * problem.weights[rows, None]
        limit = np.full(n, np.inf) if complete else cost[:, -1].copy()  # compiled once, for a plain array
        start = np.arange(n + 1, dtype=np.int64) * count
        return Lists(start, site.ravel().astype(np.int32), cost.ravel(), limit, m), 0.0
    pick = problem.nearest_first
    pick = pick[~problem.excluded[problem.site[pick]]]
    row, cost = np.searchsorted(rows, problem.row[pick]), _costs(problem, pick)
    lists = make_lists(row, problem.site[pick], cost, rows=n, sites=m)
    return (lists if len(cost) <= _PAIRS else shortened(lists, count)), common_grid(cost)


def _impedances(problem: Problem | PointProblem, rows: Ints, sites: Ints) -> Floats:
    """Return the impedance of each row's pair with its site."""
    if isinstance(problem, PointProblem):
        return problem.measure.distance(problem.demand_xy[rows], problem.site_xy[sites])
    found = np.empty(len(rows))
    for at, (i, j) in enumerate(zip(rows, sites, strict=True)):
        pairs = slice(problem.start[i], problem.start[i + 1])
        found[at] = problem.impedance[pairs][np.searchsorted(problem.site[pairs], j)]
    return found


def _pairs(problem: Problem) -> Ints:
    return np.flatnonzero(~problem.excluded[problem.site])


def _costs(problem: Problem, pick: Ints) -> Floats:
    return np.asarray(problem.weights[problem.row[pick]] * problem.impedance[pick])


def _model(problem: Problem, size: Floats, pick: Ints, p: int, *, whole: bool) -> mip.Model:
    """Columns: sites y, pairs x (share of the demand). Rows: demand is served, x <= y, capacity, number of sites."""
    row, site = problem.row[pick], problem.site[pick]
    demand, row = np.unique(row, return_inverse=True)
    n, m, k = len(demand), len(problem.sites), len(pick)
    assert problem.capacity is not None
    at, sites, unit = np.arange(k), np.arange(m), mip.cost_scale(size)
    weight, room = size[problem.row[pick]] / unit, np.minimum(problem.capacity, size.sum()) / unit
    new = np.flatnonzero(~problem.existing)
    blocks = [
        (row, m + at, np.ones(k)),
        (n + at, m + at, np.ones(k)),
        (n + at, site, -np.ones(k)),
        (n + k + site, m + at, weight),
        (n + k + sites, sites, -room),
        (np.full(len(new), n + k + m), new, np.ones(len(new))),
    ]
    rows, columns, values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    always = problem.required | problem.existing
    return mip.Model(
        cost=np.concatenate([np.zeros(m), _costs(problem, pick)]),
        matrix=csc_array(coo_array((values, (rows, columns)), shape=(n + k + m + 1, m + k))),
        row_lower=np.concatenate([np.ones(n), np.full(k + m, -np.inf), [p]]),
        row_upper=np.concatenate([np.ones(n), np.zeros(k + m), [p]]),
        lower=np.concatenate([always.astype(float), np.zeros(k)]),
        upper=np.concatenate([(~problem.excluded).astype(float), np.ones(k)]),
        integer=np.concatenate([np.ones(m, bool), np.full(k, whole)]),
    )


def _opened(problem: Problem, outcome: mip.Outcome) -> Flags | None:
    return None if outcome.x is None else np.asarray(outcome.x[: len(problem.sites)] > 0.5)


def _whole(problem: Problem, pick: Ints, share: Floats) -> tuple[Ints, Floats]:
    """Return each demand's site of the largest share (the smaller id of equals) and its impedance."""
    site, impedance = np.full(len(problem.demand), -1), np.full(len(problem.demand), np.nan)
    used = np.flatnonzero(share > 1e-9)
    order = used[np.lexsort((-problem.site[pick[used]], share[used], problem.row[pick[used]]))]
    site[problem.row[pick[order]]] = problem.site[pick[order]]
    impedance[problem.row[pick[order]]] = problem.impedance[pick[order]]
    return site, impedance


def _travel(problem: Setting, impedance: Floats) -> float:
    served = ~np.isnan(impedance)
    return float(problem.weights[served] @ impedance[served])


def _reasons(problem: Setting, size: Floats, p: int, status: mip.Status, *, whole: bool) -> tuple[str, ...]:
    """Return why the demand does not fit; nothing where it does."""
    if status != "infeasible" or problem.capacity is None:
        return ()
    candidates = np.sort(problem.capacity[problem.candidates])[::-1]
    most = float(candidates[:p].sum() + problem.capacity[problem.existing].sum())
    needed = float(size[problem.reached].sum())
    large = problem.reached & (size > problem.capacity[~problem.excluded].max(initial=0.0) * (1 + 1e-9))
    if large.any() and whole:
        where = listing(problem.demand[large])
        return (f"no site is large enough for {where}: raise a capacity, or split demand with split_p_median",)
    if needed > most:
        held = f"the {counted(p, 'largest new site')} and the existing ones hold {most:,.10g}"
        return (f"the demand weighs {needed:,.10g}, {held}",)
    return (f"the demand ({needed:,.10g}) does not fit into {counted(p, 'new site')} within capacity and reach",)
