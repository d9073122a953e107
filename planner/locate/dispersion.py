"""Dispersion: p sites as far from each other as can be, by the least distance or by the sum (Kuby, 1987)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.largest_least import largest_least, least_between
from planner.locate.largest_sum import largest_sum
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.setting import unreached_note
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.tables import Floats, PairsInput, listing

__all__ = ["max_sum_dispersion", "p_dispersion", "site_problem"]


def p_dispersion(
    pairs: PairsInput,
    p: int,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return exactly p new sites whose least distance to each other, and to existing sites, is largest.

    ``pairs`` is a table from sites to sites. Where two directions differ, the shorter one counts; a pair that is
    missing is farther apart than every pair in the table. With fewer than two open sites there is no distance: p = 1
    is an error.

    >>> table = pd.DataFrame([[0, 5, 9], [5, 0, 4], [9, 4, 0]], index=["a", "b", "c"], columns=["a", "b", "c"])
    >>> p_dispersion(table, 2).sites
    ('a', 'c')
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = site_problem(pairs, required, excluded, existing)
        count = _check(problem, p)
        apart = _symmetric(problem, math.inf)
        total = count + int(problem.existing.sum())
        first = _spread(apart, problem.state, total)
        found = largest_least(apart, problem.state, total, first, clock, gap=gap, seed=seed, threads=threads)
    notes: tuple[str, ...] = ()
    value = least_between(apart, found.opened)
    if math.isinf(value):
        notes = ("no two open sites are a pair of the table: all are farther apart than any pair in it",)
    return _solution(problem, "p-dispersion", found.opened, value, found.bound, count, notes, clock)


def max_sum_dispersion(
    pairs: PairsInput,
    p: int,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return exactly p new sites with the largest sum of distances between open sites, each pair counted once.

    ``pairs`` is a complete table from sites to sites: a missing pair has no distance to add, and is an error. Where
    two directions differ, the shorter one counts.

    >>> table = pd.DataFrame([[0, 5, 9], [5, 0, 4], [9, 4, 0]], index=["a", "b", "c"], columns=["a", "b", "c"])
    >>> max_sum_dispersion(table, 2).objective
    9.0
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = site_problem(pairs, required, excluded, existing)
        count = _check(problem, p)
        apart = _symmetric(problem, math.nan)
        _refuse_missing(problem, apart)
        able, total = np.flatnonzero(~problem.excluded), count + int(problem.existing.sum())
        first = _spread(np.where(np.isnan(apart), -1.0, apart), problem.state, total)
        opened = np.zeros(len(apart), bool)
        with clock.stage("branch"):
            inside = np.ascontiguousarray(apart[np.ix_(able, able)])
            np.fill_diagonal(inside, 0.0)
            found = largest_sum(inside, problem.state[able], total, first[able], clock, gap=gap)
        opened[able] = found.opened
    return _solution(problem, "max-sum dispersion", opened, _sum(apart, opened), found.bound, count, (), clock)


def site_problem(
    pairs: PairsInput,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
) -> Problem:
    """Return the problem whose demand and sites are the same ids."""
    first = make_problem(pairs)
    if len(first.demand) and not set(first.demand) & set(first.sites):
        what = f"no id is in both the rows ({listing(first.demand, 3)}) and the columns ({listing(first.sites, 3)})"
        raise InputError(Fault(what, repair="Give a table from sites to the same sites."))
    ids = sorted({*first.demand, *first.sites})
    table = pd.DataFrame(
        {
            "origin": pd.Categorical(first.demand[first.row], categories=ids),
            "destination": pd.Categorical(first.sites[first.site], categories=ids),
            "impedance": first.impedance,
        }
    )
    problem = make_problem(table, required=required, excluded=excluded, existing=existing)
    return replace(problem, notes=first.notes[: len(first.notes) - len(unreached_note(first))])


def _check(problem: Problem, p: int) -> int:
    count = problem.check_count(p)
    standing = int(problem.existing.sum())
    if count + standing < 2:
        why = "the distance between sites is undefined for fewer than two open sites"
        raise ScenarioError(f"p = {count}: {why}. Choose p of 2 or more.")
    return count


def _symmetric(problem: Problem, missing: float) -> Floats:
    """Return the distances both ways, the shorter one where they differ; the diagonal is infinite."""
    size = len(problem.sites)
    apart: Floats = np.full((size, size), math.inf)
    np.minimum.at(apart, (problem.row, problem.site), problem.impedance)
    np.minimum(apart, apart.T.copy(), out=apart)
    apart[~np.isfinite(apart)] = missing
    np.fill_diagonal(apart, math.inf)
    return apart


def _refuse_missing(problem: Problem, apart: Floats) -> None:
    able = ~problem.excluded
    lost = np.argwhere(np.triu(np.isnan(apart) & able[:, None] & able[None, :], 1))
    if len(lost):
        names = [f"{problem.sites[i]} – {problem.sites[j]}" for i, j in lost[:10]]
        more = f" and {len(lost) - 10} more" if len(lost) > 10 else ""
        repair = "Give all distances between sites, or exclude the sites."
        raise InputError(Fault(f"these pairs of sites have no distance: {', '.join(names)}{more}", repair=repair))


def _sum(apart: Floats, opened: Flags) -> float:
    inside = apart[np.ix_(opened, opened)]
    return float(inside[np.triu_indices(len(inside), 1)].sum())


def _spread(apart: Floats, state: NDArray[np.int8], total: int) -> Flags:
    """Return a choice of so many sites by adding the farthest free one each time."""
    opened: Flags = state == 1
    nearest = apart[:, opened].min(axis=1, initial=math.inf)
    for _ in range(total - int(opened.sum())):
        far = nearest if opened.any() else np.where(np.isfinite(apart), apart, -1.0).max(axis=1)
        site = int(np.argmax(np.where((state == 0) & ~opened, far, -1.0)))
        opened[site] = True
        nearest = np.minimum(nearest, apart[:, site])
    return opened


def _solution(
    problem: Problem, name: str, opened: Flags, value: float, bound: float, p: int, notes: tuple[str, ...], clock: Clock
) -> Solution:
    near = bound <= value * (1 + 2e-9)
    nearest = np.full(len(problem.sites), -1), np.full(len(problem.sites), math.nan)
    return make_solution(
        problem, name, opened=opened, status="optimal" if near else "feasible", objective=value,
        bound=value if near else bound, maximise=True, clock=clock, notes=notes, assigned=nearest,
        parameters={"p": p},
    )  # fmt: skip
