r"""The p-median as a linear program on sites alone, by Benders cuts for groups of rows.

Columns are the sites :math:`y_j` and a cost :math:`\theta_g` for each group of rows. For any multipliers :math:`u`,
:math:`\theta_g \ge \sum_{i \in g} (u_i + \sum_j \min(0, c_{ij} - u_i) y_j)`; at a point y the cut is deepest with
:math:`u_i` the cost at which row i has met sites of total 1 (Cornuéjols, Nemhauser, Wolsey 1980; Durán-Mateluna, Alès,
Elloumi 2023). Rows with the same two nearest sites in a good solution form a group. The multipliers of the Lagrangian
bound give the first cuts, so the program starts at that bound; a few dozen rounds then end at the value of the strong
linear program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from planner.locate.median.local_cuts import LocalCut, Point
from planner.locate.median.nearest import Lists
from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled
from planner.locate.solver.growing import GrowingProgram, Vertex
from planner.locate.solver.mip import Model
from planner.ragged import starts

__all__ = ["Bounded", "Master"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_TINY, _MOST_SHORT, _STEPS = 1e-9, 30, 50
_FOLLOW, _OLD, _OLD_LOCAL, _SHARE, _KEPT = 0.5, 10, 90, 0.1, -(2**60)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A bound on every choice within the limits, the reduced cost of each site, and the point (shares of sites)."""

    bound: float
    reduced: Floats
    y: Floats
    theta: Floats


