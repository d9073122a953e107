"""Covering models as arrays for the MIP solver: sites x, and covered rows z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, eye_array, hstack, vstack

from planner.locate.cover.sets import CoverSets, State
from planner.locate.solver import mip

__all__ = ["Side", "cover_model", "left_out_model"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Side:
    """A further row ``lower <= sites @ x + rows @ z <= upper``; None stands for zeros."""

    lower: float
    upper: float
    sites: Floats | None = None
    rows: Floats | None = None


def cover_model(
    sets: CoverSets, state: State, *, price: Floats, profit: Floats, sides: tuple[Side, ...] = ()
) -> mip.Model:
    """Return ``max profit @ z − price @ x`` with ``Σ_{j ∈ S_i} x_j ≥ z_i``: z marks the rows that are covered.

    ``state`` fixes sites open (1) or closed (−1). With x whole the best z is whole too.
    """
    rows, sites = sets.rows, sets.sites
    blocks = [hstack([sets.matrix(), -eye_array(rows)])]
    lower, upper = [np.zeros(rows)], [np.full(rows, np.inf)]
    for side in sides:
        parts = [np.zeros(sites) if side.sites is None else side.sites]
        parts += [np.zeros(rows) if side.rows is None else side.rows]
        blocks.append(coo_array(np.concatenate(parts)[None, :]))
        lower.append(np.array([side.lower]))
        upper.append(np.array([side.upper]))
    return mip.Model(
        cost=np.concatenate([-price, profit]),
        matrix=csc_array(vstack(blocks)),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        lower=np.concatenate([(state == 1).astype(float), np.zeros(rows)]),
        upper=np.concatenate([(state >= 0).astype(float), np.ones(rows)]),
        integer=np.append(np.ones(sites, bool), np.zeros(rows, bool)),
        maximise=True,
    )


def left_out_model(sets: CoverSets, price: Floats, most: int | None = None) -> mip.Model:
    """Return ``min price @ x + weight @ s`` with ``Σ_{j ∈ S_i} x_j + s_i ≥ 1``: s marks the rows that are left out.

    With ``most``, at most so many sites open: maximal covering told by what is not covered (Church and ReVelle, 1974).
    """
    rows, sites = sets.rows, sets.sites
    matrix, lower = hstack([sets.matrix(), eye_array(rows)]), np.ones(rows)
    if most is not None:
        some = coo_array(np.append(-np.ones(sites), np.zeros(rows))[None, :])
        matrix, lower = vstack([matrix, some]), np.append(lower, -float(most))
    return mip.Model(
        cost=np.append(price, sets.weight),
        matrix=csc_array(matrix),
        row_lower=lower,
        row_upper=np.full(len(lower), np.inf),
        lower=np.zeros(sites + rows),
        upper=np.ones(sites + rows),
        integer=np.append(np.ones(sites, bool), np.zeros(rows, bool)),
    )
