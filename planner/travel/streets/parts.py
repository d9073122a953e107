"""The parts into which a network falls, with reach to and from the main part kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.travel.streets.compounds import CLOSED

if TYPE_CHECKING:
    from planner.travel.streets.network import Network

__all__ = ["parts_table"]


def parts_table(network: Network) -> pd.DataFrame:
    """Return one row per weakly connected part, the longest first: edges, kilometres, strong parts, lon, lat.

    ``strong_parts`` counts the strongly connected parts within it (1: every street can be entered and left).
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    roads, arcs = network.roads, network.arcs
    edges = network.edges
    open_arcs = np.flatnonzero(arcs.right != CLOSED)
    ones, count = np.ones(len(open_arcs), np.int8), len(arcs.node)
    matrix = sp.coo_array((ones, (arcs.tail[open_arcs], arcs.head[open_arcs])), shape=(count, count))
    strong = connected_components(matrix, directed=True, connection="strong")[1]
    frame = pd.DataFrame(
        {
            "part": network.part[edges],
            "kilometres": roads.metres[edges] / 1000,
            "lon": roads.lon[roads.first[edges]],
            "lat": roads.lat[roads.first[edges]],
        }
    )
    grouped = frame.groupby("part")
    table = grouped.agg(
        edges=("part", "size"), kilometres=("kilometres", "sum"), lon=("lon", "first"), lat=("lat", "first")
    )
    ends = pd.DataFrame(
        {"part": np.tile(network.part[edges], 2), "strong": strong[np.r_[arcs.tail[2 * edges], arcs.head[2 * edges]]]}
    )
    table.insert(2, "strong_parts", ends.groupby("part")["strong"].nunique())
    return table
