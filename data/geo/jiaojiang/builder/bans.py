"""Turn bans at crossings of the planned network, as relations: some through a way, some not for bicycles."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from .network import Network, split_at
from .osm import Relation

_MAJOR = ("primary", "secondary", "tertiary")


def crossings(network: Network, count: int, rng: np.random.Generator) -> list[int]:
    """Return nodes where two planned streets cross with four arms, chosen at random."""
    arms: defaultdict[int, int] = defaultdict(int)
    for way in network.ways:
        if way.tags["highway"] in _MAJOR and "junction" not in way.tags:
            for a, b in zip(way.nodes, way.nodes[1:], strict=False):
                arms[a] += 1
                arms[b] += 1
    four = sorted(node for node, n in arms.items() if n == 4)
    return sorted(int(n) for n in rng.choice(four, min(count, len(four)), replace=False))


def median_links(network: Network) -> list[tuple[int, int]]:
    """Return the short street pieces between two carriageways of one road, as pairs of nodes."""
    on: defaultdict[int, set[str]] = defaultdict(set)
    for way in network.ways:
        if way.tags["highway"] == "trunk" and way.tags.get("motorroad") != "yes":
            for node in way.nodes:
                on[node].add(way.tags["name"])
    pairs = []
    for way in network.ways:
        if way.tags["highway"] in ("primary", "secondary") and way.tags.get("oneway") != "yes":
            for a, b in zip(way.nodes, way.nodes[1:], strict=False):
                if on[a] & on[b] and np.hypot(*(network.xy[a] - network.xy[b])) < 40:
                    pairs.append((a, b))
    return pairs


def with_bans(network: Network, rng: np.random.Generator) -> tuple[Network, list[Relation]]:
    """Return the network, its ways cut where bans apply, and the bans."""
    nodes, links = crossings(network, 46, rng), median_links(network)
    network = split_at(network, [*nodes, *(n for pair in links for n in pair)])
    ends: defaultdict[int, list[int]] = defaultdict(list)
    for i, way in enumerate(network.ways):
        ends[way.nodes[0]].append(i)
        if way.nodes[-1] != way.nodes[0]:
            ends[way.nodes[-1]].append(i)
    bans = [ban for k, node in enumerate(nodes) for ban in _at(network, node, ends[node], k)]
    for a, b in links:
        bans += _through(network, a, b, ends)
    return network, bans


def _heading(network: Network, way: int, node: int, *, leaving: bool) -> float:
    nodes = network.ways[way].nodes
    near = nodes[1] if nodes[0] == node else nodes[-2]
    dx, dy = network.xy[near] - network.xy[node]
    return float(np.arctan2(dy, dx) if leaving else np.arctan2(-dy, -dx))


def _turn(network: Network, a: int, b: int, node: int) -> float:
    """Return the angle of the turn in degrees: positive to the left."""
    turn = _heading(network, b, node, leaving=True) - _heading(network, a, node, leaving=False)
    return float(np.degrees((turn + np.pi) % (2 * np.pi) - np.pi))


def _at(network: Network, node: int, arms: list[int], k: int) -> list[Relation]:
    arms = [arm for arm in arms if network.ways[arm].tags["highway"] in _MAJOR]
    found: list[Relation] = []
    for a in arms[: 1 + k % 2]:
        for b in arms:
            angle = _turn(network, a, b, node)
            members = (("way", a, "from"), ("node", node, "via"), ("way", b, "to"))
            if k % 5 == 4 and abs(angle) < 30:
                found.append(Relation(members, {"type": "restriction", "restriction": "only_straight_on"}))
            elif k % 5 != 4 and 50 < angle < 130:
                extra = {"except": "bicycle"} if k % 3 == 0 else {}
                found.append(Relation(members, {"type": "restriction", "restriction": "no_left_turn"} | extra))
            elif k % 11 == 5 and -130 < angle < -50:
                found.append(Relation(members, {"type": "restriction", "restriction:hgv": "no_right_turn"}))
    return found


def _through(network: Network, a: int, b: int, ends: dict[int, list[int]]) -> list[Relation]:
    """Ban the turn back from one carriageway to the other through the piece between them."""
    link = next((w for w in ends[a] if {network.ways[w].nodes[0], network.ways[w].nodes[-1]} == {a, b}), None)
    if link is None:
        return []
    found = []
    for start, end in ((a, b), (b, a)):
        into = [w for w in ends[start] if network.ways[w].nodes[-1] == start and _trunk(network, w)]
        out = [w for w in ends[end] if network.ways[w].nodes[0] == end and _trunk(network, w)]
        if into and out and abs(_turn(network, into[0], link, start) - 90) < 60:
            members = (("way", into[0], "from"), ("way", link, "via"), ("way", out[0], "to"))
            found.append(Relation(members, {"type": "restriction", "restriction": "no_u_turn"}))
    return found


def _trunk(network: Network, way: int) -> bool:
    return network.ways[way].tags["highway"] == "trunk"
