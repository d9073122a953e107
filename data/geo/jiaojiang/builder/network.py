"""Streets as lines with tags, and how crossing lines become ways that share nodes, as OpenStreetMap wants them."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import LineString, Point, STRtree
from shapely.geometry.base import BaseGeometry

_SAME_NODE = 2.0
_STUB = 14.0


@dataclass(frozen=True)
class Street:
    """A drawn street: its line in metres, its tags, its level, and the share of its blocks that was never built."""

    line: LineString
    tags: dict[str, str]
    level: int = 0
    gaps: float = 0.0


@dataclass(frozen=True)
class Way:
    """An OpenStreetMap way: node positions in ``Network.xy`` and tags."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True)
class Network:
    """Nodes (n × 2, metres) and the ways through them."""

    xy: np.ndarray
    ways: tuple[Way, ...]

    def degrees(self) -> Counter[int]:
        """Count the street ends at each node."""
        count: Counter[int] = Counter()
        for way in self.ways:
            for a, b in itertools.pairwise(way.nodes):
                count[a] += 1
                count[b] += 1
        return count


def make_network(streets: list[Street], rng: np.random.Generator) -> Network:
    """Return the network in which lines of one level share a node wherever they meet."""
    chains = _noded(streets)
    flat = np.vstack(chains)
    label = _merged(flat)
    first = np.unique(label, return_index=True)[1]
    xy, ways, at = flat[first], [], 0
    for street, chain in zip(streets, chains, strict=True):
        nodes = label[at : at + len(chain)].tolist()
        at += len(chain)
        nodes = [n for i, n in enumerate(nodes) if i == 0 or n != nodes[i - 1]]
        if len(nodes) > 1:
            ways.append((nodes, street))
    network = Network(xy, tuple(Way(tuple(nodes), street.tags) for nodes, street in ways))
    gaps = [street.gaps for _, street in ways]
    network = _with_gaps(network, gaps, rng)
    for _ in range(2):
        network = _without_stubs(network)
    return network


def split_at(network: Network, nodes: Iterable[int]) -> Network:
    """Return the network with the ways cut at some nodes."""
    cuts, ways = set(nodes), []
    for way in network.ways:
        start = 0
        for i in range(1, len(way.nodes)):
            if way.nodes[i] in cuts or i == len(way.nodes) - 1:
                ways.append(Way(way.nodes[start : i + 1], way.tags))
                start = i
    return replace(network, ways=tuple(ways))


def passable(network: Network) -> Network:
    """Return the network with no one-way street that leads into a trap or out of one: there it becomes two-way."""
    for _ in range(20):
        label = _strong_parts(network)
        ways = [Way(way.nodes, _two_way(way.tags)) if _leaves(way, label) else way for way in network.ways]
        if all(new is old for new, old in zip(ways, network.ways, strict=True)):
            break
        network = replace(network, ways=tuple(ways))
    return network


def _strong_parts(network: Network) -> np.ndarray:
    arcs = []
    for way in network.ways:
        forth = list(itertools.pairwise(way.nodes))
        if way.tags["highway"] in ("construction", "footway", "steps", "pedestrian"):
            continue
        one = "yes" if way.tags.get("junction") == "roundabout" else way.tags.get("oneway", "no")
        arcs += forth if one != "-1" else []
        arcs += [(b, a) for a, b in forth] if one != "yes" else []
    a, b = np.array(arcs).T
    n = len(network.xy)
    graph = csr_array((np.ones(len(a)), (a, b)), shape=(n, n))
    return connected_components(graph, directed=True, connection="strong")[1]


def _leaves(way: Way, label: np.ndarray) -> bool:
    local = way.tags["highway"] in ("residential", "tertiary", "service", "unclassified")
    return local and "oneway" in way.tags and len(set(label[list(way.nodes)].tolist())) > 1


def _two_way(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(("oneway", "cycleway"))}


def without_crumbs(network: Network, apart: BaseGeometry, shortest: float) -> Network:
    """Return the largest component, and those of ``shortest`` metres or more that start in the area ``apart``."""
    parent = list(range(len(network.xy)))

    def find(a: int) -> int:
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        return a

    for way in network.ways:
        for a, b in itertools.pairwise(way.nodes):
            parent[find(a)] = find(b)
    length: defaultdict[int, float] = defaultdict(float)
    for way in network.ways:
        length[find(way.nodes[0])] += LineString(network.xy[list(way.nodes)]).length
    main = max(length, key=lambda root: length[root])
    kept = {root for root, metres in length.items() if metres >= shortest and apart.contains(Point(network.xy[root]))}
    return replace(network, ways=tuple(way for way in network.ways if find(way.nodes[0]) in kept | {main}))


def _noded(streets: list[Street]) -> list[np.ndarray]:
    lines = np.array([street.line for street in streets], dtype=object)
    levels = np.array([street.level for street in streets])
    a, b = STRtree(lines).query(lines, predicate="intersects")
    pair = (a < b) & (levels[a] == levels[b])
    a, b = a[pair], b[pair]
    marks: list[list[float]] = [[] for _ in streets]
    for i, j, meet in zip(a, b, shapely.intersection(lines[a], lines[b]), strict=True):
        for part in shapely.get_parts(meet):
            for point in shapely.get_coordinates(part):
                where = shapely.Point(point)
                marks[i].append(lines[i].project(where))
                marks[j].append(lines[j].project(where))
    chains = []
    for line, extra in zip(lines, marks, strict=True):
        own = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T))])
        places = np.unique(np.concatenate([own, extra]))
        chains.append(shapely.get_coordinates(shapely.line_interpolate_point(line, places)))
    return chains


def _merged(xy: np.ndarray) -> np.ndarray:
    parent = np.arange(len(xy))

    def find(a: int) -> int:
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = int(parent[a])
        return a

    for a, b in cKDTree(xy).query_pairs(_SAME_NODE, output_type="ndarray").tolist():
        parent[max(find(a), find(b))] = min(find(a), find(b))
    roots = np.array([find(i) for i in range(len(xy))])
    return np.unique(roots, return_inverse=True)[1]


def _with_gaps(network: Network, gaps: list[float], rng: np.random.Generator) -> Network:
    degree, ways = network.degrees(), []
    for way, share in zip(network.ways, gaps, strict=True):
        if share == 0:
            ways.append(way)
            continue
        run = [way.nodes[0]]
        block = rng.random() >= share
        for b in way.nodes[1:]:
            if block:
                run.append(b)
            elif len(run) > 1:
                ways.append(Way(tuple(run), way.tags))
                run = [b]
            else:
                run = [b]
            if degree[b] > 2:
                block = rng.random() >= share
        if len(run) > 1:
            ways.append(Way(tuple(run), way.tags))
    return replace(network, ways=tuple(ways))


def _without_stubs(network: Network) -> Network:
    degree, ways = network.degrees(), []
    for way in network.ways:
        nodes = list(way.nodes)
        while len(nodes) > 1 and degree[nodes[0]] == 1 and _length(network, nodes[0], nodes[1]) < _STUB:
            nodes.pop(0)
        while len(nodes) > 1 and degree[nodes[-1]] == 1 and _length(network, nodes[-1], nodes[-2]) < _STUB:
            nodes.pop()
        if len(nodes) > 1:
            ways.append(Way(tuple(nodes), way.tags))
    return replace(network, ways=tuple(ways))


def _length(network: Network, a: int, b: int) -> float:
    return float(np.hypot(*(network.xy[a] - network.xy[b])))
