"""A bound of maximal covering by regions: each row belongs to one region, each region chooses its sites for itself.

Where regions share a site their choices are to agree, ``x_j = x_kj``. Relaxed with prices ``μ_kj``, this leaves

    Σ_k V_k(μ_k) + the p largest Σ_k μ_kj above zero,    V_k(μ_k) = max_S w_k(S) − Σ_{j ∈ S} μ_kj,

a bound for all prices, and never above the linear one at its multipliers, since each region is whole (Lagrangian
decomposition, Guignard and Kim, 1987; in clusters: Pereira, Lorena and Senne, 2007). Prices come from the master over
the choices known so far, held near the best prices (Marsten, Hogan and Blankenship, 1975): choices first from
annealing, then from branching (:mod:`planner.locate.cover.priced`), whose bounds alone count.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_array, csc_array, csr_array, eye_array, hstack, vstack

from planner.locate.cover.anneal import Annealing, Schedule
from planner.locate.cover.linear import LinearBound
from planner.locate.cover.priced import cover_priced
from planner.locate.cover.regions import regions
from planner.locate.cover.sets import CoverSets
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.threads import each
from planner.ragged import row_of

__all__ = ["Decomposition"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_SITES = 5.0
_HOT, _COLD, _HEATS, _MOVES = 0.02, 0.007, 8, 100_000
_WIDTH, _NARROWER, _NARROWEST = 0.006, 0.7, 0.002
_ROUNDS, _AGREED, _KEPT = 40, 0.01, 30
_LATELY, _MOVED, _JOINED = 4, 0.03, 12


@dataclass(eq=False)
class _Region:
    """The rows of a region over its own sites, and the choices known, each with the weight that it covers."""

    sets: CoverSets
    row: Ints
    site: Ints
    annealing: Annealing
    u: Floats
    choices: list[Flags] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)

    def take(self, chosen: Flags) -> None:
        """Keep a choice if it is new."""
        if chosen.tobytes() not in self.known:
            self.known.add(chosen.tobytes())
            self.choices.append(chosen)
            self.weights.append(float(self.sets.weight[self.sets.matrix() @ chosen.astype(float) > 0].sum()))

    def values(self, price: Floats) -> Floats:
        """Return the weight less prices of every choice known."""
        value: Floats = np.array(self.weights) - np.array(self.choices, float) @ price
        return value

    def best(self, price: Floats) -> tuple[Flags, float]:
        """Return the best choice known, and its value."""
        value = self.values(price)
        at = int(np.argmax(value))
        return self.choices[at], float(value[at])

    def anneal(self, price: Floats, heat: float, clock: Clock, seed: int) -> None:
        """Seek choices from none and from the best known."""
        schedule = Schedule(_HOT * heat, _COLD * heat, _HEATS, _MOVES)
        for start in (np.zeros(len(self.site), bool), self.best(price)[0]):
            for chosen, _ in self.annealing.run(start, price, clock, schedule, fixed=False, seed=seed):
                self.take(chosen)

    def prove(self, price: Floats, clock: Clock, seconds: float, slack: float) -> float:
        """Return a bound on the region's value at these prices, and keep the choices met on the way."""
        found = cover_priced(
            self.sets, price, self.best(price)[1], self.u, clock, seconds=seconds, slack=slack, kept=_KEPT
        )
        self.u = found.u
        for chosen in found.choices:
            self.take(chosen)
        return found.bound


class Decomposition:
    """The regions of a problem, the best prices so far, and the bound that is proven."""

    def __init__(
        self, sets: CoverSets, count: int, linear: LinearBound, value: float, *, seed: int, threads: int
    ) -> None:
        self.sets, self.count, self.value, self.seed, self.threads = sets, count, value, seed, threads
        self.bound, self.heat = linear.bound, linear.last
        matrix = sets.matrix()
        groups = regions(sets, 2 ** max(1, round(math.log2(max(1.0, count / _SITES)))))
        self.regions = [_region(sets, matrix, rows, linear.u[rows]) for rows in groups]
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
        for turn in range(_ROUNDS):

            def one(number: int, turn: int = turn) -> bool:
                if clock.interrupted or clock.left() <= kept:
                    return False
                seed = self.seed + turn * len(self.regions) + number
                self.regions[number].anneal(tried[-1][number], self.heat, clock, seed)
                return True

            if not all(each(one, range(len(self.regions)), self.threads)):
                return
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
        """Bound every region at the present prices, and return the sum."""
        slack = _AGREED / 2 * max(0.0, self.bound - self.value) / len(self.regions)
        seconds = clock.left() * self.threads / max(self.threads, len(self.regions))

        def one(number: int) -> float:
            return self.regions[number].prove(self.price[number], clock, seconds, slack)

        bound = self._shared(self.price) + sum(each(one, range(len(self.regions)), self.threads))
        self.bound = min(self.bound, bound)
        return bound

    def settle(self, clock: Clock, enough: float) -> None:
        """Move the prices to where the regions agree, by choices that proofs find, while the bound still moves.

        A bound below ``enough`` ends it.
        """
        width, best, bounds = _WIDTH * self.heat, self.price, [math.inf]
        while not clock.stop() and self.bound >= enough:
            proven = self.prove(clock)
            if proven < bounds[-1]:
                best = self.price
            else:
                width, self.price = max(_NARROWEST * self.heat, _NARROWER * width), best
            bounds.append(min(proven, bounds[-1]))
            gap = max(bounds[-1] - self.value, 1e-6 * abs(self.value))
            found = self._master(width, clock, clock.left())
            if found is None or bounds[-1] - found[1] <= _AGREED * gap:
                break
            if len(bounds) > _LATELY and bounds[-1 - _LATELY] - bounds[-1] <= _MOVED * gap:
                break
            self.price = found[0]
        self.price = best

    def join(self) -> None:
        """Make one region of every two that were one before they were cut; their prices are added, choices combined."""
        matrix, total = self.sets.matrix(), np.zeros(self.sets.sites)
        all_joined, prices = [], []
        for at in range(0, len(self.regions), 2):
            parts, paid = self.regions[at : at + 2], self.price[at : at + 2]
            row = np.concatenate([part.row for part in parts])
            joined = _region(self.sets, matrix, row, np.concatenate([part.u for part in parts]))
            total[:] = 0.0
            for part, price in zip(parts, paid, strict=True):
                total[part.site] += price
            for picks in itertools.product(*(_first(part, price) for part, price in zip(parts, paid, strict=True))):
                chosen = np.zeros(self.sets.sites, bool)
                for part, pick in zip(parts, picks, strict=True):
                    chosen[part.site] |= pick
                joined.take(chosen[joined.site])
            all_joined.append(joined)
            prices.append(total[joined.site])
        self.regions, self.price = all_joined, prices

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


def _first(region: _Region, price: Floats) -> list[Flags]:
    """Return the best choices known of a region."""
    return [region.choices[at] for at in np.argsort(-region.values(price), kind="stable")[:_JOINED]]


def _region(sets: CoverSets, matrix: csr_array, rows: Ints, u: Floats) -> _Region:
    part = csr_array(matrix[rows])
    site = np.unique(part.indices).astype(np.int64)
    place = np.searchsorted(site, part.indices).astype(np.int32)
    order = np.lexsort((place, row_of(part.indptr)))
    own = CoverSets(part.indptr.astype(np.int64), place[order], sets.weight[rows], len(site))
    region = _Region(own, rows, site, Annealing.of(own), u)
    region.take(np.zeros(len(site), bool))
    return region
