"""What rows count by the best open column alone, without a row for each share: the travel that a p-median saves.

A row counts the largest gain of its open columns. With the columns in falling order of their gains,

    F_i(y) = Σ_j g_ij min(y_j, (1 - Σ_{k before j} y_k)⁺)
    F_i(y) ≤ g_i + Σ_j (g_ij - g_i)⁺ y_j                   g_i: the gain at which the y add up to 1 (0: never)

hold for every y, with equality at the point that decides g_i (Benders cuts of the p-median: Magnanti and Wong, 1981).
Memory and time grow with the pairs, those of :class:`planner.locate.network.coverage.Coverage` with their square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.coverage import Cut
from planner.ragged import row_of

__all__ = ["GradedCoverage"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FULL = 1.0 - 1e-9


@dataclass(frozen=True)
class GradedCoverage:
    """Rows ``column[start[i]:start[i + 1]]``, none empty, with their ``gain``, falling, in multiples of ``scale``.

    ``part`` is that of each row. There are ``width`` columns, and one measure, ``name``; as
    :class:`planner.locate.network.coverage.Coverage` for the rest.
    """

    start: Ints
    column: Ints
    gain: Floats
    part: Ints
    width: int
    name: str
    scale: float

    @classmethod
    def of(cls, start: Ints, column: Ints, gain: Floats, width: int, name: str, *, n_parts: int = 60) -> GradedCoverage:
        """Return the measure of rows whose columns stand in falling order of gain.

        Rows whose first columns are neighbours in the order are one part, about a share ``1 / n_parts`` of all gain.
        """
        scale = max(1.0, float(np.bincount(column, weights=gain, minlength=width).max(initial=0.0)))
        first = column[start[:-1]]
        gained = np.bincount(first, weights=gain[start[:-1]], minlength=width)
        done = np.cumsum(gained) - gained / 2
        piece = np.minimum((done * n_parts / max(float(gained.sum()), 1e-12)).astype(np.int64), n_parts - 1)[first]
        part = np.unique(piece, return_inverse=True)[1].astype(np.int64)
        return cls(start, column, gain / scale, part, width, name, scale)

    @property
    def _n_parts(self) -> int:
        return int(self.part.max(initial=-1)) + 1

    @property
    def unit(self) -> Floats:
        """The gain of which θ of each part is a multiple."""
        return np.full(self._n_parts, self.scale)

    @property
    def label(self) -> Ints:
        """The label of each part: none."""
        return np.zeros(self._n_parts, np.int64)

    @property
    def key(self) -> npt.NDArray[np.str_]:
        """The measure of each part."""
        return np.full(self._n_parts, self.name)

    @property
    def most(self) -> Floats:
        """The whole gain of each part."""
        return self._by_part(self.part, self.gain[self.start[:-1]])

    @property
    def size(self) -> tuple[int, int]:
        """The number of rows and of what reaches them."""
        return len(self.part), len(self.column)

    def by_part(self, v: Floats) -> Floats:
        """Return F_k(v) for each part."""
        y, before = self._sums(v)
        taken = self.gain * np.minimum(y, np.maximum(1.0 - before, 0.0))
        return self._by_part(np.repeat(self.part, np.diff(self.start)), taken)

    def overstated(self, v: Floats, theta: Floats) -> Floats:
        """Return by how much each part of ``theta`` is more than F_k(v)."""
        return theta - self.by_part(v)

    def cut(self, v: Floats, theta: Floats | None = None) -> Cut:
        """Return the cut that is tight at v, whatever ``theta`` is asked for."""
        y, before = self._sums(v)
        row = row_of(self.start)
        level = np.zeros(len(self.part))
        np.maximum.at(level, row[full := before + y >= _FULL], self.gain[full])
        more = np.maximum(self.gain - level[row], 0.0)
        slopes = sp.csr_array((more, (self.part[row], self.column)), shape=(self._n_parts, self.width))
        slopes.sum_duplicates()
        slopes.eliminate_zeros()
        return Cut(self._by_part(self.part, level), slopes, sp.csr_array(sp.eye_array(self._n_parts)))

    def _sums(self, v: Floats) -> tuple[Floats, Floats]:
        """Return the share of each pair's column, and the sum of those before it in its row."""
        y = v[self.column]
        total = np.append(0.0, np.cumsum(y))
        return y, total[:-1] - np.repeat(total[self.start[:-1]], np.diff(self.start))

    def _by_part(self, part: Ints, values: Floats) -> Floats:
        return np.bincount(part, weights=values, minlength=self._n_parts).astype(np.float64)
