"""The arcs of the best legal trips between places: what the matrix measures, traced back through the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from planner.inputs.roads.read import Floats, Ints
from planner.ragged import row_of
from planner.travel.places.places import Places, Stops
from planner.travel.streets.chains import Links
from planner.travel.streets.modes import WALK
from planner.travel.streets.network import Network
from planner.travel.trips.search import search_tree

__all__ = ["Path", "best_paths"]


@dataclass(frozen=True)
class Path:
    """One trip: the rows of its two snaps, its arcs in order, and where it begins on the first and ends on the last.

    ``start`` and ``end`` are metres from the start of the first and of the last arc. A trip without arcs is a walk.
    ``pause`` are the seconds lost at the vertex where the trip ends.
    """

    leave: int
    reach: int
    arcs: Ints
    start: float
    end: float
    pause: float
    seconds: float
    metres: float


def best_paths(
    net: Network, leave: Places, reach: Places, pairs: tuple[Ints, Ints], limit: float, unit: str
) -> list[Path | None]:
    """Return the best trip of each pair of positions in ``leave`` and ``reach``; None where none is within the limit.

    The side with fewer places is searched from. ``unit`` "s" asks for the fastest trips, "m" for the shortest.
    """
    forward = len(np.unique(pairs[0])) <= len(np.unique(pairs[1]))
    tracer = _Tracer(net, leave, reach, limit, unit, forward=forward)
    source, target = pairs if forward else pairs[::-1]
    found: list[Path | None] = [None] * len(source)
    for at in _by_value(source):
        tree = tracer.tree(int(source[at[0]]))
        for i in at.tolist():
            found[i] = tracer.path(tree, int(source[i]), int(target[i]))
    return found


@dataclass(frozen=True)
class _Tree:
    cost: Floats
    other: Floats
    came: Ints


class _Tracer:
    """Searches from one side and follows the trips back from the other."""

    def __init__(self, net: Network, leave: Places, reach: Places, limit: float, unit: str, *, forward: bool) -> None:
        self.net, self.leave, self.reach, self.limit, self.forward = net, leave, reach, limit, forward
        self.swap = unit == "m"
        states = net.states
        if forward:
            self.graph, self.begin, self.finish = net.graph, leave.leave, reach.reach
            self.move_link = net.move_link
        else:
            self.graph, self.begin, self.finish = net.back, reach.reach, leave.leave
            self.move_link = states.link[np.lexsort((states.source, states.target))]
        self.tail = row_of(self.graph.row)
        self.leave_on, self.reach_on = _rows_of(leave), _rows_of(reach)
        self.at = np.empty(len(net.arcs.tail), np.int64)
        self.at[net.links.arcs] = np.arange(len(net.links.arcs))

    def tree(self, source: int) -> _Tree:
        """Return the search tree from one place."""
        graph, begin = self.graph, self.begin
        weights = (graph.metres, graph.seconds) if self.swap else (graph.seconds, graph.metres)
        rows = slice(begin.row[source], begin.row[source + 1])
        cost, other = self._measures(begin, rows)
        return _Tree(*search_tree(graph.row, graph.head, *weights, begin.state[rows], cost, other, self.limit))

    def path(self, tree: _Tree, source: int, target: int) -> Path | None:
        """Return the best trip between two places, or None."""
        leave, reach = (source, target) if self.forward else (target, source)
        ways = (self._same_place(leave, reach), self._along_link(leave, reach), self._through(tree, source, target))
        within = [path for path in ways if path is not None and self._cost(path)[0] <= self.limit]
        return min(within, key=self._cost, default=None)

    def _cost(self, path: Path) -> tuple[float, float]:
        return (path.metres, path.seconds) if self.swap else (path.seconds, path.metres)

    def _measures(self, stops: Stops, rows: slice) -> tuple[Floats, Floats]:
        seconds, metres = stops.seconds[rows], stops.metres[rows]
        return (metres, seconds) if self.swap else (seconds, metres)

    def _same_place(self, leave: int, reach: int) -> Path | None:
        """Return the trip of no length between points with the same coordinates."""
        a, b = self.leave.snaps, self.reach.snaps
        here, there = (np.searchsorted(snaps.point, i) for snaps, i in ((a, leave), (b, reach)))
        known = all(
            k < len(snaps.point) and snaps.point[k] == i for k, snaps, i in ((here, a, leave), (there, b, reach))
        )
        ends = [np.round((snaps.lon[i], snaps.lat[i]), 8) for snaps, i in ((a, leave), (b, reach))]
        if not known or (ends[0] != ends[1]).any():
            return None
        return Path(int(here), int(there), np.empty(0, np.int64), 0.0, 0.0, 0.0, 0.0, 0.0)

    def _along_link(self, leave: int, reach: int) -> Path | None:
        """Return the best trip along one link."""
        paths = [
            self._between(i, j)
            for i in self.leave_on[leave].tolist()
            for j in self.reach_on[reach].tolist()
            if self.leave.link[i] == self.reach.link[j] and self.reach.metres[j] >= self.leave.metres[i] - 1e-6
        ]
        return min(paths, key=self._cost, default=None)

    def _between(self, i: int, j: int) -> Path:
        a, b = self.leave, self.reach
        walk = float(a.walk[i] + b.walk[j])
        start, end = self._spot(a, int(a.on_snap[i]), int(a.link[i])), self._spot(b, int(b.on_snap[j]), int(b.link[j]))
        arcs = self.net.links.arcs[start[0] : end[0] + 1]
        return Path(
            leave=int(a.on_snap[i]),
            reach=int(b.on_snap[j]),
            arcs=arcs,
            start=start[1],
            end=end[1],
            pause=0.0,
            seconds=max(float(b.seconds[j] - a.seconds[i]), 0.0) + walk / WALK,
            metres=max(float(b.metres[j] - a.metres[i]), 0.0) + walk,
        )

    def _through(self, tree: _Tree, source: int, target: int) -> Path | None:
        """Return the best trip that passes a junction."""
        finish = self.finish
        rows = slice(finish.row[target], finish.row[target + 1])
        cost, other = self._measures(finish, rows)
        state = finish.state[rows]
        cost, other = tree.cost[state] + cost, tree.other[state] + other
        if not np.isfinite(cost).any():
            return None
        k = int(np.lexsort((other, cost))[0])
        moves, first = _follow(tree.came, self.tail, self.move_link, int(state[k]))
        begun, done = int(self.begin.row[source]) + int(first), int(finish.row[target]) + k
        seconds, metres = (other[k], cost[k]) if self.swap else (cost[k], other[k])
        if self.forward:
            return self._whole(begun, moves[::-1], done, float(seconds), float(metres))
        return self._whole(done, moves, begun, float(seconds), float(metres))

    def _whole(self, begun: int, moves: Ints, done: int, seconds: float, metres: float) -> Path:
        """Return the trip from stop ``begun`` over the links ``moves`` to stop ``done``."""
        links, a, b = self.net.links, self.leave.leave, self.reach.reach
        first, last = int(a.link[begun]), int(b.link[done])
        parts = [links.arcs[links.row[link] : links.row[link + 1]] for link in moves.tolist()]
        start, end, pause = 0.0, np.inf, 0.0
        if first >= 0:
            position, start = self._spot(self.leave, int(a.snap[begun]), first)
            parts.insert(0, links.arcs[position : links.row[first + 1]])
        if last >= 0:
            position, end = self._spot(self.reach, int(b.snap[done]), last)
            parts.append(links.arcs[links.row[last] : position + 1])
        arcs = np.concatenate(parts) if parts else np.empty(0, np.int64)
        if last < 0 and len(arcs):
            end = float(self.net.arcs.metres[arcs[-1]])
            pause = float(self.net.arcs.pause[self.net.arcs.head[arcs[-1]]])
        return Path(int(a.snap[begun]), int(b.snap[done]), arcs, start, end, pause, seconds, metres)

    def _spot(self, places: Places, snap: int, link: int) -> tuple[int, float]:
        """Return the position among ``links.arcs`` and the metres from the start of the arc, of a snap on a link."""
        links: Links = self.net.links
        edge = int(places.snaps.edge[snap])
        length = float(self.net.roads.metres[edge])
        along = min(max(float(places.snaps.along[snap]), 0.0), length)
        arc = 2 * edge if links.of[2 * edge] == link else 2 * edge + 1
        return int(self.at[arc]), length - along if arc % 2 else along


def _rows_of(places: Places) -> list[Ints]:
    """Return for each point its rows among the positions on links."""
    order = np.argsort(places.on, kind="stable")
    ends = np.cumsum(np.bincount(places.on, minlength=places.snaps.count))
    return np.split(order, ends[:-1])


def _by_value(values: Ints) -> Iterator[Ints]:
    """Iterate over the positions of equal values."""
    order = np.argsort(values, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(values[order])) + 1) if len(order) else ()


@numba.njit(cache=True, nogil=True)
def _follow(came, tail, move_link, state):  # type: ignore[no-untyped-def]
    """Return the links of the moves from a state back to where the search began, and the position it began at."""
    count, at = 0, state
    while came[at] >= 0:
        at = tail[came[at]]
        count += 1
    links, at = np.empty(count, np.int64), state
    for i in range(count):
        links[i] = move_link[came[at]]
        at = tail[came[at]]
    return links, -2 - came[at]
