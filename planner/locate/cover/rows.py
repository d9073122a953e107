"""From pairs and standards to covering rows: a demand that counts in steps becomes one row for each step.

With shares s_1 > s_2 > … at the sites of a demand of weight w, row l holds the sites of share ≥ s_l and weighs
w (s_l − s_{l+1}); the rows covered then add up to w times the best share (gradual cover; Church and Roberts, 1983).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.sets import CoverSets, merge
from planner.locate.problem import Flags, Problem
from planner.locate.standard import Steps
from planner.locate.tables import Floats, Ints
from planner.ragged import ranges, row_of, starts

__all__ = ["counted_weight", "cover_rows"]


def cover_rows(problem: Problem, steps: Steps) -> CoverSets:
    """Return the merged covering rows of a problem; demand of weight 0 and excluded sites are left out."""
    keep = ~problem.excluded[problem.site] & (problem.weights[problem.row] > 0)
    row, site = problem.row[keep], problem.site[keep]
    share = steps.share(problem.impedance[keep])
    row, site, share = row[share > 0], site[share > 0], share[share > 0]
    if steps.decay is None and len(steps.shares) == 1:
        return _merged(row, site, problem.weights * steps.shares[0], len(problem.demand), len(problem.sites))
    return _layered(row, site, share, problem.weights, len(problem.sites))


def _merged(row: Ints, site: Ints, weight: Floats, rows: int, sites: int) -> CoverSets:
    start = starts(np.bincount(row, minlength=rows))
    return merge(start, site, weight, sites)[0]


def _layered(row: Ints, site: Ints, share: Floats, weights: Floats, sites: int) -> CoverSets:
    """Return one row for each distinct share of each demand."""
    order = np.lexsort((site, -share, row))
    row, site, share = row[order], site[order], share[order]
    last = np.append((row[1:] != row[:-1]) | (share[1:] != share[:-1]), True)[: len(row)]
    ends = np.flatnonzero(last)
    layer_row, layer_share = row[ends], share[ends]
    below = np.append(np.where(layer_row[1:] == layer_row[:-1], layer_share[1:], 0.0), 0.0)[: len(ends)]
    first = np.searchsorted(row, layer_row)
    length = ends + 1 - first
    start, index = starts(length), ranges(first, length)
    by_site = np.lexsort((site[index], row_of(start)))
    return merge(start, site[index][by_site], weights[layer_row] * (layer_share - below), sites)[0]


def counted_weight(problem: Problem, opened: Flags, steps: Steps) -> float:
    """Return the weight that counts with these open sites: each demand at the best share it gets."""
    pairs = np.flatnonzero(opened[problem.site])
    best: NDArray[np.float64] = np.zeros(len(problem.demand))
    np.maximum.at(best, problem.row[pairs], steps.share(problem.impedance[pairs]))
    return float(problem.weights @ best)
