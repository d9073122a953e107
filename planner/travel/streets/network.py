"""Streets compiled for one travel mode: the graph that is searched and the places on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.inputs.roads.read import Ints, Roads
from planner.travel.places.nearest import EdgeGrid, edge_grid
from planner.travel.streets.arcs import compile_arcs
from planner.travel.streets.chains import Links, link_up, passed_vertices
from planner.travel.streets.compounds import CLOSED, Arcs, parts_of
from planner.travel.streets.modes import Mode, get_mode
from planner.travel.streets.states import Graph, States, build_states, csr
from planner.travel.streets.turns import banned_sequences

__all__ = ["Network", "as_network", "check_mode", "network"]


@dataclass(frozen=True)
class Network:
    """The streets that one mode may use, with all its rules held in a graph of states.

    ``graph`` has one row per state (seconds and metres of each move), ``back`` the same moves turned round.
    ``entry_row``/``entry_state`` list the states from which a link may be entered. ``part`` numbers the weakly
    connected part of each edge (0 is the longest, -1 an unused edge). ``report`` tells what was assumed.
    """

    roads: Roads
    mode: Mode
    arcs: Arcs
    links: Links
    states: States
    graph: Graph
    back: Graph
    move_link: Ints
    entry_row: Ints
    entry_state: Ints
    part: Ints
    report: Report = field(repr=False)

    @cached_property
    def edges(self) -> Ints:
        """Positions of the edges that the mode may use in some direction."""
        return np.flatnonzero(self.part >= 0)

    @cached_property
    def grid(self) -> EdgeGrid:
        """All usable edges in ``roads.crs``, ready for the question which one is nearest."""
        return self._grid(self.edges)

    @cached_property
    def main_grid(self) -> EdgeGrid:
        """The edges of the main part alone."""
        return self._grid(np.flatnonzero(self.part == 0))

    def _grid(self, edges: Ints) -> EdgeGrid:
        return edge_grid(*self.roads.xy, self.roads.first, self.roads.last, edges)

    def parts(self) -> pd.DataFrame:
        """Return the weakly connected parts, the longest first: edges, kilometres, strong parts, lon, lat of one place.

        ``strong_parts`` counts the strongly connected parts within it (1: every street can be entered and left).
        """
        from planner.travel.streets.parts import parts_table

        return parts_table(self)


def network(roads: Roads, mode: str | Mode, *, ferries: bool = False) -> Network:
    """Return the network of a mode on these streets.

    Raises :class:`planner.errors.ScenarioError` for an unknown mode.

    >>> network(roads, "ebike").report.facts["edges used"]  # doctest: +SKIP
    3120
    """
    mode = get_mode(mode)
    report = Report(f"streets for {mode.name}")
    arcs = compile_arcs(roads, mode, ferries=ferries, report=report)
    banned = banned_sequences(roads, arcs, mode, report)
    turning = np.unique([arcs.head[arc] for sequence in banned for arc in sequence[:-1]]).astype(np.int64)
    banned = sorted({*banned, *_turning_back(arcs, turning)})
    links = link_up(arcs, turning)
    usable = np.isfinite(links.seconds)
    sequences = [_on_links(links, sequence) for sequence in banned]
    states = build_states(links.tail, links.head, links.private, usable, sequences)
    seconds = (links.seconds + links.exit)[states.link]
    metres = links.metres[states.link]
    count = len(states.vertex)
    graph = csr(states.source, states.target, seconds, metres, count)
    back = csr(states.target, states.source, seconds, metres, count)
    order = np.lexsort((states.source, states.link))
    entry_row = np.zeros(len(links.tail) + 1, np.int64)
    np.cumsum(np.bincount(states.link, minlength=len(links.tail)), out=entry_row[1:])
    part = _parts(roads, arcs)
    report.facts |= {"states": count, "moves": len(states.source), "parts": int(part.max(initial=-1)) + 1}
    report.facts["lengths"] = "geodesic on WGS 84"
    return Network(
        roads,
        mode,
        arcs,
        links,
        states,
        graph,
        back,
        states.link[np.lexsort((states.target, states.source))],
        entry_row,
        states.source[order],
        part,
        report,
    )


def as_network(roads: Roads | Network, mode: str | Mode, *, ferries: bool = False) -> Network:
    """Return the network of a mode on streets; a network is returned as it is.

    Raises :class:`planner.errors.ScenarioError` for a network of another mode.
    """
    if not isinstance(roads, Network):
        return network(roads, mode, ferries=ferries)
    check_mode(roads, get_mode(mode))
    return roads


def check_mode(net: Network, mode: Mode) -> None:
    """Raise :class:`planner.errors.ScenarioError` unless the network is one for the mode."""
    if mode != net.mode:
        raise ScenarioError(f"the network is one for {net.mode.name}, not for {mode.name}.")


def _turning_back(arcs: Arcs, kept: Ints) -> list[tuple[int, int]]:
    """Return the turns back in the middle of streets at vertices that stay in the graph for another reason."""
    passed, leaving = passed_vertices(arcs)
    return [(int(arc) ^ 1, int(arc)) for v in kept[passed[kept]] for arc in leaving[v]]


def _on_links(links: Links, sequence: tuple[int, ...]) -> tuple[int, ...]:
    """Return a sequence of arcs as one of links."""
    path = [int(links.of[arc]) for arc in sequence]
    return tuple(link for i, link in enumerate(path) if i == 0 or link != path[i - 1])


def _parts(roads: Roads, arcs: Arcs) -> Ints:
    """Return the weakly connected part of each edge, numbered by falling length; -1 for unused edges."""
    open_arcs = arcs.right != CLOSED
    label = parts_of(arcs, open_arcs)
    used = open_arcs.reshape(-1, 2).any(axis=1)[: len(roads)]
    of_edge = label[arcs.tail[::2][: len(roads)]]
    length = np.bincount(of_edge[used], weights=roads.metres[used], minlength=int(label.max(initial=0)) + 1)
    rank = np.empty(len(length), np.int64)
    rank[np.argsort(-length, kind="stable")] = np.arange(len(length))
    return np.where(used, rank[of_edge], -1)
