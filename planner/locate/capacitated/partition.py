r"""The set-partitioning program of listed loads, raised by subset-row cuts until few loads are left.

.. math:: \min \sum_l c_l x_l, \quad \sum_{l \ni i} x_l \ge 1, \quad \sum_{l \in j} x_l \le 1, \quad \sum_l x_l = p

Its columns are priced by going through the list, so that a cut costs next to nothing (Baldacci, Mingozzi, Roberti
2011; Contardo, Martinelli 2014). At each optimum the multipliers bound every choice, and loads whose reduced cost is
above the gap leave the list (measured, cpmp20: 4,000,000 loads at the linear bound, 2,300 after eight rounds of cuts).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, hstack, vstack

from planner.locate.capacitated.bounds import fix_sites, replaced
from planner.locate.capacitated.loads import Loads, Priced, joined, price
from planner.locate.capacitated.subset_rows import cut_rows, violated
from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram
from planner.locate.solver.mip import Model

__all__ = ["Part", "Shares", "partition_matrix", "tightened"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_FIRST, _ENTERING, _TINY = 2_000, 400, 1e-6
_FEW, _IDLE, _GAIN = 1_500, 3, 0.03


@dataclass(frozen=True, slots=True)
class Part:
    """Loads still in question, what is decided of the sites, the cuts, the multipliers and the bound."""

    loads: Loads
    state: State
    triples: Ints
    u: Floats
    penalty: Floats
    bound: float

    def priced(self, count: int) -> Priced:
        """Return the reduced costs under the part's own multipliers."""
        return price(self.loads, self.u, self.triples, self.penalty, self.state, count)


@dataclass(frozen=True, slots=True)
class Shares:
    """The optimum of the program: some loads and the share of each."""

    loads: Loads
    x: Floats


def tightened(part: Part, count: int, enough: float, clock: Clock, *, rounds: int) -> tuple[Part, Shares] | None:
    """Raise the bound of a part by rounds of cuts, and take out loads; None where nothing up to ``enough`` is left.

    It ends when few loads are left, when cuts gain little, or when the time is up.
    """
    master = _Master(part, count)
    idle, before = 0, part.bound
    for _ in range(rounds):
        found = _priced_out(part, master, enough, clock)
        if found is None:
            return None
        part = found
        gain = part.bound - before
        idle = idle + 1 if gain < _GAIN * (enough - part.bound) else 0
        before = part.bound
        if clock.stop() or len(part.loads) <= _FEW or idle == _IDLE or not master.cut():
            break
    active = part.penalty > 0
    return replace(part, triples=part.triples[active], penalty=part.penalty[active]), master.shares


def _priced_out(part: Part, master: _Master, enough: float, clock: Clock) -> Part | None:
    """Add columns until none is lacking; return the part with the loads that remain, None where it is settled."""
    while not clock.stop() and master.solve(clock):
        priced = price(part.loads, master.u, master.triples, master.penalty, part.state, master.count)
        if priced.bound > enough:
            return None
        lacking = master.lacking(part.loads, priced)
        done = priced.bound >= master.value - _TINY * abs(master.value) or not len(lacking)
        if not done:
            master.add(part.loads.some(lacking))
        if priced.bound > part.bound:
            part = replace(part, u=master.u, triples=master.triples, penalty=master.penalty, bound=priced.bound)
        part = _without(part, priced, master.count, enough - priced.bound)
        if done:
            break
    return part


def _without(part: Part, priced: Priced, count: int, slack: float) -> Part:
    """Return the part without loads that cost more than ``slack`` above the bound; sites are decided likewise."""
    base = replaced(priced.value, part.state, count)
    keep = priced.reduced - base[part.loads.site] <= slack
    state = fix_sites(priced.value, part.state, count, slack)
    return replace(part, loads=part.loads if keep.all() else part.loads.some(keep), state=state)


