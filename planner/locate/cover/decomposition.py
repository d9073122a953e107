"""A bound of maximal covering by regions: each row belongs to one region, each region chooses its sites for itself.

Where regions share a site their choices are to agree, ``x_j = x_kj``. Relaxed with prices ``μ_kj``, this leaves

    Σ_k V_k(μ_k) + the p largest Σ_k μ_kj above zero,    V_k(μ_k) = max_S w_k(S) − Σ_{j ∈ S} μ_kj,

a bound for all prices, and never above the linear one at its multipliers, since each region is whole (Lagrangian
decomposition, Guignard and Kim, 1987; in clusters: Pereira, Lorena and Senne, 2007). Prices come from the master over
the choices known so far, held near the best prices (Marsten, Hogan and Blankenship, 1975); choices from annealing, and
at the end from the MIP of each region, whose bounds alone count. Measured on 20,000 points, 1,000 sites, p 40 (linear
bound 802,959): 798,249 in 260 s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_array, csc_array, csr_array, eye_array, hstack, vstack

from planner.locate.cover.anneal import Annealing, Schedule
from planner.locate.cover.linear import LinearBound
from planner.locate.cover.model import left_out_model
from planner.locate.cover.regions import regions
from planner.locate.cover.sets import CoverSets
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Decomposition"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_SITES = 3.6
_HOT, _COLD, _HEATS, _MOVES = 0.02, 0.007, 8, 100_000
_WIDTH, _NARROWER, _NARROWEST = 0.006, 0.7, 0.002
_ROUNDS, _AGAIN, _AGREED = 60, 30, 0.01
_TOLERANCE = 1e-7


@dataclass(eq=False)
class _Region:
    """The rows of a region over its own sites, and the choices known, each with the weight that it covers."""

    sets: CoverSets
    site: Ints
    annealing: Annealing
    choices: list[Flags] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)

    def take(self, chosen: Flags) -> None:
        """Keep a choice if it is new."""
        if chosen.tobytes() not in self.known:
            self.known.add(chosen.tobytes())
            self.choices.append(chosen)
            self.weights.append(float(self.sets.weight[self.sets.matrix() @ chosen.astype(float) > 0].sum()))

    def best(self, price: Floats) -> tuple[Flags, float]:
        """Return the best choice known, and its weight less prices."""
        value = np.array(self.weights) - np.array(self.choices, float) @ price
        at = int(np.argmax(value))
        return self.choices[at], float(value[at])

    def anneal(self, price: Floats, heat: float, clock: Clock, seed: int) -> None:
        """Seek choices from none and from the best known."""
        schedule = Schedule(_HOT * heat, _COLD * heat, _HEATS, _MOVES)
        for start in (np.zeros(len(self.site), bool), self.best(price)[0]):
            for chosen, _ in self.annealing.run(start, price, clock, schedule, fixed=False, seed=seed):
                self.take(chosen)

    def prove(self, price: Floats, clock: Clock, seconds: float, seed: int, slack: float) -> float:
        """Return a bound on the region's value at these prices, with the solver's tolerance, and keep what it finds."""
        outcome = mip.solve(left_out_model(self.sets, price), clock, time_limit=seconds, absolute_gap=slack, seed=seed)
        if outcome.x is not None:
            self.take(outcome.x[: len(self.site)] > 0.5)
        return float((1 + _TOLERANCE) * self.sets.weight.sum() - outcome.bound)


class Decomposition:
    """The regions of a problem, the best prices so far, and the bound that is proven."""

    def __init__(self, sets: CoverSets, count: int, linear: LinearBound, value: float, seed: int) -> None:
        self.sets, self.count, self.value, self.seed = sets, count, value, seed
        self.bound, self.heat, self.rounds = linear.bound, linear.last, _ROUNDS
        matrix = sets.matrix()
        groups = regions(sets, max(2, round(count / _SITES)))
        self.regions = [_region(sets, matrix, rows) for rows in groups]
        weight = np.array([matrix[rows].T @ sets.weight[rows] for rows in groups])
        share = weight / np.maximum(weight.sum(axis=0), 1e-12)
        idle = np.maximum(0.0, linear.last - linear.rho)
        self.price = [
            (matrix[rows].T @ linear.u[rows] + share[k] * idle)[region.site]
            for k, (rows, region) in enumerate(zip(groups, self.regions, strict=True))
        ]

    def offer(self, opened: Flags) -> None:
        """Let every region know a set of sites."""
        for region in self.regions:
            region.take(opened[region.site])

    def known(self, prices: list[Floats]) -> float:
        """Return the value of the relaxation at these prices, as far as choices are known."""
        return self._shared(prices) + sum(
            region.best(price)[1] for region, price in zip(self.regions, prices, strict=True)
        )

    def _shared(self, prices: list[Floats]) -> float:
        total = np.zeros(self.sets.sites)
        for region, price in zip(self.regions, prices, strict=True):
            total[region.site] += price
        return float(np.maximum(0.0, np.sort(total)[::-1][: self.count]).sum())

    def agree(self, clock: Clock) -> None:
        """Move the prices to where the regions agree as far as they can, by choices that annealing finds.

        The more choices are known, the higher prices seen before may stand: all of them are compared again. Half of
        the time that is left stays for what comes after: without proof the prices are worth nothing.
        """
        kept = clock.left() / 2 if math.isfinite(clock.left()) else 0.0
        width, tried = _WIDTH * self.heat, [self.price]
        for _ in range(self.rounds):
            for region, price in zip(self.regions, tried[-1], strict=True):
                if clock.interrupted or clock.left() <= kept:
                    return
                self.seed += 1
                region.anneal(price, self.heat, clock, self.seed)
            values = [self.known(prices) for prices in tried]
            best = int(np.argmin(values))
            if best < len(tried) - 1:
                width = max(_NARROWEST * self.heat, _NARROWER * width)
            self.price = tried[best]
            found = self._master(width, clock, max(0.0, clock.left() - kept))
            near = max(_AGREED * (values[best] - self.value), 1e-6 * self.value)
            if found is None or values[best] - found[1] <= near:
                return
            tried.append(found[0])

    def prove(self, clock: Clock) -> float:
        """Bound every region at the best prices; return the bound of all, if it is the best so far."""
        slack = _AGREED * max(0.0, self.bound - self.value) / len(self.regions)
        total = self._shared(self.price)
        for number, (region, price) in enumerate(zip(self.regions, self.price, strict=True)):
            seconds = clock.left() / (len(self.regions) - number)
            total += region.prove(price, clock, seconds, self.seed, slack)
        self.bound, self.rounds = min(self.bound, total), _AGAIN
        return self.bound

    def _master(self, width: float, clock: Clock, seconds: float) -> tuple[list[Floats], float] | None:
        """Return the best prices within ``width`` of the present ones for the choices known, and their value."""
        centre = np.concatenate(self.price)
        site = np.concatenate([region.site for region in self.regions])
        rows, kinds = len(centre), len(self.regions)
        chosen = csr_array(block_diag([np.array(region.choices, float).T for region in self.regions]))
        one = block_diag([np.ones((1, len(region.choices))) for region in self.regions])
        agreed = coo_array((-np.ones(rows), (np.arange(rows), site)), shape=(rows, self.sets.sites))
        off = eye_array(rows)
        weights = np.concatenate([region.weights for region in self.regions])
        columns = len(weights) + self.sets.sites + 2 * rows
        model = mip.Model(
            cost=np.concatenate([weights, np.zeros(self.sets.sites), centre - width, -(centre + width)]),
            matrix=csc_array(
                vstack([
                    hstack([chosen, agreed, off, -off]),
                    hstack([one, csr_array((kinds, columns - len(weights)))]),
                    np.append(np.zeros(len(weights)), np.append(np.ones(self.sets.sites), np.zeros(2 * rows)))[None, :],
                ])
            ),
            row_lower=np.concatenate([np.zeros(rows), np.ones(kinds), [-np.inf]]),
            row_upper=np.concatenate([np.zeros(rows), np.ones(kinds), [float(self.count)]]),
            lower=np.zeros(columns),
            upper=np.concatenate([np.full(len(weights), np.inf), np.ones(self.sets.sites), np.full(2 * rows, np.inf)]),
            maximise=True,
        )  # fmt: skip
        outcome = mip.solve(model, clock, time_limit=seconds, method="ipm")
        if outcome.row_dual is None:
            return None
        ends = np.cumsum([len(region.site) for region in self.regions])
        return np.split(outcome.row_dual[:rows], ends[:-1]), outcome.objective


def _region(sets: CoverSets, matrix: csr_array, rows: Ints) -> _Region:
    part = csr_array(matrix[rows])
    site = np.unique(part.indices).astype(np.int64)
    place = np.searchsorted(site, part.indices).astype(np.int32)
    order = np.lexsort((place, np.repeat(np.arange(len(rows)), np.diff(part.indptr))))
    own = CoverSets(part.indptr.astype(np.int64), place[order], sets.weight[rows], len(site))
    region = _Region(own, site, Annealing.of(own))
    region.take(np.zeros(len(site), bool))
    return region
