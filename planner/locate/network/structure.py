"""What the columns of the joint model mean, as rows: a lounge is run by an open station, people are served by one.

x_lo ≤ y_o,   u_l = Σ_o x_lo ≤ 1   when links are explicit
f_po ≤ y_o,   Σ_o f_po ≤ 1         when loads are
v_ok ≤ v_o,k+1 ≤ … ≤ y_o           with phases: what is open at the end of one is open at the end of the next
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows
from planner.locate.network.problem import NetworkProblem, kinds_of_points

__all__ = ["structure_rows"]


def structure_rows(problem: NetworkProblem, columns: Columns) -> list[Rows]:
    """Return the rows that links, loads and phases bring, as far as they are columns."""
    blocks = []
    if columns.explicit:
        blocks.append(_linking(problem, columns))
    if columns.n_loads:
        blocks.append(_loading(problem, columns))
    if columns.n_phases > 1:
        blocks.append(_phasing(columns))
    return blocks


def _linking(problem: NetworkProblem, columns: Columns) -> Rows:
    """Return x_lo - y_o ≤ 0 for each link and u_l - Σ_o x_lo = 0 for each lounge."""
    n = len(problem.link_option)
    at = (np.tile(np.arange(n), 2), np.concatenate([columns.links, problem.link_option]))
    values = np.concatenate([np.ones(n), -np.ones(n)])
    stands = sp.csr_array((values, at), shape=(n, columns.count))
    rows = np.concatenate([np.arange(problem.n_lounges), problem.link_lounge])
    at = (rows, np.concatenate([columns.lounges, columns.links]))
    values = np.concatenate([np.ones(problem.n_lounges), -np.ones(n)])
    linked = sp.csr_array((values, at), shape=(problem.n_lounges, columns.count))
    blocks = [
        Rows(stands, np.full(n, -np.inf), np.zeros(n)),
        Rows(linked, np.zeros(problem.n_lounges), np.zeros(problem.n_lounges)),
    ]
    return Rows.stacked(blocks, columns.count)


def _loading(problem: NetworkProblem, columns: Columns) -> Rows:
    """Return f_po - y_o ≤ 0 for each station pair and Σ_o f_po ≤ 1 for each point (p: all points of a kind)."""
    loads, first = np.unique(columns.loads, return_index=True)
    n = len(loads)
    at = (np.tile(np.arange(n), 2), np.concatenate([loads, problem.stations.by[first]]))
    stands = sp.csr_array((np.concatenate([np.ones(n), -np.ones(n)]), at), shape=(n, columns.count))
    points, row = np.unique(kinds_of_points(problem)[problem.stations.point[first]], return_inverse=True)
    once = sp.csr_array((np.ones(n), (row, loads)), shape=(len(points), columns.count))
    blocks = [
        Rows(stands, np.full(n, -np.inf), np.zeros(n)),
        Rows(once, np.full(len(points), -np.inf), np.ones(len(points))),
    ]
    return Rows.stacked(blocks, columns.count)


def _phasing(columns: Columns) -> Rows:
    """Return v_ok - v_o,k+1 ≤ 0 for each option and each phase but the last."""
    earlier = np.concatenate([columns.by_end(phase) for phase in range(columns.n_phases - 1)])
    later = np.concatenate([columns.by_end(phase) for phase in range(1, columns.n_phases)])
    n = len(earlier)
    at = (np.tile(np.arange(n), 2), np.concatenate([earlier, later]))
    matrix = sp.csr_array((np.concatenate([np.ones(n), -np.ones(n)]), at), shape=(n, columns.count))
    return Rows(matrix, np.full(n, -np.inf), np.zeros(n))
