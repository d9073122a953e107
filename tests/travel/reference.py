"""A second, plain and slow way to find legal trips: networkx on the line graph, one node per arc, rights and history.

It reads the same streets and asks the same tag rules, but shares no graph code with :mod:`planner.travel`: no chains,
no cut vertices, no states at junctions. A node of its graph is the tuple of the arcs travelled last (as many as the
longest forbidden manoeuvre needs) and the phase of the trip (0 still private, 1 open, 2 private again).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pyproj

from planner.inputs.roads.read import Restriction, Roads
from planner.travel import Mode, get_mode
from planner.travel.streets.access import street_rule
from planner.travel.streets.barriers import barrier_right

Arc = tuple[int, int]  # edge, 0 along it, 1 against it
Path = tuple[Arc, ...]
_GEOD = pyproj.Geod(ellps="WGS84")


class Spot(NamedTuple):
    """A place on an edge, metres along it, where trips begin and end in these directions (0 along, 1 against it)."""

    edge: int
    along: float
    sides: tuple[int, ...] = (0, 1)


class LineGraph:
    """Trips of one mode between places on edges."""

    def __init__(self, roads: Roads, mode: str | Mode) -> None:
        self.roads, self.mode = roads, get_mode(mode)
        rules = [street_rule(tags, self.mode) for tags in roads.tags]
        self.right: dict[Arc, str] = {}
        self.speed: dict[Arc, float] = {}
        for edge in range(len(roads)):
            rule = rules[roads.tag[edge]]
            if rule.reading == "ferry":
                continue
            for side, right, speed in ((0, rule.forward, rule.speed_forward), (1, rule.backward, rule.speed_backward)):
                if right != "closed":
                    self.right[edge, side], self.speed[edge, side] = right, speed / 3.6
        self.gate = [barrier_right(roads.node_tags[code], self.mode) for code in roads.node_tag]
        self.leaving: dict[int, list[Arc]] = {}
        for arc in self.right:
            self.leaving.setdefault(self.tail(arc), []).append(arc)
        self.ends: dict[int, list[Arc]] = {}
        for edge in sorted({edge for edge, _ in self.right}):
            for side in (0, 1):
                self.ends.setdefault(self.tail((edge, side)), []).append((edge, side))
        self._enclose()
        self.banned = self.bans(roads.restrictions)
        self.memory = max((len(path) for path in self.banned), default=2) - 1

    @cached_property
    def graph(self) -> Any:
        """The graph of all legal moves, built when it is first asked for."""
        graph: Any = nx.DiGraph()
        waiting = [((arc,), phase) for arc in self.right for phase in (0, 1, 2)]
        while waiting:
            node = waiting.pop()
            if node in graph and graph.out_degree(node):
                continue
            for following in self.onward(*node):
                waiting += [following] * (following not in graph)
                graph.add_edge(node, following, s=self.pause(node) + self.seconds(following[0][-1]))
        return graph

    def pause(self, node: tuple[Path, int]) -> float:
        """Return the seconds lost at the end of the last arc."""
        tags = self.roads.node_tags[self.roads.node_tag[self.head(node[0][-1])]]
        if "traffic_signals" in (tags.get("highway"), tags.get("crossing")):
            return self.mode.signal
        return self.mode.crossing if tags.get("highway") == "crossing" else 0.0

    def tail(self, arc: Arc) -> int:
        return int((self.roads.start, self.roads.end)[arc[1]][arc[0]])

    def head(self, arc: Arc) -> int:
        return int((self.roads.end, self.roads.start)[arc[1]][arc[0]])

    def seconds(self, arc: Arc) -> float:
        return float(self.roads.metres[arc[0]]) / self.speed[arc]

    def _joined(self, *, open_only: bool) -> list[set[int]]:
        """Return sets of edges that hang together, gates considered."""
        graph: Any = nx.Graph()
        edges = {edge for (edge, _), right in self.right.items() if right == "open" or not open_only}
        graph.add_nodes_from(edges)
        at: dict[int, set[int]] = {}
        for edge in edges:
            for node in (int(self.roads.start[edge]), int(self.roads.end[edge])):
                at.setdefault(node, set()).add(edge)
        for node, touching in at.items():
            if self.gate[node] == "open" or (self.gate[node] == "private" and not open_only):
                first, *others = touching
                graph.add_edges_from((first, other) for other in others)
        return [set(part) for part in nx.connected_components(graph)]

    def _enclose(self) -> None:
        whole = {edge: i for i, part in enumerate(self._joined(open_only=False)) for edge in part}
        stretches: dict[int, list[tuple[float, set[int]]]] = {}
        for part in self._joined(open_only=True):
            arcs = [(e, side) for e in part for side in (0, 1) if self.right.get((e, side)) == "open"]
            length = sum(float(self.roads.metres[edge]) for edge, _ in arcs)
            stretches.setdefault(whole[next(iter(part))], []).append((length, part))
        for found in stretches.values():
            for _, part in sorted(found, key=lambda item: -item[0])[1:]:
                self.right |= {(e, i): "private" for e in part for i in (0, 1) if (e, i) in self.right}

    def bans(self, restrictions: Iterable[Restriction]) -> set[Path]:
        """Return the sequences of arcs that restrictions forbid to the mode."""
        banned: set[Path] = set()
        for r in restrictions:
            names = set(self.mode.restricted_as)
            if not names or names & r.exempt or (r.vehicles and not names & r.vehicles):
                continue
            paths = self._meant(list(self._manoeuvres(r)), r.turn)
            for path in paths:
                others = {path[:i]: {p[i] for p in paths if p[:i] == path[:i]} for i in range(1, len(path))}
                for begun, allowed in others.items():
                    back = (begun[-1][0], 1 - begun[-1][1])
                    leaving = self.leaving.get(self.head(begun[-1]), [])
                    if r.kind == "only":
                        banned |= {(*begun, arc) for arc in leaving if arc not in allowed}
                    elif len(begun) > 1 and back in leaving:
                        banned.add((*begun, back))
            if r.kind == "no":
                banned |= set(paths)
        return banned

    def _manoeuvres(self, r: Restriction) -> Iterator[Path]:
        """Iterate over the ways to go from a way ``start`` over all of via to a way ``end``."""
        way = self.roads.way
        id_of = self.roads.node_id
        ahead: list[Path] = [(arc,) for arc in self.right if way[arc[0]] in r.start]
        while ahead:
            path = ahead.pop()
            here = self.head(path[-1])
            met = {int(way[edge]) for edge, _ in path[1:]}
            for arc in self.leaving.get(here, []):
                back = arc == (path[-1][0], 1 - path[-1][1])
                if self.gate[here] == "closed" and not back:
                    continue
                if (r.via_node == id_of[here] if r.via_node is not None else met == set(r.via_ways)) and (
                    way[arc[0]] in r.end and (back or r.via_node is None or way[arc[0]] != way[path[-1][0]])
                ):
                    yield (*path, arc)
                if way[arc[0]] in r.via_ways and not back and arc not in path:
                    ahead.append((*path, arc))

    def _meant(self, paths: list[Path], turn: str) -> list[Path]:
        """Return those that turn as the word says, where the ways alone leave several."""
        ways = [(self.roads.way[path[0][0]], self.roads.way[path[-1][0]]) for path in paths]
        if turn not in ("left", "right", "straight", "u") or len(set(ways)) == len(ways):
            return paths
        low, high = {"left": (20, 180), "right": (180, 340), "straight": (-60, 60), "u": (120, 240)}[turn]
        angles = [(self._bearing(path[0], -2) - self._bearing(path[-1], 0)) % 360 for path in paths]
        fitting = [
            p for p, angle in zip(paths, angles, strict=True) if low <= angle <= high or low <= angle - 360 <= high
        ]
        return fitting or paths

    def _bearing(self, arc: Arc, at: int) -> float:
        """Return the azimuth of travel from the point ``at`` of an arc to the next one."""
        edge, side = arc
        shape = slice(int(self.roads.first[edge]), int(self.roads.last[edge]) + 1)
        lon, lat = ((self.roads.lon[shape], self.roads.lat[shape])[i][:: 1 - 2 * side] for i in (0, 1))
        n = len(lon)
        a, b = (n - 2, n - 1) if at < 0 else (0, 1)
        return float(_GEOD.inv(lon[a], lat[a], lon[b], lat[b])[0])

    def _only_passed(self, node: int) -> bool:
        """Return whether a node lies in the middle of a street, where nobody turns back."""
        ends = self.ends.get(node, [])
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            return False
        (a, i), (b, j) = ends
        out_a, in_a, out_b, in_b = (a, i), (a, 1 - i), (b, j), (b, 1 - j)
        return self.right.get(in_a) == self.right.get(out_b) and self.right.get(in_b) == self.right.get(out_a)

    def onward(self, path: Path, phase: int) -> Iterator[tuple[Path, int]]:
        """Iterate over the nodes that may follow: the arcs travelled last, the newest at the end, and the phase."""
        arc = path[-1]
        node = self.head(arc)
        for following in self.leaving.get(node, []):
            back = following == (arc[0], 1 - arc[1])
            longer = (*path, following)
            now = phase
            if any(longer[i:] in self.banned for i in range(len(path))):
                continue
            if back and self.gate[node] == "open" and self._passed(node):
                continue
            if self.gate[node] != "open" and not back:
                if self.gate[node] == "closed":
                    continue
                now = 2 if phase == 1 else phase
            if self.right[following] == "private":
                now = 2 if now == 1 else now
            elif now == 2:
                continue
            else:
                now = 1
            yield longer[-self.memory :], now

    def _passed(self, node: int) -> bool:
        cache = self.__dict__.setdefault("_cache", {})
        if node not in cache:
            cache[node] = self._only_passed(node)
        return bool(cache[node])

    def spot(self, edge: int, along: float, lon: float, lat: float) -> Spot:
        """Return the place of a point beside an edge, by the sectors right and left of the way on at that place."""
        kerbside = self.roads.tags[self.roads.tag[edge]].get("highway") in self.mode.kerbside
        if not kerbside or not {(edge, 0), (edge, 1)} <= self.right.keys():
            return Spot(edge, along)
        shape = slice(int(self.roads.first[edge]), int(self.roads.last[edge]) + 1)
        lons, lats, metres = self.roads.lon[shape], self.roads.lat[shape], self.roads.along[shape]
        metres = metres - metres[0]
        here = [float(np.interp(along, metres, values)) for values in (lons, lats)]
        before, after = (int(np.searchsorted(metres, along + gap)) for gap in (-1e-4, 1e-4))
        ahead = _GEOD.inv(*here, lons[after], lats[after])[0]
        behind = _GEOD.inv(*here, lons[before - 1], lats[before - 1])[0]
        towards, _, away = _GEOD.inv(*here, lon, lat)
        right = (towards - ahead) % 360 < (behind - ahead) % 360
        return Spot(edge, along, (0, 1) if away < 0.1 else (0,) if right else (1,))

    def trips(self, source: Spot, targets: list[Spot]) -> list[tuple[float, float]]:
        """Return seconds and metres from one place within an edge to others; infinite when there is no legal trip."""
        edge, along, sides = source
        graph = self.graph
        if "begin" in graph:
            graph.remove_node("begin")
        for side in sides:
            arc = (edge, side)
            if arc in self.right:
                left = along if side else float(self.roads.metres[edge]) - along
                phase = 0 if self.right[arc] == "private" else 1
                graph.add_edge("begin", ((arc,), phase), s=left / self.speed[arc])
        if "begin" not in graph:
            return [(np.inf, np.inf)] * len(targets)
        cost, paths = nx.single_source_dijkstra(graph, "begin", weight="s")
        self.by_arc: dict[Arc, list[tuple[Path, int]]] = {}
        for node in cost:
            if node != "begin":
                self.by_arc.setdefault(node[0][-1], []).append(node)
        results = [self._best(source, target, cost) for target in targets]
        return [
            (s, self._metres(source, target, paths, via)) for target, (s, via) in zip(targets, results, strict=True)
        ]

    def _best(self, source: Spot, target: Spot, cost: Any) -> tuple[float, Any]:
        edge, along, sides = target
        best: tuple[float, Any] = (np.inf, None)
        for side in sides:
            arc = (edge, side)
            if arc not in self.right:
                continue
            gone = float(self.roads.metres[edge]) - along if side else along
            if edge == source.edge and side in source.sides and (along >= source.along) == (side == 0):
                best = min(best, (abs(along - source.along) / self.speed[arc], "direct"), key=lambda item: item[0])
            nodes = itertools.chain.from_iterable(self.by_arc.get(before, ()) for before in self._into(self.tail(arc)))
            for node in nodes:
                total = cost[node] + self.pause(node) + gone / self.speed[arc]
                if total < best[0] and any(path[-1] == arc for path, _ in self.onward(*node)):
                    best = (total, (node, gone))
        return best

    def _into(self, node: int) -> set[Arc]:
        arriving = self.__dict__.setdefault("_arriving", {})
        if not arriving:
            for arc in self.right:
                arriving.setdefault(self.head(arc), set()).add(arc)
        return set(arriving.get(node, set()))

    def _metres(self, source: Spot, target: Spot, paths: Any, via: Any) -> float:
        if via is None:
            return np.inf
        if via == "direct":
            return abs(target.along - source.along)
        state, gone = via
        path = [arcs[-1] for arcs, _ in paths[state][1:]]
        edge, side = path[0]
        first = source.along if side else float(self.roads.metres[edge]) - source.along
        return first + sum(float(self.roads.metres[edge]) for edge, _ in path[1:]) + float(gone)
