"""Bounds of rows that count in two steps, with at most p sites: by subgradient, and by the linear program with cuts.

With ``Σ_{j ∈ S_i} x_j`` of each row priced at ``u_i ≥ 0``,

    L(u) = Σ_i max_t (g_i(t) − u_i t) + the p largest ρ_j,    ρ_j = Σ_{i: j ∈ S_i} u_i,

is a bound for every u; t goes over 0, 1, 2, for a row that must be covered over 1, 2. Its least value is that of the
linear program of what is left out, ``min Σ a s + b s'`` with ``Σ x_j + s_i + s'_i ≥ 2``. The bound is always worked out
from the multipliers, so it holds however the program was solved. Rows that must be covered give the cuts
of :mod:`planner.locate.cover.cuts`. Steps as in :mod:`planner.locate.cover.lagrangian`, the direction the average of
thirty slopes. Measured on 24,967 rows that must be covered and 2,500 sites, 358 open: 1,215,458 by the program in 16 s
of CPU, 1,218,023 by multipliers in 2 s; on 4,678 rows, 79 of 500 sites: 252,386 and 252,601, by cuts 250,566.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from planner.locate.cover.cuts import broken_cuts
from planner.locate.cover.lagrangian import choose
from planner.locate.cover.reduction import dominated_rows, rows_kept
from planner.locate.cover.sets import State
from planner.locate.cover.stairs import Stairs
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["Cuts", "SiteBound", "StairsAscent", "StairsProgram", "bound_at", "fixed_by"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SMOOTH, _IDLE, _FIRST, _SHORTER, _LAST = 0.03, 30, 0.1, 0.8, 1e-4


@dataclass(frozen=True, eq=False)
class SiteBound:
    """A bound, the value ``rho`` of each site in it, and the value ``last`` of the last site chosen."""

    bound: float
    rho: Floats
    last: float


@dataclass(frozen=True, eq=False)
class Cuts:
    """Rows over all sites, and what each must reach."""

    rows: csr_array
    due: Floats

    @classmethod
    def none(cls, sites: int) -> Cuts:
        """Return no cuts."""
        return cls(csr_array((0, sites)), np.zeros(0))

    def after(self, opened: Flags) -> Cuts:
        """Return what is left of the cuts once these sites are open."""
        due = self.due - self.rows @ opened.astype(float)
        return Cuts(self.rows[np.flatnonzero(due > 0)], due[due > 0])

    def more(self, rows: csr_array) -> Cuts:
        """Return these cuts and others that are worth 2."""
        return Cuts(csr_array(vstack([self.rows, rows])), np.append(self.due, np.full(rows.shape[0], 2.0)))


def bound_at(stairs: Stairs, count: int, free: Flags, u: Floats, cuts: Cuts, v: Floats) -> SiteBound:
    """Return the bound with at most ``count`` free sites at multipliers ``u`` of the rows and ``v`` of the cuts."""
    rho = np.where(free, stairs.sets.matrix().T @ u + cuts.rows.T @ v, 0.0)
    best = np.sort(rho)[::-1][:count]
    last = float(best[-1]) if 0 < count == len(best) else 0.0
    return SiteBound(float(_steps(stairs, u).sum() - v @ cuts.due + best.sum()), rho, last)


def _steps(stairs: Stairs, u: Floats) -> Floats:
    """Return the most that each row is worth at these prices."""
    none = np.where(stairs.must, -np.inf, 0.0)
    best: Floats = np.maximum(np.maximum(none, stairs.first - u), stairs.first + stairs.second - 2 * u)
    return best


def fixed_by(found: SiteBound, count: int, free: Flags, enough: float) -> State:
    """Return what every choice worth ``enough`` or more must do: 1 open, −1 closed, 0 undecided, by reduced cost."""
    state = np.zeros(len(found.rho), np.int8)
    if not 0 < count < int(free.sum()):
        return state
    rho = np.where(free, found.rho, -np.inf)
    order = np.sort(rho)[::-1]
    slack = found.bound - enough + 1e-9 * max(1.0, abs(enough))
    state[free & (order[count - 1] - rho > slack)] = -1
    state[free & (rho - order[count] > slack)] = 1
    return state


class StairsAscent:
    """A walk of the multipliers: the best ones ``u`` with their ``bound``; it goes on where it stopped."""

    def __init__(self, stairs: Stairs, u: Floats | None = None) -> None:
        self.stairs = stairs
        size = np.maximum(1, np.diff(stairs.sets.start))
        self.u = np.maximum(stairs.first, stairs.second) / size**0.5 if u is None else u
        self.bound, self.step = np.inf, _FIRST
        self._at, self._way, self._idle = self.u.copy(), np.zeros(len(self.u)), 0

    @property
    def settled(self) -> bool:
        """Whether the steps have become so short that further rounds are worth little."""
        return self.step < _LAST

    def lower(self, count: int, target: float, rounds: int) -> None:
        """Lower the bound for so many rounds; ``target`` is a value that it cannot pass."""
        sets = self.stairs.sets
        self.bound, self.step, self._idle = _ascend(
            sets.start, sets.site, self.stairs.first, self.stairs.second, self.stairs.must, sets.sites, self.u,
            self._at, self._way, self.bound, self.step, self._idle, min(count, sets.sites), target, rounds,
        )  # fmt: skip


@compiled
def _ascend(  # type: ignore[no-untyped-def]
    start, site, first, second, must, sites, best, u, way, bound, step, idle, count, target, rounds
):
    rho, chosen = np.empty(sites), np.zeros(sites, np.bool_)
    times, top = np.empty(first.size), first.sum() + second.sum()
    for _ in range(rounds):
        rho[:] = 0.0
        value = 0.0
        for i in range(first.size):
            once, twice = first[i] - u[i], first[i] + second[i] - 2 * u[i]
            times[i] = 1.0 if must[i] or once > 0 else 0.0
            gain = once if times[i] > 0 else 0.0
            if twice > gain:
                times[i], gain = 2.0, twice
            value += gain
            for k in range(start[i], start[i + 1]):
                rho[site[k]] += u[i]
        value += choose(rho, count, chosen)
        idle += 1
        if value < bound:
            if value < bound - 1e-6 * abs(bound):
                idle = 0
            bound = value
            best[:] = u
        if idle >= _IDLE:
            idle = 0
            step *= _SHORTER
            u[:] = best
        norm = 0.0
        for i in range(first.size):
            slope = -times[i]
            for k in range(start[i], start[i + 1]):
                if chosen[site[k]]:
                    slope += 1.0
            way[i] += _SMOOTH * (slope - way[i])
            if u[i] > 0 or way[i] < 0:
                norm += way[i] * way[i]
        if norm < 1e-12:
            break
        size = step * max(value - target, 1e-9 * abs(value)) / norm
        for i in range(first.size):
            u[i] = min(top, max(0.0, u[i] - size * way[i]))
    return bound, step, idle


class StairsProgram:
    """The linear program of stairs with at most ``count`` of the free sites, and its cuts."""

    def __init__(self, stairs: Stairs, count: int, free: Flags, cuts: Cuts) -> None:
        self.stairs, self.count, self.free, self.cuts = stairs, count, free, cuts
        must = rows_kept(stairs.sets, stairs.must)
        self._core = rows_kept(must, ~dominated_rows(must))
        self.shares: Floats = np.zeros(stairs.sets.sites)

    def solve(self, clock: Clock, seconds: float) -> SiteBound | None:
        """Return the bound, or None where the time ran out."""
        outcome = mip.solve(self.model(), clock, time_limit=seconds, method="ipm")
        if outcome.x is None or outcome.row_dual is None:
            return None
        self.shares = outcome.x[: self.stairs.sets.sites]
        u = np.maximum(0.0, outcome.row_dual)
        rows, end = self.stairs.sets.rows, self.stairs.sets.rows + len(self.cuts.due)
        return bound_at(self.stairs, self.count, self.free, u[:rows], self.cuts, u[rows:end])

    def sharpen(self) -> bool:
        """Add cuts that the last solution breaks; return whether there were any."""
        if self._core.rows == 0:
            return False
        cuts = broken_cuts(self._core, np.arange(self.stairs.sets.sites), self.shares)
        self.cuts = self.cuts.more(cuts)
        return bool(cuts.shape[0])

    def model(self, whole: bool = False) -> mip.Model:
        """Return the program of what is left out, of whole sites or not."""
        s, sites = self.stairs, self.stairs.sets.sites
        ones, twos = np.flatnonzero(~s.must), np.flatnonzero(s.second > 0)
        left = np.concatenate([ones, twos])
        cost = np.concatenate([np.zeros(sites), s.first[ones], s.second[twos]])
        chain, rising = _chain(s, ones, twos)
        blocks = [
            hstack([s.sets.matrix(), csc_array(eye_array(s.sets.rows))[:, left]]),
            hstack([self.cuts.rows, csr_array((len(self.cuts.due), len(left)))]),
            csr_array(-(np.arange(len(cost)) < sites).astype(float)[None, :]),
            hstack([csr_array((chain.shape[0], sites)), chain]),
        ]
        least = [1.0 + (s.second > 0), self.cuts.due, np.array([-float(self.count)]), np.zeros(chain.shape[0])]
        lower: Floats = np.concatenate(least)
        integer = np.concatenate([np.ones(sites, bool), rising, np.zeros(len(twos), bool)])
        return mip.Model(
            cost=cost, matrix=csc_array(vstack(blocks)), row_lower=lower, row_upper=np.full(len(lower), np.inf),
            lower=np.zeros(len(cost)), upper=np.append(self.free.astype(float), np.ones(len(left))),
            integer=integer if whole else None,
        )  # fmt: skip


def _chain(stairs: Stairs, ones: NDArray[np.int64], twos: NDArray[np.int64]) -> tuple[csr_array, Flags]:
    """Return rows ``s' − s ≥ 0`` where the second step is above the first, over (s, s'), and which s these are.

    Such s must be whole: between them and the sites the second step would be taken first.
    """
    rising = ~stairs.must & (stairs.second > stairs.first)
    rows = np.flatnonzero(rising)
    at = np.arange(len(rows))
    place = np.concatenate([np.searchsorted(ones, rows), len(ones) + np.searchsorted(twos, rows)])
    sign = np.concatenate([-np.ones(len(rows)), np.ones(len(rows))])
    shape = (len(rows), len(ones) + len(twos))
    return csr_array((sign, (np.concatenate([at, at]), place)), shape=shape), rising[ones]
