"""The field's tools on the same streets, as their own guides call them."""

from __future__ import annotations

import contextlib
import io
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import osmnx
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from planner.travel import Network
from planner.travel.streets.compounds import CLOSED


@dataclass(frozen=True)
class Graph:
    """The streets of a mode as a plain graph of nodes: seconds of the fastest edge between two of them."""

    seconds: sp.csr_array
    lon: np.ndarray
    lat: np.ndarray

    @classmethod
    def of(cls, net: Network) -> Graph:
        arcs, roads = net.arcs, net.roads
        open_ = np.flatnonzero(arcs.right != CLOSED)
        tail, head, seconds = arcs.node[arcs.tail[open_]], arcs.node[arcs.head[open_]], arcs.seconds[open_]
        order = np.lexsort((seconds, head, tail))
        tail, head, seconds = tail[order], head[order], seconds[order]
        fastest = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0))
        count = len(roads.node_id)
        matrix = sp.csr_array((seconds[fastest], (tail[fastest], head[fastest])), shape=(count, count))
        return cls(matrix, roads.lon[roads.node_point], roads.lat[roads.node_point])

    @cached_property
    def networkx(self) -> Any:
        coo, graph = self.seconds.tocoo(), nx.DiGraph()
        graph.add_nodes_from(range(self.seconds.shape[0]))
        graph.add_weighted_edges_from(
            zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True), "seconds"
        )
        return graph


def scipy_dijkstra(graph: Graph, origins: np.ndarray, limit: float) -> Any:
    return dijkstra(graph.seconds, indices=origins, limit=limit)


def networkx_dijkstra(graph: Graph, origins: np.ndarray, limit: float) -> None:
    for origin in origins.tolist():
        nx.single_source_dijkstra(graph.networkx, origin, cutoff=limit, weight="seconds")


def pandana_range(graph: Graph, origins: np.ndarray, limit: float) -> tuple[float, float] | None:
    """Return the seconds of building and of the ranges, or None when pandana is not installed."""
    try:
        import pandana
    except ImportError:
        return None
    coo = graph.seconds.tocoo()
    begun = time.perf_counter()
    ends = pd.Series(coo.row), pd.Series(coo.col)
    with contextlib.redirect_stdout(io.StringIO()):
        network = pandana.Network(
            pd.Series(graph.lon), pd.Series(graph.lat), *ends, pd.DataFrame({"seconds": coo.data}), twoway=False
        )
    built = time.perf_counter()
    network.nodes_in_range(origins.tolist(), limit, imp_name="seconds")
    return built - begun, time.perf_counter() - built


def osmium_reads(path: Path) -> int:
    return sum(1 for _ in osmium.FileProcessor(str(path)).with_locations())


def osmnx_reads(xml: Path) -> Any:
    return osmnx.graph_from_xml(xml, simplify=True, retain_all=True)


def as_xml(path: Path, folder: Path) -> Path:
    """Write the file as XML, the only format that osmnx reads; ways end where the file does."""
    target = folder / f"{path.name.partition('.')[0]}.osm"
    known = {item.id for item in osmium.FileProcessor(str(path), osmium.osm.NODE)}
    with osmium.SimpleWriter(str(target)) as writer:
        for item in osmium.FileProcessor(str(path)):
            if item.is_way():
                refs = [node.ref for node in item.nodes if node.ref in known]
                if len(refs) > 1:
                    writer.add_way(item.replace(nodes=refs))
            else:
                writer.add(item)
    return target
