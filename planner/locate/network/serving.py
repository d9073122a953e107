"""Who is served by which station where room is limited: a linear program, solved anew at each choice of stations.

With the options y and the lounges u as they are, and kinds p of n_p points that are reached alike:

    max  Σ_k s_k      s_k ≤ Σ_{r ∈ k} w_r z_r,   z_r ≤ Σ_{(p,o) ∈ r} f_po + Σ_{l ∈ r} u_l,   z_r ≤ 1
                      L_o y_o ≤ Σ_p n_p f_po ≤ C_o y_o,   f_po ≤ y_o,   Σ_o f_po ≤ 1

What an option lacks of its least load L_o is paid with more than any exchange of people along a chain of stations can
cost, so that nothing is lacking where nothing needs to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from planner.locate.network.constraints import Columns, LimitsLoads
from planner.locate.network.coverage import Measure
from planner.locate.network.problem import NetworkProblem, kinds_of_points
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram
from planner.ragged import row_of

__all__ = ["Served", "Serving", "ServingProgram"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ENOUGH = 1.0 - 1e-6  # of a least load, so that sums of parts of people that make it up exactly do


@dataclass(frozen=True)
class Serving:
    """What there is to serve, as arrays.

    A *load* is a pair of a kind of points and an option that reaches it: ``kind``, ``option``, and the ``people`` of
    the kind; ``of_pair`` is the load of each station pair of the problem. Rows count ``weights`` (in multiples of
    ``unit``) at most once; ``loads`` and ``lounges`` reach them. Kinds that options share are of one component:
    ``component`` holds that of each kind, ``part`` the part of each row. A part has one ``label``, and its
    ``part_component`` (-1: lounges alone). Options serve at ``least`` and at ``most`` so many people.
    """

    kind: Ints
    option: Ints
    people: Floats
    of_pair: Ints
    unit: float
    weights: Floats
    loads: sp.csr_array
    lounges: sp.csr_array
    component: Ints
    part: Ints
    part_component: Ints
    label: Ints
    least: Floats
    most: Floats

    @classmethod
    def of(cls, problem: NetworkProblem, rules: Sequence[LimitsLoads], label: Ints | None) -> Serving:
        """Return what there is to serve within what the rules say of loads."""
        columns = Columns.of(problem, links=False, loads=True)
        measure = Measure.covered(problem, columns, label)
        reach, weights = measure.rows.reach, measure.rows.weights
        pairs, kinds = problem.stations, kinds_of_points(problem)
        n_kinds = int(kinds.max(initial=-1)) + 1
        load_columns, first, of_pair = np.unique(columns.loads, return_index=True, return_inverse=True)
        kind, option = kinds[pairs.point[first]], pairs.by[first]
        own = reach.shape[1] - problem.n_lounges
        placed = np.flatnonzero(np.isin(measure.at, load_columns))
        at = (placed, np.searchsorted(load_columns, measure.at[placed]))
        loads = sp.csr_array(reach[:, :own] @ sp.csr_array((np.ones(len(placed)), at), shape=(own, columns.n_loads)))
        component = _components(kind, option, n_kinds, problem.n_options)
        of_row = np.full(len(weights), -1, dtype=np.int64)
        of_row[row_of(loads.indptr)] = component[kind[loads.indices]]
        parts, part = np.unique(np.column_stack([of_row, measure.rows.label]), axis=0, return_inverse=True)
        limits = [rule.limits() for rule in rules]
        by_option = np.bincount(option, weights=loads.T @ weights, minlength=problem.n_options)
        unit = max(1.0, float(by_option.max(initial=0.0)))
        return cls(
            kind,
            option,
            np.asarray(np.bincount(kinds, weights=rules[0].people, minlength=n_kinds)[kind], float),
            of_pair,
            unit,
            weights / unit,
            loads,
            sp.csr_array(reach[:, own:]),
            component,
            part.ravel().astype(np.int64),
            parts[:, 0],
            parts[:, 1],
            np.max([least for least, _ in limits], axis=0),
            np.min([most for _, most in limits], axis=0),
        )

    @property
    def n_kinds(self) -> int:
        """The number of kinds of points."""
        return len(self.component)

    @property
    def through(self) -> Ints:
        """The rows that lounges reach."""
        return np.flatnonzero(np.diff(self.lounges.indptr))

    @property
    def too_few(self) -> Ints:
        """The options that must serve more people than they reach or have room for."""
        within = np.bincount(self.option, weights=self.people, minlength=len(self.least))
        return np.flatnonzero(np.minimum(within, self.most) < self.least * _ENOUGH)


@dataclass(frozen=True)
class Served:
    """An optimum: the part of each load that is served, the weight of each part, what is lacking, and multipliers.

    ``pi`` are the multipliers of the parts, ``rho`` those of the rows that lounges reach, ``sigma`` those of the kinds.
    """

    loads: Floats
    parts: Floats
    lacking: float
    pi: Floats
    rho: Floats
    sigma: Floats


class ServingProgram:
    """The program of a :class:`Serving`, which stays loaded while the options and lounges change."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        n = len(serving.least)
        reached = np.bincount(serving.option, minlength=n) > 0
        self._full = np.flatnonzero(reached & np.isfinite(serving.most))
        self._needy = np.setdiff1d(np.flatnonzero(serving.least > 0), serving.too_few)
        self._sizes = (len(serving.kind), len(serving.through), len(serving.label), len(self._needy))
        self._best = GrowingProgram(self._model(lacking_only=False))
        self._lacking: GrowingProgram | None = None

    def best(self, y: Floats, lounges: Floats, floors: Floats, ceilings: Floats, clock: Clock) -> Served | None:
        """Return the most weight served by the options ``y`` and the lounges, each part within its limits.

        None where the limits cannot be kept, or the solver gave no answer (in time).
        """
        return self._solved(self._best, y, lounges, floors, ceilings, clock)

    def least_lacking(self, y: Floats, lounges: Floats, clock: Clock) -> Served | None:
        """Return what the options ``y`` lack at least of their least loads; None when no time was left."""
        if self._lacking is None:
            self._lacking = GrowingProgram(self._model(lacking_only=True))
        free = np.full(len(self.serving.label), np.inf)
        return self._solved(self._lacking, y, lounges, np.zeros(len(free)), free, clock)

    def _solved(
        self, program: GrowingProgram, y: Floats, lounges: Floats, floors: Floats, ceilings: Floats, clock: Clock
    ) -> Served | None:
        serving, (n_f, n_z, n_s, n_e) = self.serving, self._sizes
        free = np.full(n_e, np.inf)
        program.limit_columns(
            np.concatenate([np.zeros(n_f + n_z), floors, np.zeros(n_e)]),
            np.concatenate([np.maximum(y[serving.option], 0.0), np.ones(n_z), ceilings, free]),
        )
        full, needy, through = y[self._full], y[self._needy], serving.lounges[serving.through] @ lounges
        most = serving.most[self._full] / self._room
        program.limit_rows(
            serving.n_kinds,
            np.concatenate([np.full(len(full), -np.inf), needy, np.full(n_z, -np.inf)]),
            np.concatenate([full * most, np.full(n_e, np.inf), through]),
        )
        found = program.solve(clock)
        if found is None:
            return None
        duals = np.maximum(found.row_dual, 0.0)
        last = len(duals) - n_s
        e = found.x[n_f + n_z + n_s :]
        return Served(
            found.x[:n_f],
            found.x[n_f + n_z : n_f + n_z + n_s],
            float(e.max(initial=0.0)),
            duals[last:],
            duals[last - n_z : last],
            duals[: serving.n_kinds],
        )

    @property
    def _room(self) -> Floats:
        return np.maximum(self.serving.most[self._full], 1.0)

    def _model(self, *, lacking_only: bool) -> mip.Model:
        serving, (n_f, n_z, n_s, n_e) = self.serving, self._sizes
        n, full, needy = len(serving.least), self._full, self._needy
        at = np.arange(n_f)
        once = sp.csr_array((np.ones(n_f), (serving.kind, at)), shape=(serving.n_kinds, n_f))
        load = sp.csr_array((serving.people, (serving.option, at)), shape=(n, n_f))
        room = sp.diags_array(1.0 / self._room) @ load[full]
        least = sp.diags_array(1.0 / serving.least[needy]) @ load[needy]
        through = np.zeros(len(serving.weights), dtype=bool)
        through[serving.through] = True
        of_part = sp.csr_array((serving.weights, (serving.part, np.arange(len(through)))), shape=(n_s, len(through)))
        straight = of_part[:, ~through] @ serving.loads[~through]
        matrix = sp.block_array(
            [
                [once, None, None, None],
                [room, None, None, None],
                [least, None, None, sp.eye_array(n_e)],
                [-serving.loads[through], sp.eye_array(n_z), None, None],
                [-straight, -of_part[:, through], sp.eye_array(n_s), None],
            ],
            format="csc",
        )
        none, ones = np.full(len(full), -np.inf), np.ones(n_e)
        price = serving.least[needy] * (1.0 if lacking_only else (1.0 + n) * self._worth())
        return mip.Model(
            np.concatenate([np.zeros(n_f + n_z), np.full(n_s, 0.0 if lacking_only else 1.0), -price]),
            matrix,
            np.concatenate([np.full(serving.n_kinds, -np.inf), none, ones, np.full(n_z + n_s, -np.inf)]),
            np.concatenate([np.ones(serving.n_kinds), np.zeros(len(full)), np.full(n_e, np.inf), np.zeros(n_z + n_s)]),
            np.zeros(matrix.shape[1]),
            np.ones(matrix.shape[1]),
            maximise=True,
        )

    def _worth(self) -> float:
        """Return the most weight that one person served can count for."""
        each = np.asarray(self.serving.loads.T @ self.serving.weights)
        people = self.serving.people
        return float((each[people > 0] / people[people > 0]).max(initial=1.0 / self.serving.unit))


def _components(kind: Ints, option: Ints, n_kinds: int, n_options: int) -> Ints:
    """Return the component of each kind, where the options that reach two kinds join them."""
    n = n_kinds + n_options
    graph = sp.csr_array((np.ones(len(kind)), (kind, n_kinds + option)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1][:n_kinds], dtype=np.int64)
