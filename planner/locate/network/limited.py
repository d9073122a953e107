"""The weight that stations with limited room serve, as a concave function of what is decided, with supergradients.

What is served is the value of a linear program in the options y and the lounges u (``serving``). Its multipliers of the
parts, the rows with lounges and the kinds make a cut of the master (Benders, 1962; Geoffrion, 1974),

    Σ_k π_k s_k ≤ Σ_p σ_p + Σ_r (w_r π_r - ρ_r)⁺ + Σ_l u_l Σ_{r ∋ l} ρ_r + Σ_o y_o V_o,
    V_o = max { Σ_p f_po (Σ_{r ∋ (p,o)} ρ_r - σ_p) :  L_o ≤ Σ_p n_p f_po ≤ C_o,  0 ≤ f_po ≤ 1 },

that holds whatever is decided (ρ_r = w_r π_r in rows without lounges). V_o is a knapsack with parts, solved by taking
the people of most gain first: that makes the cut tight for closed options too, on whose limits the program says
nothing. Where stations lack people for their least loads, the multipliers of the least shortage, with π = 0, cut the
choice off. No column says who is served by whom.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows
from planner.locate.network.coverage import Cut
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.serving import Served, Serving, ServingProgram
from planner.locate.solver.clock import Clock

__all__ = ["LimitedCoverage"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LACKING = 1e-6
_OPEN = 1.0 - 1e-9
_KEPT = 8
_PATIENCE = 10.0
_NEARLY = 1.0 - 1e-9
_SHORT = 1e-5


class LimitedCoverage:
    """The covered weight by part under limits of loads; a part is what has one label in one component of the options.

    Parts of one component with several labels share the room: what one of them gets depends on what is asked for the
    others, and a cut may hold several of them together.
    """

    def __init__(self, problem: NetworkProblem, columns: Columns, serving: Serving) -> None:
        self._columns, self._serving, self._clock = columns, serving, Clock(math.inf)
        self._n = problem.n_options
        at = (problem.link_lounge, problem.link_option)
        self._runs = sp.csr_array((np.ones(len(at[0])), at), shape=(problem.n_lounges, columns.count))
        n_parts = len(serving.label)
        self.unit = np.full(n_parts, serving.unit)
        self.most = np.bincount(serving.part, weights=serving.weights, minlength=n_parts)
        self.label = serving.label
        self.key = np.full(n_parts, "covered")
        together = serving.part_component
        alone = np.where(together < 0, serving.n_kinds + np.arange(n_parts), together)
        self._groups = np.union1d(alone, serving.component)
        self._group = np.searchsorted(self._groups, alone)
        self._shares = np.bincount(self._group)[self._group] > 1
        self._program = ServingProgram(serving)
        self._seen: dict[bytes, Served] = {}

    @property
    def size(self) -> tuple[int, int]:
        """The number of rows and of what reaches them."""
        return len(self._serving.weights), int(self._serving.loads.nnz + self._serving.lounges.nnz)

    def closed(self) -> Rows:
        """Return the rows that shut the options that cannot serve as many as they must."""
        shut = self._serving.too_few
        return Rows.of([(np.array([option]), 1.0) for option in shut], -np.inf, 0.0, self._columns.count)

    def by_part(self, v: Floats) -> Floats:
        """Return what is served of each part at v, as much as possible in all; -inf where least loads are lacking."""
        found = _whole(self._served(v, None))
        return np.full(len(self.label), -np.inf) if found is None else found.parts

    def overstated(self, v: Floats, theta: Floats) -> Floats:
        """Return by how much each part of ``theta`` is more than can be served at v.

        It is inf where least loads lack people, or where the solver gave no answer (in time).
        """
        found = _whole(self._served(v, theta))
        return np.full(len(theta), np.inf) if found is None else theta - found.parts

    def cut(self, v: Floats, theta: Floats | None = None) -> Cut:
        """Return the cuts that are tight at v: for the most in all and, where parts share room, for ``theta``."""
        asked = [None] if theta is None or not self._shares.any() else [None, theta]
        found = [one for one in (self._served(v, own) for own in asked) if one is not None]
        cuts = [self._cut(v, one) for one in found]
        if any(one.lacking > _LACKING for one in found):
            lacking = self._program.least_lacking(v[: self._n], self._lounges(v), self._clock)
            if lacking is not None:
                cuts.append(self._forbidding(v, lacking))
        none = Cut(np.zeros(0), *(sp.csr_array((0, n)) for n in (self._columns.count, len(self.label))))
        return Cut.stacked([none, *cuts])

    def loads(self, v: Floats, theta: Floats) -> Floats | None:
        """Return the part of each station pair that is served at v: with ``theta`` reached if it can be, and the most.

        None where loads are lacking. It is found even when the time has run out.
        """
        clock, y, lounges = Clock(_PATIENCE), v[: self._n], self._lounges(v)
        floors, free = np.zeros(len(theta)), np.full(len(theta), np.inf)
        if self._shares.any():
            asked = np.where(self._shares, np.maximum(theta, 0.0), free)
            first = self._program.best(y, lounges, floors, asked, clock)
            if first is not None and (first.parts >= np.where(self._shares, theta, 0.0) - _SHORT).all():
                floors = np.where(self._shares, first.parts * _NEARLY, 0.0)
        found = _whole(self._program.best(y, lounges, floors, free, clock))
        return None if found is None else found.loads[self._serving.of_pair]

    def asked(self, theta: Floats) -> Floats:
        """Return what of ``theta`` decides which cut is made: that of the parts that share their room."""
        return theta[self._shares]

    def within(self, clock: Clock) -> LimitedCoverage:
        """Return the same under another clock."""
        other = copy(self)
        other._clock = clock
        return other

    def afresh(self) -> LimitedCoverage:
        """Return the same without a trace of what it was asked before: programs start from nothing."""
        other = copy(self)
        other._program, other._seen = ServingProgram(self._serving), {}
        return other

    def _lounges(self, v: Floats) -> Floats:
        linked = v[self._columns.lounges] if self._columns.explicit else np.minimum(1.0, self._runs @ v)
        return np.asarray(linked)

    def _served(self, v: Floats, theta: Floats | None) -> Served | None:
        """Return the optimum at v where so much of the parts that share their room is asked for."""
        free = np.full(len(self.label), np.inf)
        ceilings = free if theta is None else np.where(self._shares, np.maximum(theta, 0.0), free)
        key = v.tobytes() + ceilings.tobytes()
        if key not in self._seen:
            found = self._program.best(v[: self._n], self._lounges(v), np.zeros(len(free)), ceilings, self._clock)
            if found is None:
                return None
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen[key] = found
        return self._seen[key]

    def _cut(self, v: Floats, found: Served) -> Cut:
        serving, n_groups, columns = self._serving, len(self._groups), self._columns
        through = serving.through
        rho = serving.weights * found.pi[serving.part]
        full = np.maximum(rho[through] - found.rho, 0.0)
        rho[through] = found.rho
        of_row = self._group[serving.part]
        gain = serving.loads.T @ rho - found.sigma[serving.kind]
        worth = _most_gain(serving, gain, self._n)
        reached = np.unique(serving.option, return_index=True)
        of_kind = np.searchsorted(self._groups, serving.component)
        of_option = of_kind[serving.kind[reached[1]]]
        constants = np.zeros(n_groups)
        np.add.at(constants, of_kind, found.sigma)
        np.add.at(constants, of_row[through], full)
        at = (of_option, reached[0])
        slopes = sp.csr_array((worth[reached[0]], at), shape=(n_groups, columns.count))
        if len(through):
            at = (of_row[through], np.arange(len(through)))
            by_group = sp.csr_array((found.rho, at), shape=(n_groups, len(through)))
            lounges = sp.csr_array(by_group @ serving.lounges[through])
            constants, slopes = self._with_lounges(v, lounges, constants, slopes)
        at = (self._group, np.arange(len(self.label)))
        over = sp.csr_array((found.pi, at), shape=(n_groups, len(self.label)))
        over.eliminate_zeros()
        return Cut(constants, slopes, over)

    def _forbidding(self, v: Floats, lacking: Served) -> Cut:
        """Return the cut by what options lack at least, of size such that v breaks it by the largest share it lacks."""
        nothing = replace(lacking, pi=np.zeros_like(lacking.pi), rho=np.zeros_like(lacking.rho))
        cut = self._cut(v, nothing)
        broken = -cut(v)
        size = np.where(broken > 0, lacking.lacking / np.where(broken > 0, broken, 1.0), 1.0)
        return replace(cut, constants=cut.constants * size, slopes=sp.csr_array(sp.diags_array(size) @ cut.slopes))

    def _with_lounges(
        self, v: Floats, lounges: sp.csr_array, constants: Floats, slopes: sp.csr_array
    ) -> tuple[Floats, sp.csr_array]:
        """Return the cut with what lounges add: by their columns, or by the stations that can run them."""
        if self._columns.explicit:
            n = len(self._columns.lounges)
            at = (np.arange(n), self._columns.lounges)
            return constants, slopes + lounges @ sp.csr_array((np.ones(n), at), shape=(n, self._columns.count))
        reach = self._runs @ v
        is_open = reach < _OPEN
        constants = constants + lounges @ (~is_open).astype(float)
        return constants, slopes + sp.csr_array(lounges * is_open.astype(float)) @ self._runs


def _whole(found: Served | None) -> Served | None:
    """Return what was found where it lacks no people for least loads."""
    return None if found is None or found.lacking > _LACKING else found


def _most_gain(serving: Serving, gain: Floats, n_options: int) -> Floats:
    """Return the most that each option gains within its limits of people, from loads that each bring ``gain``."""
    people, option = serving.people, serving.option
    each = gain / np.where(people > 0, people, 1.0)
    order = np.lexsort((-np.where(people > 0, each, 0.0), option))
    option, people, gain = option[order], people[order], gain[order]
    wanted = np.bincount(option, weights=np.where(gain > 0, people, 0.0), minlength=n_options)
    target = np.minimum(np.maximum(wanted, serving.least), serving.most)
    done = np.cumsum(people) - people
    first = np.searchsorted(option, np.arange(n_options))
    before = done - np.append(done, done[-1:] if len(done) else 0.0)[first][option]
    taken = np.clip(target[option] - before, 0.0, people) / np.where(people > 0, people, 1.0)
    taken = np.where(people > 0, taken, gain > 0)
    return np.asarray(np.bincount(option, weights=gain * taken, minlength=n_options), float)
