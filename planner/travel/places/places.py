"""Places on streets: where a point meets an edge, and how trips leave and reach it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.inputs.roads.read import Floats, Ints
from planner.ragged import ranges
from planner.travel.streets.modes import WALK

if TYPE_CHECKING:
    from planner.travel.streets.network import Network

__all__ = ["Places", "Snaps", "Stops", "place"]

_AT_NODE = 1e-3  # metres along an edge that still count as its end


@dataclass(frozen=True)
class Snaps:
    """Where points meet the streets, one row per point and edge; a point may have none, one or two.

    ``along`` are metres on the edge from its start, ``access`` metres of walk from the point to it. ``served`` (n, 2)
    tells whether trips begin and end there going along the edge, and going against it.
    """

    count: int
    point: Ints
    edge: Ints
    along: Floats
    access: Floats
    served: np.ndarray
    lon: Floats  # of the points themselves, (count,)
    lat: Floats


@dataclass(frozen=True)
class Stops:
    """Rows per point: the states in which trips leave (or reach) it, with the seconds and metres in between.

    ``snap`` is the row of the snap, ``link`` the link that is travelled in between (-1 for a place at a vertex).
    """

    row: Ints
    state: Ints
    seconds: Floats
    metres: Floats
    snap: Ints
    link: Ints


@dataclass(frozen=True)
class Places:
    """Points tied to a network: departures, arrivals, and positions on links for trips along one link.

    ``on`` holds the point, ``on_snap`` the row of its snap, ``link``, ``seconds`` and ``metres`` its position from the
    start of the link, ``walk`` the metres of access.
    """

    snaps: Snaps
    leave: Stops
    reach: Stops
    on: Ints
    on_snap: Ints
    link: Ints
    seconds: Floats
    metres: Floats
    walk: Floats


def place(network: Network, snaps: Snaps) -> Places:
    """Return the ways in which trips leave and reach snapped points."""
    at_node, vertex_of = _at_node(network, snaps)
    walk_seconds = snaps.access / WALK
    rows = np.flatnonzero(~at_node)
    both = [_on_links(network, snaps, rows, side) for side in (0, 1)]
    which, link, seconds, metres = (np.concatenate(values) for values in zip(*both, strict=True))
    links, states = network.links, network.states
    left = links.seconds[link] - seconds + links.exit[link], links.metres[link] - metres
    leave = [(which, states.start[link], *left, link)]
    entries = network.entry_row[link + 1] - network.entry_row[link]
    each = np.repeat(np.arange(len(link)), entries)
    at = ranges(network.entry_row[link], entries)
    reach = [(which[each], network.entry_state[at], seconds[each], metres[each], link[each])]
    nodes = np.flatnonzero(at_node)
    starts, ends = _states_at(network, vertex_of[nodes])
    for chosen, (of, state) in ((leave, starts), (reach, ends)):
        chosen.append((nodes[of], state, np.zeros(len(of)), np.zeros(len(of)), np.full(len(of), -1)))
    return Places(
        snaps,
        _stops(leave, snaps, walk_seconds),
        _stops(reach, snaps, walk_seconds),
        snaps.point[which],
        which,
        link,
        seconds,
        metres,
        snaps.access[which],
    )


def _at_node(network: Network, snaps: Snaps) -> tuple[np.ndarray, Ints]:
    """Return which rows lie at a node that is in the graph, and the node."""
    roads = network.roads
    at_start = snaps.along <= _AT_NODE
    at_end = snaps.along >= roads.metres[snaps.edge] - _AT_NODE
    node = np.where(at_start, roads.start[snaps.edge], roads.end[snaps.edge])
    in_graph = np.zeros(len(roads.node_id), bool)
    in_graph[network.arcs.node[network.states.vertex]] = True
    return (at_start | at_end) & in_graph[node], node


def _on_links(network: Network, snaps: Snaps, rows: Ints, side: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Return row, link, seconds and metres from the start of the link, for one direction of travel."""
    arc = 2 * snaps.edge[rows] + side
    open_ = (network.links.of[arc] >= 0) & snaps.served[rows, side]
    rows, arc = rows[open_], arc[open_]
    length = network.arcs.metres[arc]
    along = np.clip(snaps.along[rows], 0, length)
    along = length - along if side else along
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(length > 0, along / length, 0.0)
    links = network.links
    return (
        rows,
        links.of[arc],
        links.before_seconds[arc] + share * network.arcs.seconds[arc],
        links.before_metres[arc] + along,
    )


def _states_at(network: Network, nodes: Ints) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return (position in ``nodes``, state) of the states in which trips begin, and in which they end."""
    node_of_vertex = network.arcs.node[: len(network.states.begin)]
    begin_vertex = np.flatnonzero(network.states.begin >= 0)
    starts = _match(nodes, node_of_vertex[begin_vertex], network.states.begin[begin_vertex])
    may_end = np.flatnonzero(network.states.ends)
    ends = _match(nodes, network.arcs.node[network.states.vertex[may_end]], may_end)
    return starts, ends


def _match(wanted: Ints, keys: Ints, values: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(keys, kind="stable")
    low = np.searchsorted(keys[order], wanted, "left")
    size = np.searchsorted(keys[order], wanted, "right") - low
    return np.repeat(np.arange(len(wanted)), size), values[order][ranges(low, size)]


def _stops(parts: list[Any], snaps: Snaps, walk_seconds: Floats) -> Stops:
    rows, state, seconds, metres, link = (np.concatenate(values) for values in zip(*parts, strict=True))
    order = np.argsort(snaps.point[rows] * (state.max(initial=-1) + 2) + state, kind="stable")
    order = order[state[order] >= 0]
    rows = rows[order]
    row = np.zeros(snaps.count + 1, np.int64)
    np.cumsum(np.bincount(snaps.point[rows], minlength=snaps.count), out=row[1:])
    seconds, metres = seconds[order] + walk_seconds[rows], metres[order] + snaps.access[rows]
    return Stops(row, state[order], seconds, metres, rows, link[order])