def partition_matrix(loads: Loads, triples: Ints, rows: int, sites: int) -> csr_array:
    """Return the matrix of the program, a column a load: its rows, its site, one for their number, its cuts."""
    k = len(loads)
    place = coo_array((np.ones(k), (loads.site, np.arange(k))), shape=(sites, k))
    parts = [loads.held(rows), place, np.ones((1, k)), cut_rows(loads, triples, rows)]
    return csr_array(vstack(parts))


class _Master:
    """The program with some of its columns; costs are divided by a power of two.

    First columns: a way out for each row, at a price above every multiplier, and an empty load for each site.
    """

    def __init__(self, part: Part, count: int) -> None:
        self.rows, self.sites, self.count, self.triples = len(part.u), len(part.state), count, part.triples
        n, m, k = self.rows, self.sites, len(part.triples)
        self._scale = 2.0 ** round(np.log2(max(float(part.u.mean()), 1e-9)))
        dear = 4.0 * max(float(part.u.max(initial=0.0)), float(part.loads.cost.max(initial=0.0)))
        nothing = np.zeros(m)
        empty = Loads(np.arange(m, dtype=np.int32), np.zeros(m + 1, np.int64), part.loads.row[:0], nothing)
        ways_out = csr_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n + m + 1 + k, n))
        self._program = GrowingProgram(Model(
            np.concatenate([np.full(n, dear / self._scale), nothing]),
            csc_array(hstack([ways_out, partition_matrix(empty, part.triples, n, m)])),
            np.concatenate([np.ones(n), part.state == 1, [float(count)], np.full(k, -np.inf)]),
            np.concatenate([np.full(n, np.inf), part.state >= 0, [float(count)], np.ones(k)]),
            np.zeros(n + m), np.full(n + m, np.inf),
        ))  # fmt: skip
        self._x = nothing
        self._inside = empty
        near = part.priced(count).reduced
        self.add(part.loads.some(np.argsort(near, kind="stable")[:_FIRST]))

    def add(self, loads: Loads) -> None:
        """Add loads as columns."""
        matrix = csc_array(partition_matrix(loads, self.triples, self.rows, self.sites))
        self._program.add_columns(loads.cost / self._scale, matrix)
        self._inside = joined(self._inside, loads)

    def cut(self) -> bool:
        """Add the cuts that the optimum breaks most; return whether there are any."""
        new = violated(self._inside, self._x, self.rows)
        if len(new):
            cuts = cut_rows(self._inside, new, self.rows)
            matrix = csr_array(hstack([csr_array((len(new), self.rows)), cuts]))
            self._program.add(Rows(matrix, np.full(len(new), -np.inf), np.ones(len(new))))
            self.triples = np.concatenate([self.triples, new])
        return bool(len(new))

    def solve(self, clock: Clock) -> bool:
        """Find the optimum of the columns so far; return whether there was time."""
        vertex = self._program.solve(clock)
        if vertex is None:
            return False
        n, m = self.rows, self.sites
        dual = vertex.row_dual * self._scale
        self.value, self._x = vertex.value * self._scale, vertex.x[n:]
        self.u, self._own = np.maximum(dual[:n], 0.0), dual[n : n + m] + dual[n + m]
        self.penalty = np.maximum(-dual[n + m + 1 :], 0.0)
        return True

    def lacking(self, loads: Loads, priced: Priced) -> Ints:
        """Return the loads, those of the least reduced cost, that lower the value as columns."""
        reduced = priced.reduced - self._own[loads.site]
        below = np.flatnonzero(reduced < -_TINY * self._scale)
        return below[np.argsort(reduced[below], kind="stable")[:_ENTERING]]

    @property
    def shares(self) -> Shares:
        """The loads of the last optimum, those without rows left out, and their shares."""
        used = np.flatnonzero((self._x > 1e-7) & (np.diff(self._inside.start)[: len(self._x)] > 0))
        return Shares(self._inside.some(used), self._x[used])
