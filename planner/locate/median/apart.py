r"""p-medians whose pairs fall apart: each part is solved for the few counts of sites that it may hold.

What the root leaves of the pairs may join nothing but the rows and sites of one cluster, so that clusters share the
count of sites alone. With :math:`f_c(k)` the least cost of part c with k sites open, the least of all is
:math:`\min \sum_c f_c(k_c)` over counts that add up: an allocation by dynamic programming (Bellman 1957). The table
starts from the Lagrangian bound, which is :math:`\sum u_i` and the k least reduced costs of a part; the counts of the
cheapest allocation are bounded by ascents of their own, then solved, the smallest part first (widest gap first, or
each part in turn: a third slower), until it is solved throughout or too dear.
Measured on fl1400 p = 200, where one tree on all parts left 0.15 % open in 20 s: proven in 9 s, four clusters of 276
rows, 1 s a count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.locate.median.bounds import ascend, begin, reduced_costs, start_multipliers
from planner.locate.median.branch import Node, Tree
from planner.locate.median.nearest import Lists, cut
from planner.locate.median.search import Neighbourhood, greedy, improve, neighbourhood, total_cost
from planner.locate.solver.clock import Clock

__all__ = ["Solver", "solve_apart"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Solver = Callable[[Neighbourhood, Flags], tuple[Flags, float]]
"""Returns a set of a problem, the cheapest if it can, and a bound on the cost of every set; begins from a set."""

_LARGEST, _MOST_PARTS, _CHUNKS, _ROUNDS, _ROUNDING = 0.5, 500, 10, 50, 1e-4


@dataclass(slots=True)
class Part:
    """Rows and sites that no pair joins to others: ``least[t]`` bounds their cost with ``first + t`` sites open.

    ``sites``: their numbers in the whole; ``hood``: the part by itself; ``value``, ``sets``: the best known so far.
    """

    sites: Ints
    hood: Neighbourhood
    first: int
    least: Floats
    value: Floats
    sets: dict[int, Flags] = field(default_factory=dict)
    solved: set[int] = field(default_factory=set)

    def note(self, k: int, chosen: Flags) -> None:
        """Keep a set of k sites if it is the best so far."""
        value = total_cost(self.hood, chosen)
        if value < self.value[k - self.first]:
            self.value[k - self.first], self.sets[k] = value, chosen


def solve_apart(tree: Tree, hood: Neighbourhood, grid: float, clock: Clock, solve: Solver) -> None:
    """Close the root, or raise its bound, where it falls apart and no part has most of the free sites.

    ``grid``: every cost, limits of rows included, is a multiple of it (0: unknown).
    """
    root = tree.open_nodes[0]
    parts = _parts(tree, hood, root, grid)
    while parts and not clock.stop():
        bound, counts = _cheapest(parts, [part.least for part in parts], hood.least, hood.most)
        tree.open_nodes = [] if bound > tree.enough else [replace(root, bound=max(root.bound, bound))]
        pairs = list(zip(parts, counts, strict=True)) if tree.open_nodes else []
        rough = [(part, k) for part, k in pairs if k not in part.sets]
        unsolved = [(part, k) for part, k in pairs if k not in part.solved]
        if not unsolved:
            return
        for part, k in rough:
            if not clock.stop():
                _bound_count(part, k, grid, clock)
        if not rough:
            _solve_count(*min(unsolved, key=lambda pair: len(pair[0].sites)), solve, clock)
        value, counts = _cheapest(parts, [part.value for part in parts], hood.least, hood.most)
        if value < tree.value:
            tree.offer(hood, _union(parts, counts, hood))


def _bound_count(part: Part, k: int, grid: float, clock: Clock) -> None:
    """Find a set of k sites of a part, and raise its bounds by an ascent, whose multipliers bound other counts, too."""
    hood = replace(part.hood, least=k, most=k)
    forced = _forced(hood)
    if forced is not None:
        part.note(k, forced)
        return
    lists = hood.lists
    some, value = improve(hood, greedy(hood, clock), 0)
    part.note(k, some)
    ascent = begin(lists, start_multipliers(lists, some))
    for _ in range(_CHUNKS):
        ascend(lists, hood.fixed_cost, hood.state, k, k, ascent, target=value, enough=value, rounds=_ROUNDS)
        if clock.stop():
            break
    first, least = _least(ascent.u, _reduced(lists, hood.fixed_cost, ascent.u), hood.state, grid)
    begun = part.first - first
    part.least = np.maximum(part.least, least[begun : begun + len(part.least)])


def _solve_count(part: Part, k: int, solve: Solver, clock: Clock) -> None:
    """Find the least cost of a part with k sites open, or a bound on it."""
    hood, t = replace(part.hood, least=k, most=k), k - part.first
    part.solved.add(k)
    if _forced(hood) is None:
        chosen, bound = solve(hood, part.sets[k])
        part.note(k, chosen)
    else:
        bound = float(part.value[t])
    part.least[t] = max(part.least[t], bound)


def _forced(hood: Neighbourhood) -> Flags | None:
    """Return the only set of as many sites as have to be open, None where there are several."""
    opened, allowed = hood.state == 1, hood.state >= 0
    return opened if hood.most == opened.sum() else allowed if hood.least == allowed.sum() else None


def _union(parts: list[Part], counts: list[int], hood: Neighbourhood) -> Flags:
    chosen = np.zeros(len(hood.state), np.bool_)
    for part, k in zip(parts, counts, strict=True):
        chosen[part.sites] = part.sets[k]
    return chosen


def _parts(tree: Tree, hood: Neighbourhood, root: Node, grid: float) -> list[Part]:
    """Return the parts with the counts that may matter, none where the root does not fall apart.

    A row without an open site costs so much that the whole costs more than enough.
    """
    state, fixed = root.state, hood.fixed_cost
    lists = cut(root.lists, state, np.full(root.lists.rows, np.inf))
    row_part, site_part = _labels(lists, state)
    free = np.bincount(site_part[state == 0], minlength=1)
    if len(free) > _MOST_PARTS or free.max() > _LARGEST * free.sum():
        return []
    reduced = _reduced(lists, fixed, root.u)
    price, whole = _priced(root.u, reduced, state, hood.least, hood.most)
    slack = tree.enough - whole
    lists = replace(lists, limit=_limits(lists, root.u, max(0.0, slack), grid))
    parts = []
    for c in range(len(free)):
        rows, sites = np.flatnonzero(row_part == c), np.flatnonzero(site_part == c)
        first, least = _least(root.u[rows], reduced[sites], state[sites], grid)
        low = _low(root.u[rows], reduced[sites], state[sites], price)
        some = _some(lists, rows, sites)
        part = neighbourhood(some, some.limit, fixed[sites], state[sites], 0, len(sites))
        wanted = np.flatnonzero(least - price * np.arange(len(least)) - low <= slack)
        begin, end = (wanted[0], wanted[-1] + 1) if len(wanted) else (0, 0)
        parts.append(Part(sites, part, first + int(begin), least[begin:end], np.full(end - begin, np.inf)))
    return parts


def _labels(lists: Lists, state: NDArray[np.int8]) -> tuple[Ints, Ints]:
    """Return the part of each row and site (-1: closed); those without free sites or without rows are in part 0."""
    rows, size = lists.rows, lists.rows + lists.sites
    start = np.append(lists.start, np.full(lists.sites, lists.start[-1]))
    joined = csr_array((np.ones(len(lists.site), np.int8), rows + lists.site.astype(np.int64), start), (size, size))
    label = connected_components(joined, directed=False)[1].astype(np.int64)
    row_part, site_part = label[:rows], label[rows:]
    plain = ~(np.isin(np.arange(size), row_part) & np.isin(np.arange(size), site_part[state == 0]))
    number = np.where(plain, 0, np.cumsum(~plain))
    return number[row_part], np.where(state >= 0, number[site_part], -1)


def _priced(u: Floats, reduced: Floats, state: NDArray[np.int8], least: int, most: int) -> tuple[float, float]:
    """Return a price for each open site beyond those open by rule, and the Lagrangian bound with it."""
    free, opened = np.sort(reduced[state == 0]), int((state == 1).sum())
    least, most = max(0, least - opened), max(0, most - opened)
    wanted = min(max(int((free < 0).sum()), least), most, len(free))
    price = float(free[wanted - 1]) if wanted in (least, most) and wanted > 0 else 0.0
    low = _low(u, reduced, state, price)
    return price, low + min(price * least, price * most)


def _low(u: Floats, reduced: Floats, state: NDArray[np.int8], price: float) -> float:
    return float(u.sum() + reduced[state == 1].sum() + np.minimum(0.0, reduced[state == 0] - price).sum())


def _limits(lists: Lists, u: Floats, slack: float, grid: float) -> Floats:
    """Return the limits, where they are infinite such that they cost more than the slack above the multipliers."""
    last = np.append(lists.cost, 0.0)[np.maximum(lists.start[1:] - 1, 0)]
    most = np.maximum(last, u + 1.001 * slack)
    most = grid * np.ceil(most / grid) if grid else most
    return np.where(np.isfinite(lists.limit), lists.limit, most)


def _least(u: Floats, reduced: Floats, state: NDArray[np.int8], grid: float) -> tuple[int, Floats]:
    """Return the least count of a part, and its Lagrangian bound for each count from there."""
    first, free = int((state == 1).sum()), np.sort(reduced[state == 0])
    least = float(u.sum() + reduced[state == 1].sum()) + np.append(0.0, np.cumsum(free))
    return first, grid * np.ceil(least / grid - _ROUNDING) if grid else least


def _reduced(lists: Lists, fixed_cost: Floats, u: Floats) -> Floats:
    """Return what opening each site adds to the Lagrangian bound."""
    rho = np.empty(lists.sites)
    reduced_costs(lists.start, lists.site, lists.cost, u, fixed_cost, rho)
    return rho


def _some(lists: Lists, rows: Ints, sites: Ints) -> Lists:
    """Return some rows by themselves, with their sites numbered anew."""
    number = np.full(lists.sites, -1, np.int32)
    number[sites] = np.arange(len(sites))
    some = lists.some(rows)
    return replace(some, site=number[some.site], sites=len(sites))


def _cheapest(parts: list[Part], costs: list[Floats], least: int, most: int) -> tuple[float, list[int]]:
    """Return the least total of the parts' costs by count, and these counts, between ``least`` and ``most`` in all."""
    total, choices, first = np.zeros(1), [], sum(part.first for part in parts)
    if most < first or min(len(by_count) for by_count in costs) == 0:
        return np.inf, []
    for by_count in costs:
        cost = np.full((len(by_count), len(total) + len(by_count) - 1), np.inf)
        for t, value in enumerate(by_count):
            cost[t, t : t + len(total)] = total + value
        choices.append(np.argmin(cost, axis=0))
        total = cost.min(axis=0)[: most - first + 1]
    begin = max(0, least - first)
    if begin >= len(total):
        return np.inf, []
    at = begin + int(np.argmin(total[begin:]))
    bound, counts = float(total[at]), list[int]()
    for part, choice in zip(parts[::-1], choices[::-1], strict=True):
        t = int(choice[at])
        counts.append(part.first + t)
        at -= t
    return bound, counts[::-1]
