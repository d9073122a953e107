"""Streets under one mode: vertices (nodes cut at barriers) and arcs (edges in a direction) with right, time and length.

Arc ``2 e`` runs along edge ``e`` as digitised, arc ``2 e + 1`` against it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.inputs.report import Report
from planner.inputs.roads import Floats, Ints, Roads
from planner.travel.access import Right, Rule, street_rule
from planner.travel.barriers import barrier_right
from planner.travel.modes import Mode
from planner.travel.speeds import parse_clock

__all__ = ["CLOSED", "OPEN", "PRIVATE", "Arcs", "compile_arcs"]

OPEN: Final = 0
PRIVATE: Final = 1
CLOSED: Final = 2
_CODE: Final[dict[Right, int]] = {"open": OPEN, "private": PRIVATE, "closed": CLOSED}
_FERRY_SPEED: Final = 10.0  # km/h, for ferries without a duration


@dataclass(frozen=True)
class Arcs:
    """``A = 2 (E + G)`` arcs of ``E`` edges and ``G`` private gates (edges without length); ``V`` vertices.

    ``tail``, ``head`` (A) are vertices; ``right`` (A) is OPEN, PRIVATE or CLOSED; ``seconds`` (A) is infinite where
    closed. ``node`` (V) is the node that a vertex is, or is part of; ``pause`` (V) seconds lost on passing it.
    """

    tail: Ints
    head: Ints
    right: Ints
    seconds: Floats
    metres: Floats
    node: Ints
    pause: Floats


def compile_arcs(roads: Roads, mode: Mode, *, ferries: bool, report: Report) -> Arcs:
    """Return the arcs of a mode; imputed speeds, reversible streets and ferries are counted in the report."""
    rules = [street_rule(tags, mode) for tags in roads.tags]
    ferry = np.array([rule.reading == "ferry" for rule in rules], bool)[roads.tag]
    right = np.array([[_CODE[rule.forward], _CODE[rule.backward]] for rule in rules], np.int64)[roads.tag]
    speed = np.array([[rule.speed_forward, rule.speed_backward] for rule in rules])[roads.tag] / 3.6
    metres = roads.metres
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = metres[:, None] / speed
    if ferries:
        seconds[ferry] = _ferry_seconds(roads, ferry)[ferry, None]
    else:
        right[ferry] = CLOSED
    _report(roads, mode, rules, right, ferry, report, ferries=ferries)
    seconds = np.where(right == CLOSED, np.inf, seconds)
    return _at_barriers(roads, mode, right.ravel(), seconds.ravel(), np.repeat(metres, 2))


def _ferry_seconds(roads: Roads, ferry: np.ndarray) -> Floats:
    """Return seconds per edge: the duration of the whole way, shared by length."""
    whole = np.bincount(np.unique(roads.way, return_inverse=True)[1], weights=roads.metres)
    length = whole[np.unique(roads.way, return_inverse=True)[1]]
    duration = np.array([parse_clock(tags.get("duration", "")) for tags in roads.tags])[roads.tag]
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = duration * roads.metres / length
    return np.where(np.isfinite(shared), shared, roads.metres / (_FERRY_SPEED / 3.6))


def _report(
    roads: Roads, mode: Mode, rules: list[Rule], right: Ints, ferry: np.ndarray, report: Report, *, ferries: bool
) -> None:
    used = (right != CLOSED).any(axis=1)
    readings = Counter[str]()
    for code, count in zip(*np.unique(roads.tag[used & ~ferry], return_counts=True), strict=True):
        readings[rules[int(code)].reading] += int(count)
    report.facts["edges used"] = int(used.sum())
    report.facts["kilometres used"] = round(float(roads.metres[used].sum()) / 1000, 3)
    if mode.limits:
        total = sum(readings.values())
        imputed = total - readings["number"]
        report.facts["maxspeed read"] = readings["number"]
        report.facts["maxspeed imputed"] = imputed
        words = {
            "class": "without a limit: class speed",
            "several": "with several limits: the lowest",
            "zone": "with the name of a zone: its statutory limit",
            "walk": "with maxspeed=walk: 7 km/h",
            "none": "with maxspeed=none or variable: class speed",
            "unread": "with an unreadable maxspeed: class speed",
        }
        for reading, meaning in words.items():
            if readings[reading]:
                report.add("assumed", f"{readings[reading]} of {total} edges {meaning}")
    reversible = np.array([tags.get("oneway") == "reversible" for tags in roads.tags], bool)[roads.tag]
    if mode.oneway[:1] == ("oneway",) and reversible.any():
        report.add(
            "assumed", f"{int(reversible.sum())} reversible edges are closed: their direction depends on the time"
        )
    if ferry.any():
        ways = len(np.unique(roads.way[ferry]))
        report.add("assumed", f"{ways} ferries are {'used' if ferries else 'not used'}")
        slow = ferry & np.array([math.isnan(parse_clock(tags.get("duration", ""))) for tags in roads.tags])[roads.tag]
        if ferries and slow.any():
            count = len(np.unique(roads.way[slow]))
            report.add("assumed", f"{count} ferries have no readable duration: {_FERRY_SPEED:g} km/h")


def _at_barriers(roads: Roads, mode: Mode, right: Ints, seconds: Floats, metres: Floats) -> Arcs:
    """Cut nodes with a barrier into one vertex per edge end; a private gate joins them by edges without length."""
    ends = np.column_stack([roads.start, roads.end])
    node = list(range(len(roads.node_id)))
    gates: list[tuple[int, int]] = []
    rights = np.array([_CODE[barrier_right(tags, mode)] for tags in roads.node_tags], np.int64)[roads.node_tag]
    for v in np.flatnonzero(rights != OPEN):
        touching = np.argwhere(ends == v)
        if len(touching) < 2:
            continue
        hub = int(v)
        for at, (e, side) in enumerate(touching):
            if at or rights[v] == PRIVATE:
                node.append(int(v))
                ends[e, side] = len(node) - 1
                if rights[v] == PRIVATE:
                    gates.append((hub, len(node) - 1))
    tail, head = ends.ravel().copy(), ends[:, ::-1].ravel().copy()
    if gates:
        pairs = np.asarray(gates, np.int64)
        tail = np.append(tail, pairs.ravel())
        head = np.append(head, pairs[:, ::-1].ravel())
        right = np.append(right, np.full(2 * len(gates), PRIVATE))
        seconds, metres = np.append(seconds, np.zeros(2 * len(gates))), np.append(metres, np.zeros(2 * len(gates)))
    pause = np.array([_pause(tags, mode) for tags in roads.node_tags])[roads.node_tag]
    vertex_node = np.asarray(node, np.int64)
    return Arcs(tail, head, right, seconds, metres, vertex_node, pause[vertex_node])


def _pause(tags: object, mode: Mode) -> float:
    get = tags.get  # type: ignore[attr-defined]
    if get("highway") == "traffic_signals" or get("crossing") == "traffic_signals":
        return mode.signal
    return mode.crossing if get("highway") == "crossing" else 0.0
