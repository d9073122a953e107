"""The covered weight as a concave function of what is decided, with its supergradients.

For fractional y the best u and z are known: u_l = min(1, Σ_{o ∈ R_l} y_o) and z_r = min(1, Σ y + Σ u), so the covered
weight is a concave, piecewise linear function F(y), and with parts of the rows F = Σ_k F_k,

    F_k(y) ≤ Σ_{r full} w_r
           + Σ_{r open} w_r (Σ_{o ∈ S_r} y_o + Σ_{l ∈ L_r, l full} 1 + Σ_{l ∈ L_r, l open} Σ_{o ∈ R_l} y_o)

holds for every y, with equality at the point that decides what is full (≥ 1) and open (< 1). These are the Benders
cuts of Cordeau, Furini and Ljubić (2019), carried through the lounges: neither z nor u is needed in the master.
Where rules speak of single links, u is decided in the master too, and F is a function of (y, u).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network import CoverRows, NetworkProblem

__all__ = ["Coverage", "Cut"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FULL = 1.0 - 1e-9


@dataclass(frozen=True)
class Cut:
    """One inequality per part k of the rows:  F_k(v) ≤ constants_k + slopes_k · v."""

    constants: Floats
    slopes: sp.csr_array

    def __call__(self, v: Floats) -> Floats:
        """Return the right-hand sides at v."""
        return np.asarray(self.constants + self.slopes @ v)


@dataclass(frozen=True)
class Coverage:
    """Who reaches what: rows × decided columns, rows × implied lounges, lounges × columns; and parts × rows (0/1).

    ``weights`` are in multiples of ``unit``, so that slopes stay near one. ``label`` is the label of each part (see
    :func:`planner.locate.network.cover_rows`).
    """

    unit: float
    weights: Floats
    direct: sp.csr_array
    through: sp.csr_array
    runs: sp.csr_array
    parts: sp.csr_array
    label: Ints

    @classmethod
    def of(cls, problem: NetworkProblem, rows: CoverRows, *, n_parts: int, links: bool) -> Coverage:
        """Split the rows into parts of neighbours with one label; with ``links`` the lounges are decided, not implied.

        Neighbours are rows whose first option stands in the same centre or in one near it in the order.
        """
        n, m = problem.n_options, problem.n_lounges
        part, label = _parts(problem, rows, n_parts)
        unit = max(1.0, float((rows.reach.T @ rows.weights).max(initial=0.0)))
        weights = rows.weights / unit
        parts = sp.csr_array((np.ones(len(part)), (part, np.arange(len(part)))), shape=(len(label), len(part)))
        if links:
            none, nothing = sp.csr_array((len(part), 0)), sp.csr_array((0, n + m))
            return cls(unit, weights, rows.reach, none, nothing, parts, label)
        at = (problem.link_lounge, problem.link_option)
        runs = sp.csr_array((np.ones(len(problem.link_lounge)), at), shape=(m, n))
        reach = rows.reach
        return cls(unit, weights, sp.csr_array(reach[:, :n]), sp.csr_array(reach[:, n:]), runs, parts, label)

    @property
    def n_columns(self) -> int:
        """The number of decided columns."""
        return int(self.direct.shape[1])

    def by_part(self, v: Floats) -> Floats:
        """Return F_k(v) for each part."""
        linked = np.minimum(1.0, self.runs @ v)
        covered = np.minimum(1.0, self.direct @ v + self.through @ linked)
        return np.asarray(self.parts @ (self.weights * covered))

    def cut(self, v: Floats) -> Cut:
        """Return the cut that is tight at v."""
        reach = self.runs @ v
        open_lounge = reach < _FULL
        open_row = self.direct @ v + self.through @ np.minimum(1.0, reach) < _FULL
        weighted = sp.csr_array(self.parts * np.where(open_row, self.weights, 0.0))
        weighted.eliminate_zeros()
        lounges = weighted @ self.through
        constants = self.parts @ np.where(open_row, 0.0, self.weights) + lounges @ (~open_lounge).astype(float)
        slopes = weighted @ self.direct + sp.csr_array(lounges * open_lounge.astype(float)) @ self.runs
        return Cut(constants, sp.csr_array(slopes))


def _parts(problem: NetworkProblem, rows: CoverRows, n_parts: int) -> tuple[Ints, Ints]:
    """Return the part of each row and the label of each part; pieces are runs of centres of about equal weight."""
    if not len(rows.weights):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    first = rows.reach.indices[rows.reach.indptr[:-1]]
    centre = np.append(problem.site_centre[problem.option_site], np.zeros(problem.n_lounges, dtype=np.int64))[first]
    weight = np.bincount(centre, weights=rows.weights)
    done = np.cumsum(weight) - weight / 2
    piece = np.minimum((done * n_parts / max(weight.sum(), 1e-12)).astype(np.int64), n_parts - 1)[centre]
    key, part = np.unique(rows.label * n_parts + piece, return_inverse=True)
    return part.astype(np.int64), key // n_parts