class Master:
    """The program of one median: its cuts hold for all parts of the search, its limits are set for one at a time."""

    def __init__(
        self, lists: Lists, fixed_cost: Floats, state: NDArray[np.int8], least: int, most: int, best: Flags, u: Floats
    ) -> None:
        self.lists = lists
        self.sites = np.flatnonzero(state >= 0)
        self._column = np.full(lists.sites, -1)
        self._column[self.sites] = np.arange(len(self.sites))
        self._order, self._group = _groups(lists, best)
        groups = len(self._group) - 1
        size = len(self.sites)
        top = np.add.reduceat(_dearest(lists)[self._order], self._group[:-1])
        scale = float(top.sum()) / max(1, lists.rows)
        self._scale = 2.0 ** round(np.log2(scale)) if scale > 0 else 1.0
        self._cost = np.concatenate([fixed_cost[self.sites] / self._scale, np.ones(groups)])
        self._lower = np.concatenate([np.zeros(size), np.zeros(groups)])
        self._upper = np.concatenate([np.ones(size), top / self._scale])
        count = csr_array((np.ones(size), np.arange(size), [0, size]), shape=(1, size + groups))
        self._matrix, self._row_lower, self._row_upper = count, np.array([float(least)]), np.array([float(most)])
        self._program = GrowingProgram(
            Model(self._cost, csc_array(count), self._row_lower, self._row_upper, self._lower, self._upper),
            devex=True,
            scaled=False,
        )
        self._name, self._idle = np.zeros(1, np.int64), np.full(1, _KEPT)
        self._core = np.where(best, 1.0, 0.0)
        self._cut(u, np.zeros(lists.sites), np.full(groups, -np.inf), 0.0)

    def limit(self, state: NDArray[np.int8]) -> None:
        """Set the sites to open (1), closed (-1) or free (0)."""
        size, here = len(self.sites), state[self.sites]
        self._lower[:size], self._upper[:size] = here == 1, here >= 0
        self._program.limit_columns(self._lower[:size], self._upper[:size])

    def watch(self, sites: Ints) -> int:
        """Add a row that counts the open ones of some sites, without a limit yet; return its name."""
        self._add(np.array([0, len(sites)]), self._column[sites], np.ones(len(sites)), np.array([-np.inf]))
        self._idle[-1] = _KEPT
        return int(self._name[-1])

    def demand(self, name: int) -> None:
        """Demand that one site of a watched set is open."""
        self._limit_row(name, 1.0)

    def release(self, name: int) -> None:
        """Demand nothing of a watched set any more, and forget it as soon as that is cheap."""
        self._idle[self._limit_row(name, -np.inf)] = 0

    def _limit_row(self, name: int, least: float) -> int:
        row = int(np.searchsorted(self._name, name))
        self._row_lower[row] = least
        self._program.limit_row(row, least)
        return row

    def drop_last(self) -> None:
        """Take the last row out again, with its limits; the basis is that of the rows before."""
        self._program.drop_last()
        self._keep(np.arange(len(self._name)) < len(self._name) - 1)

    @property
    def basis(self) -> Any:
        """The basis from which the next solve starts; set it to an earlier one of as many rows to go back."""
        return self._program.basis

    @basis.setter
    def basis(self, basis: Any) -> None:
        self._program.basis = basis

    def solve(self, clock: Clock) -> Bounded | None:
        """Return the optimum with the cuts so far; None when there is none (``infeasible``) or the time is up."""
        vertex = self._program.solve(clock)
        if vertex is None:
            return None
        at = self._bounded(vertex)
        self._forget(vertex)
        return at

    def reached(self, clock: Clock) -> float:
        """Return about what the optimum is, after a few steps towards it: no bound, except where infinite."""
        vertex = self._program.solve(clock, _STEPS)
        if vertex is None:
            return np.inf if self.infeasible else -np.inf
        return vertex.value * self._scale

    @property
    def infeasible(self) -> bool:
        """Whether the last optimum was sought in vain: nothing lies within the limits."""
        return self._program.infeasible

    def deepen(self, at: Bounded, tolerance: float) -> bool:
        """Add the cuts that the point breaks, by more than the tolerance in all; return whether there were any."""
        u = np.empty(self.lists.rows)
        self._core += _FOLLOW * (at.y - self._core)
        short = _levels(self.lists.start, self.lists.site, self.lists.cost, self.lists.limit, at.y, self._core, u)
        for i in short[:_MOST_SHORT]:
            sites = self.lists.site[self.lists.start[i] : self.lists.start[i + 1]]
            self.demand(self.watch(sites.astype(np.int64)))
        return self._cut(u, at.y, at.theta, tolerance / len(at.theta)) or len(short) > 0

    def point(self, at: Bounded) -> Point:
        """Return the point with its multipliers and the groups of rows, as the local cuts need it."""
        u = np.empty(self.lists.rows)
        _levels(self.lists.start, self.lists.site, self.lists.cost, self.lists.limit, at.y, self._core, u)
        return Point(at.y, u, self._order, self._group)

    def add_local(self, cuts: list[LocalCut]) -> None:
        """Add cuts on several groups at once; they are kept longer, as they took longer to find."""
        size, scale = len(self.sites), self._scale
        column = [np.concatenate([self._column[cut.sites], size + cut.groups]) for cut in cuts]
        value = [np.concatenate([cut.price / scale, np.ones(len(cut.groups))]) for cut in cuts]
        begin = starts([len(part) for part in column])
        least = np.array([cut.least for cut in cuts]) / scale
        self._add(begin, np.concatenate(column), np.concatenate(value), least)
        self._idle[-len(cuts) :] = -_OLD_LOCAL

    def _forget(self, vertex: Vertex) -> None:
        """Drop the cuts that were slack in many optima in a row, as soon as they are enough to pay for it."""
        slack = self._matrix @ vertex.x > self._row_lower + 1e-7
        self._idle = np.where(slack, self._idle + 1, np.minimum(self._idle, 0))
        old = slack & (self._idle > _OLD)
        if old.sum() > _SHARE * len(old):
            self._program.drop(np.flatnonzero(old))
            self._keep(~old)

    def _keep(self, rows: Flags) -> None:
        self._matrix, self._name, self._idle = self._matrix[rows], self._name[rows], self._idle[rows]
        self._row_lower, self._row_upper = self._row_lower[rows], self._row_upper[rows]

    def _bounded(self, vertex: Vertex) -> Bounded:
        """Return the bound that the duals prove, whatever the solver's tolerances (Neumaier, Shcherbina 2004)."""
        dual = vertex.row_dual
        dual = np.where(np.isfinite(np.where(dual > 0, self._row_lower, self._row_upper)), dual, 0.0)
        reduced = self._cost - self._matrix.T @ dual
        limit = np.where(dual > 0, self._row_lower, self._row_upper)
        proven = float(dual[dual != 0] @ limit[dual != 0])
        proven += float(np.where(reduced > 0, reduced * self._lower, reduced * self._upper).sum())
        size, scale = len(self.sites), self._scale
        y, by_site = np.zeros(self.lists.sites), np.zeros(self.lists.sites)
        y[self.sites], by_site[self.sites] = vertex.x[:size], reduced[:size] * scale
        return Bounded(proven * scale, by_site, y, vertex.x[size:] * scale)

    def _cut(self, u: Floats, y: Floats, theta: Floats, tolerance: float) -> bool:
        lists = self.lists
        begin, site, value, constant, which = _cuts(
            self._order, self._group, lists.start, lists.site, lists.cost, u, y, theta + tolerance
        )
        if not len(which):
            return False
        size = len(self.sites)
        place = begin[:-1] + np.arange(len(which))
        column = np.insert(self._column[site], begin[:-1], size + which)
        value = np.insert(-value / self._scale, begin[:-1], 1.0)
        self._add(np.append(place, len(column)), column, value, constant / self._scale)
        return True

    def _add(self, begin: Ints, column: Ints, value: Floats, lower: Floats) -> None:
        matrix = csr_array((value, column, begin), shape=(len(lower), len(self._cost)))
        upper = np.full(len(lower), np.inf)
        self._program.add(Rows(matrix, lower, upper))
        self._matrix = csr_array(vstack([self._matrix, matrix]))
        self._row_lower = np.append(self._row_lower, lower)
        self._row_upper = np.append(self._row_upper, upper)
        self._name = np.append(self._name, self._name[-1] + 1 + np.arange(len(lower)))
        self._idle = np.append(self._idle, np.zeros(len(lower), np.int64))


