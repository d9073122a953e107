"""Stretches of streets, cut at metres along their edges, as coordinates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.inputs.roads.read import Floats, Ints, Roads
from planner.ragged import ranges

__all__ = ["cut_edges"]


def cut_edges(
    roads: Roads, points: Floats, edge: Ints, low: Floats, high: Floats, backward: npt.NDArray[np.bool_] | None = None
) -> tuple[Floats, Ints]:
    """Return the coordinates of stretches of edges one after another, and the stretch that each belongs to.

    ``points``: coordinates of the points along edges (S, 2), in any system. Stretch ``i`` reaches from ``low[i]`` to
    ``high[i]`` metres along ``edge[i]``; a ``backward`` one is given from high to low.
    """
    size = roads.last[edge] - roads.first[edge] + 1
    piece = np.repeat(np.arange(len(edge)), size)
    point = ranges(roads.first[edge], size)
    along = roads.along[point] - roads.along[roads.first[edge]][piece]
    inside = (along > low[piece]) & (along < high[piece])
    tips = []
    for metres in (low, high):
        before = np.bincount(piece[along <= metres[piece]], minlength=len(edge))
        at = roads.first[edge] + np.clip(before - 1, 0, size - 2)
        step = roads.along[at + 1] - roads.along[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(step > 0, (metres - roads.along[at] + roads.along[roads.first[edge]]) / step, 0.0)
        share = np.clip(share, 0.0, 1.0)[:, None]
        tips.append((1 - share) * points[at] + share * points[at + 1])
    number = np.arange(len(edge))
    of = np.concatenate([number, piece[inside], number])
    place = np.concatenate([low, along[inside], high])
    rank = np.concatenate([np.full(len(edge), -1), np.zeros(int(inside.sum())), np.ones(len(edge))])
    turn = np.ones(len(edge)) if backward is None else np.where(backward, -1.0, 1.0)
    order = np.lexsort((turn[of] * rank, turn[of] * place, of))
    return np.concatenate([tips[0], points[point[inside]], tips[1]])[order], of[order]
