"""The covered weight as a concave function of what is decided, with its supergradients.

For fractional y the best u and z are known: u_l = min(1, Σ_{o ∈ R_l} y_o) and z_r = min(1, Σ y + Σ u), so the covered
weight is a concave, piecewise linear function F(y), and with parts of the rows F = Σ_k F_k,

    F_k(y) ≤ Σ_{r full} w_r
           + Σ_{r open} w_r (Σ_{o ∈ S_r} y_o + Σ_{l ∈ L_r, l full} 1 + Σ_{l ∈ L_r, l open} Σ_{o ∈ R_l} y_o)

holds for every y, with equality at the point that decides what is full (≥ 1) and open (< 1). These are the Benders
cuts of Cordeau, Furini and Ljubić (2019), carried through the lounges: neither z nor u is needed in the master.
Where rules speak of single links, u is decided in the master too, and F is a function of (y, u). What stations with
limited room serve is in ``limited``. A row that counts when two stations reach it is full at
min(1, Σ_o y_o - max_o y_o), which is concave too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns
from planner.locate.network.problem import Covering, CoverRows, NetworkProblem, cover_rows, kinds_of_points
from planner.ragged import row_of

__all__ = ["Coverage", "Cut", "Measure"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FULL = 1.0 - 1e-9


@dataclass(frozen=True)
class Cut:
    """Inequalities  Σ_k over_jk F_k(v) ≤ constants_j + slopes_j · v  on parts k of the rows; mostly one for each."""

    constants: Floats
    slopes: sp.csr_array
    over: sp.csr_array

    def __call__(self, v: Floats) -> Floats:
        """Return the right-hand sides at v."""
        return np.asarray(self.constants + self.slopes @ v)

    @classmethod
    def stacked(cls, cuts: Sequence[Cut]) -> Cut:
        """Return the inequalities of several cuts on the same parts."""
        constants = np.concatenate([cut.constants for cut in cuts])
        return cls(constants, *(sp.csr_array(sp.vstack([getattr(c, of) for c in cuts])) for of in ("slopes", "over")))


@dataclass(frozen=True)
class Measure:
    """Rows of one measure over what is decided: a station, a part of a point that it serves, a station by a phase.

    ``key`` names the measure; objectives find their θ by it. ``at`` holds the column that each column of the rows is
    (lounges aside), ``option`` its option.
    """

    key: str
    rows: CoverRows
    at: Ints
    option: Ints

    @classmethod
    def of(cls, problem: NetworkProblem, columns: Columns, key: str, rows: CoverRows) -> Measure:
        """Return a measure over the stations or, where it has as many columns for each phase, over those by phases."""
        options = np.arange(problem.n_options)
        if rows.reach.shape[1] == problem.n_options + problem.n_lounges:
            return cls(key, rows, options, options)
        each = [columns.by_end(phase) for phase in range(columns.n_phases)]
        return cls(key, rows, np.concatenate(each), np.tile(options, columns.n_phases))

    @classmethod
    def covered(cls, problem: NetworkProblem, columns: Columns, label: Ints | None) -> Measure:
        """Return the measure of the covered weight; where loads are decided each of them is a column of its own."""
        if not columns.n_loads:
            return cls.of(problem, columns, "covered", cover_rows(problem, label))
        kind = kinds_of_points(problem)
        pairs, reached = problem.stations, problem.outreach
        place, first = np.unique(kind, return_index=True)
        own, through = (np.isin(covering.point, first) for covering in (pairs, reached))
        option = pairs.by[own]
        apart = replace(
            problem,
            weights=np.bincount(kind, weights=problem.weights, minlength=len(place)).astype(np.float64),
            option_site=problem.option_site[option],
            option_type=problem.option_type[option],
            stations=Covering(kind[pairs.point[own]], np.arange(len(option)), pairs.share[own]),
            outreach=Covering(kind[reached.point[through]], reached.by[through], reached.share[through]),
        )
        rows = cover_rows(apart, None if label is None else label[first])
        return cls("covered", rows, columns.loads[own], option)


@dataclass(frozen=True)
class Coverage:
    """Who reaches what: rows × decided columns, rows × implied lounges, lounges × columns; and parts × rows (0/1).

    Rows of several measures stand one after the other. ``weights`` are in multiples of ``unit`` (one per part), so
    that slopes stay near one; ``twice`` marks rows that count when two columns are open. ``key`` and ``label`` are the
    measure and the label of each part (see :func:`planner.locate.network.problem.cover_rows`).
    """

    unit: Floats
    weights: Floats
    direct: sp.csr_array
    through: sp.csr_array
    runs: sp.csr_array
    parts: sp.csr_array
    label: Ints
    key: npt.NDArray[np.str_]
    twice: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, problem: NetworkProblem, columns: Columns, measures: Sequence[Measure], *, n_parts: int) -> Coverage:
        """Split the rows of each measure into parts of neighbours with one label.

        Neighbours are rows whose first option stands in the same centre or in one near it in the order. Where links
        are decided, the lounges are columns; otherwise they follow from the open stations.
        """
        blocks = [_placed(problem, columns, measure) for measure in measures]
        pieces = [_parts(problem, measure, n_parts) for measure in measures]
        units = [max(1.0, float((m.rows.reach.T @ m.rows.weights).max(initial=0.0))) for m in measures]
        starts = np.cumsum([0, *(len(label) for _, label in pieces)])
        part = np.concatenate([part + start for (part, _), start in zip(pieces, starts[:-1], strict=True)])
        n_rows, label = len(part), np.concatenate([label for _, label in pieces])
        weights = np.concatenate([m.rows.weights / unit for m, unit in zip(measures, units, strict=True)])
        at = (problem.link_lounge, problem.link_option)
        runs = sp.csr_array((np.ones(len(problem.link_lounge)), at), shape=(problem.n_lounges, columns.count))
        each = [np.full(len(label), number) for number, (_, label) in enumerate(pieces)]
        measure = np.concatenate(each).astype(np.int64)
        return cls(
            np.array(units)[measure],
            weights,
            sp.csr_array(sp.vstack([direct for direct, _ in blocks])),
            sp.csr_array(sp.vstack([through for _, through in blocks])),
            runs,
            sp.csr_array((np.ones(n_rows), (part, np.arange(n_rows))), shape=(len(label), n_rows)),
            label,
            np.array([m.key for m in measures], dtype=np.str_)[measure],
            np.concatenate([np.full(len(m.rows.weights), m.rows.twice) for m in measures]),
        )

    @property
    def most(self) -> Floats:
        """The whole weight of each part."""
        return np.asarray(self.parts @ self.weights)

    @property
    def size(self) -> tuple[int, int]:
        """The number of rows and of what reaches them."""
        return len(self.weights), int(self.direct.nnz)

    def overstated(self, v: Floats, theta: Floats) -> Floats:
        """Return by how much each part of ``theta`` is more than F_k(v)."""
        return theta - self.by_part(v)

    def by_part(self, v: Floats) -> Floats:
        """Return F_k(v) for each part."""
        linked = np.minimum(1.0, self.runs @ v)
        covered = np.minimum(1.0, self._reach(self._direct(v), v, linked))
        return np.asarray(self.parts @ (self.weights * covered))

    def cut(self, v: Floats, theta: Floats | None = None) -> Cut:
        """Return the cut that is tight at v, whatever weight ``theta`` is asked for."""
        reach = self.runs @ v
        direct = self._direct(v)
        open_lounge = reach < _FULL
        open_row = self._reach(direct, v, np.minimum(1.0, reach)) < _FULL
        weighted = sp.csr_array(self.parts * np.where(open_row, self.weights, 0.0))
        weighted.eliminate_zeros()
        lounges = weighted @ self.through
        constants = self.parts @ np.where(open_row, 0.0, self.weights) + lounges @ (~open_lounge).astype(float)
        slopes = weighted @ direct + sp.csr_array(lounges * open_lounge.astype(float)) @ self.runs
        return Cut(constants, sp.csr_array(slopes), sp.csr_array(sp.eye_array(len(constants))))

    def open_rows(self, v: Floats) -> npt.NDArray[np.bool_]:
        """Return the rows that are not full at v: those that the cut at v counts by what is decided."""
        return np.asarray(self._reach(self._direct(v), v, np.minimum(1.0, self.runs @ v)) < _FULL)

    def open_lounges(self, v: Floats) -> npt.NDArray[np.bool_]:
        """Return the lounges that are not full at v."""
        return np.asarray(self.runs @ v < _FULL)

    def _reach(self, direct: sp.csr_array, v: Floats, linked: Floats) -> Floats:
        return np.asarray(direct @ v + self.through @ linked)

    def _direct(self, v: Floats) -> sp.csr_array:
        """Return who reaches what; in rows that need two, without the column that counts most at v."""
        if not self.twice.any():
            return self.direct
        direct = self.direct.copy()
        rows = row_of(direct.indptr)
        order = np.lexsort((direct.indices, -v[direct.indices], rows))
        first = order[np.unique(rows[order], return_index=True)[1]]
        direct.data[first[self.twice[rows[first]]]] = 0.0
        return direct


def _placed(problem: NetworkProblem, columns: Columns, measure: Measure) -> tuple[sp.csr_array, sp.csr_array]:
    """Return the rows of a measure over the decided columns, and over the lounges that follow from them."""
    reach, rows = measure.rows.reach, measure.rows.reach.shape[0]
    n = reach.shape[1] - problem.n_lounges
    stations, lounges = sp.csr_array(reach[:, :n]), sp.csr_array(reach[:, n:])
    direct = _moved(stations, measure.at, columns.count)
    if not columns.n_lounges:
        return direct, lounges
    return sp.csr_array(direct + _moved(lounges, columns.lounges, columns.count)), sp.csr_array(
        (rows, problem.n_lounges)
    )


def _moved(matrix: sp.csr_array, to: Ints, width: int) -> sp.csr_array:
    """Return the matrix with its columns at other positions of a wider one."""
    indices = to[matrix.indices] if len(to) else matrix.indices
    return sp.csr_array((matrix.data, indices, matrix.indptr), shape=(matrix.shape[0], width))


def _parts(problem: NetworkProblem, measure: Measure, n_parts: int) -> tuple[Ints, Ints]:
    """Return the part of each row and the label of each part; pieces are runs of centres of about equal weight."""
    rows = measure.rows
    if not len(rows.weights):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    first = rows.reach.indices[rows.reach.indptr[:-1]]
    centre = np.append(
        problem.site_centre[problem.option_site[measure.option]], np.zeros(problem.n_lounges, dtype=np.int64)
    )
    weight = np.bincount(centre[first], weights=rows.weights)
    done = np.cumsum(weight) - weight / 2
    piece = np.minimum((done * n_parts / max(weight.sum(), 1e-12)).astype(np.int64), n_parts - 1)[centre[first]]
    key, part = np.unique(rows.label * n_parts + piece, return_inverse=True)
    return part.astype(np.int64), key // n_parts