def _dearest(lists: Lists) -> Floats:
    """Return the most that each row can cost: its limit, or its last pair."""
    last = np.append(lists.cost, 0.0)[np.maximum(lists.start[1:] - 1, 0)]
    return np.where(np.isfinite(lists.limit), lists.limit, last)


def _groups(lists: Lists, best: Flags) -> tuple[Ints, Ints]:
    """Return the rows ordered by their two nearest open sites, and where each group begins."""
    first, second = _two_open(lists.start, lists.site, best)
    order = np.lexsort((second, first))
    new = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    return order, np.concatenate([[0], np.flatnonzero(new) + 1, [lists.rows]])


@compiled
def _two_open(start, site, open_sites):  # type: ignore[no-untyped-def]
    n = start.size - 1
    first, second = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    for i in range(n):
        for k in range(start[i], start[i + 1]):
            if open_sites[site[k]]:
                if first[i] >= 0:
                    second[i] = site[k]
                    break
                first[i] = site[k]
    return first, second


@compiled
def _levels(start, site, cost, limit, y, core, u):  # type: ignore[no-untyped-def]
    """Fill u with the cost at which each row has met sites of total 1; return the rows that never do but must.

    Where the total is just 1, it stays so up to the next site of some share: u is where ``core`` meets 1 within these.
    """
    short = np.zeros(u.size, np.bool_)
    for i in range(u.size):
        total, inner, u[i], found = 0.0, 0.0, limit[i], False
        for k in range(start[i], start[i + 1]):
            if found and y[site[k]] > _TINY:
                u[i] = cost[k]
                break
            total += y[site[k]]
            inner += core[site[k]]
            found = total >= 1 - _TINY
            if found and (inner >= 1 - _TINY or total > 1 + _TINY):
                u[i] = cost[k]
                break
        if u[i] == np.inf:
            u[i] = cost[start[i + 1] - 1]
            short[i] = total < 1 - 1e-6
    return np.flatnonzero(short)


@compiled
def _cuts(order, group, start, site, cost, u, y, theta):  # type: ignore[no-untyped-def]
    """Return the cuts (begin, site, value, constant, group) of the groups that cost more than theta at y."""
    size = 0
    begin, which, constants = [0], [0][:0], [0.0][:0]
    sites, values = np.empty(site.size, np.int64), np.empty(site.size)
    total, touched = np.zeros(y.size), np.empty(y.size, np.int64)
    for g in range(group.size - 1):
        constant, count = 0.0, 0
        for r in range(group[g], group[g + 1]):
            i = order[r]
            constant += u[i]
            for k in range(start[i], start[i + 1]):
                if cost[k] >= u[i]:
                    break
                if total[site[k]] == 0:
                    touched[count] = site[k]
                    count += 1
                total[site[k]] += cost[k] - u[i]
        value = constant
        for t in range(count):
            value += total[touched[t]] * y[touched[t]]
        if value > theta[g]:
            for t in range(count):
                sites[size], values[size] = touched[t], total[touched[t]]
                size += 1
            begin.append(size)
            which.append(g)
            constants.append(constant)
        for t in range(count):
            total[touched[t]] = 0.0
    return np.array(begin), sites[:size].copy(), values[:size].copy(), np.array(constants), np.array(which)
