"""A second, plain and slow way to find legal trips: networkx on the line graph, one node per arc, rights and history.

It reads the same streets and asks the same tag rules, but shares no graph code with :mod:`planner.travel`: no chains,
no cut vertices, no states at junctions. Only restrictions through nodes are held.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np

from planner.inputs.roads import Roads
from planner.travel import Mode, get_mode
from planner.travel.access import street_rule
from planner.travel.barriers import barrier_right

Arc = tuple[int, int]  # edge, 0 along it, 1 against it


class LineGraph:
    """Trips of one mode between places (edge, metres along it)."""

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
        self.banned = self._bans()
        self.graph: Any = nx.DiGraph()
        for arc in self.right:
            for phase in (0, 1, 2):
                for following, after in self.onward(arc, phase):
                    self.graph.add_edge((arc, phase), (following, after), s=self.seconds(following))

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

    def _bans(self) -> set[tuple[Arc, Arc]]:
        banned = set()
        number = {int(node): i for i, node in enumerate(self.roads.node_id)}
        for r in self.roads.restrictions:
            names = set(self.mode.restricted_as)
            if r.via_node is None or not names or names & r.exempt or (r.vehicles and not names & r.vehicles):
                continue
            node = number.get(r.via_node, -1)
            way = self.roads.way
            into = [a for a in self.right if self.head(a) == node and way[a[0]] in r.start]
            out = [
                (a, b)
                for a in into
                for b in self.leaving.get(node, [])
                if way[b[0]] in r.end and (way[a[0]] != way[b[0]] or b == (a[0], 1 - a[1]))
            ]
            if r.kind == "no":
                banned |= set(out)
                continue
            for a in {a for a, _ in out}:
                banned |= {(a, b) for b in self.leaving[node] if (a, b) not in out}
        return banned

    def _only_passed(self, node: int) -> bool:
        """Return whether a node lies in the middle of a street, where nobody turns back."""
        ends = self.ends.get(node, [])
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            return False
        (a, i), (b, j) = ends
        out_a, in_a, out_b, in_b = (a, i), (a, 1 - i), (b, j), (b, 1 - j)
        return self.right.get(in_a) == self.right.get(out_b) and self.right.get(in_b) == self.right.get(out_a)

    def onward(self, arc: Arc, phase: int) -> list[tuple[Arc, int]]:
        """Return the arcs that may follow an arc, with the phase after them (0 still private, 1 open, 2 private)."""
        node = self.head(arc)
        found = []
        for following in self.leaving.get(node, []):
            back = following == (arc[0], 1 - arc[1])
            now = phase
            if (arc, following) in self.banned or (back and self.gate[node] == "open" and self._passed(node)):
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
            found.append((following, now))
        return found

    def _passed(self, node: int) -> bool:
        cache = self.__dict__.setdefault("_cache", {})
        if node not in cache:
            cache[node] = self._only_passed(node)
        return bool(cache[node])

    def trips(self, source: tuple[int, float], targets: list[tuple[int, float]]) -> list[tuple[float, float]]:
        """Return seconds and metres from one place within an edge to others; infinite when there is no legal trip."""
        edge, along = source
        begin: Any = self.graph
        begin.remove_nodes_from([node for node in ("begin",) if node in begin])
        for side in (0, 1):
            arc = (edge, side)
            if arc in self.right:
                left = along if side else float(self.roads.metres[edge]) - along
                phase = 0 if self.right[arc] == "private" else 1
                begin.add_edge("begin", (arc, phase), s=left / self.speed[arc])
        if "begin" not in begin:
            return [(np.inf, np.inf)] * len(targets)
        cost, paths = nx.single_source_dijkstra(begin, "begin", weight="s")
        results = [self._best(source, target, cost) for target in targets]
        return [
            (s, self._metres(source, target, paths, via)) for target, (s, via) in zip(targets, results, strict=True)
        ]

    def _best(self, source: tuple[int, float], target: tuple[int, float], cost: Any) -> tuple[float, Any]:
        edge, along = target
        best: tuple[float, Any] = (np.inf, None)
        for side in (0, 1):
            arc = (edge, side)
            if arc not in self.right:
                continue
            gone = float(self.roads.metres[edge]) - along if side else along
            if edge == source[0] and (along >= source[1]) == (side == 0):
                best = min(best, (abs(along - source[1]) / self.speed[arc], "direct"), key=lambda item: item[0])
            for before in {(a[0], 1 - a[1]) for a in self.leaving.get(self.tail(arc), [])} | self._into(self.tail(arc)):
                for phase in (0, 1, 2):
                    state = (before, phase)
                    if state in cost and any(following == arc for following, _ in self.onward(before, phase)):
                        total = cost[state] + gone / self.speed[arc]
                        if total < best[0]:
                            best = (total, (state, gone))
        return best

    def _into(self, node: int) -> set[Arc]:
        arriving = self.__dict__.setdefault("_arriving", {})
        if not arriving:
            for arc in self.right:
                arriving.setdefault(self.head(arc), set()).add(arc)
        return set(arriving.get(node, set()))

    def _metres(self, source: tuple[int, float], target: tuple[int, float], paths: Any, via: Any) -> float:
        if via is None:
            return np.inf
        if via == "direct":
            return abs(target[1] - source[1])
        state, gone = via
        path = [arc for arc, _ in paths[state][1:]]
        edge, side = path[0]
        first = source[1] if side else float(self.roads.metres[edge]) - source[1]
        return first + sum(float(self.roads.metres[edge]) for edge, _ in path[1:]) + float(gone)
