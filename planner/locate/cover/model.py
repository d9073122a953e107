"""Covering models as arrays for the MIP solver: sites x, and layers z of covered rows."""

from __future__ import annotations

import itertools
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
    """A further row ``lower <= sites @ x + rows @ z[0] <= upper``; None stands for zeros."""

    lower: float
    upper: float
    sites: Floats | None = None
    rows: Floats | None = None


def cover_model(
    sets: CoverSets,
    state: State,
    *,
    price: Floats,
    profits: tuple[Floats, ...],
    at_least: float = 0.0,
    sides: tuple[Side, ...] = (),
) -> mip.Model:
    """Return ``max Σ_l profits[l] @ z_l − price @ x`` with ``Σ_{j ∈ S_i} x_j − Σ_l z_li ≥ at_least``, ``z_l+1 ≤ z_l``.

    ``state`` fixes sites open (1) or closed (−1). With x whole the best z is whole too, unless a later layer pays more
    than the one before: then its z are integer as well.
    """
    layers, rows, sites = len(profits), sets.rows, sets.sites
    blocks = [hstack([sets.matrix(), *[-eye_array(rows)] * layers])]
    lower, upper = [np.full(rows, at_least)], [np.full(rows, np.inf)]
    for layer in range(1, layers):
        chain = [coo_array((rows, sites)), *[coo_array((rows, rows))] * layers]
        chain[layer], chain[layer + 1] = eye_array(rows), -eye_array(rows)
        blocks.append(hstack(chain))
        lower.append(np.zeros(rows))
        upper.append(np.full(rows, np.inf))
    for side in sides:
        parts = [np.zeros(sites) if side.sites is None else side.sites]
        parts += [np.zeros(rows) if side.rows is None or layer else side.rows for layer in range(layers)]
        blocks.append(coo_array(np.concatenate(parts)[None, :]))
        lower.append(np.array([side.lower]))
        upper.append(np.array([side.upper]))
    binary = np.zeros(sites + layers * rows, bool)
    binary[:sites] = True
    if any(bool((later > earlier).any()) for earlier, later in itertools.pairwise(profits)):
        binary[sites + rows :] = True
    return mip.Model(
        cost=np.concatenate([-price, *profits]),
        matrix=csc_array(vstack(blocks)),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        lower=np.concatenate([(state == 1).astype(float), np.zeros(layers * rows)]),
        upper=np.concatenate([(state >= 0).astype(float), np.ones(layers * rows)]),
        integer=binary,
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
