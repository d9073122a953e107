"""Streets under one mode: each edge in each direction with its right, time and length."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

import numpy as np

from planner.inputs.report import Report
from planner.inputs.roads.read import Floats, Ints, Roads, Tags
from planner.travel.streets.access import Right, Rule, street_rule
from planner.travel.streets.barriers import barrier_right
from planner.travel.streets.compounds import CLOSED, OPEN, PRIVATE, Arcs, cut_at_gates, enclose
from planner.travel.streets.measures import parse_measure
from planner.travel.streets.modes import Mode
from planner.travel.streets.speeds import parse_clock

__all__ = ["compile_arcs"]

_CODE: Final[dict[Right, int]] = {"open": OPEN, "private": PRIVATE, "closed": CLOSED}
_FERRY_SPEED: Final = 10.0  # km/h, for ferries without a duration
_LARGEST: Final = 200.0  # tonnes or metres that a sign can mean; what is beyond is in another unit


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
    pause = np.array([_pause(tags, mode) for tags in roads.node_tags])[roads.node_tag]
    tail = np.column_stack([roads.start, roads.end])
    plain = Arcs(
        tail=tail.ravel(),
        head=tail[:, ::-1].ravel(),
        right=right.ravel(),
        seconds=seconds.ravel(),
        metres=np.repeat(metres, 2),
        node=np.arange(len(roads.node_id)),
        pause=pause,
    )
    gates = np.array([_CODE[barrier_right(tags, mode)] for tags in roads.node_tags], np.int64)[roads.node_tag]
    return enclose(cut_at_gates(plain, gates))


def _pause(tags: Tags, mode: Mode) -> float:
    if tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals":
        return mode.signal
    return mode.crossing if tags.get("highway") == "crossing" else 0.0


def _has_unread_size(tags: Tags, mode: Mode) -> bool:
    """Return whether a limit of size is stated in figures that say nothing; one by lane or condition is none."""
    sizes = {"maxweight": mode.weight, "maxweightrating": mode.weight, "maxheight": mode.height, "maxwidth": mode.width}
    return any(
        size and key in tags and any(c.isdigit() for c in tags[key]) and parse_measure(tags[key]) > _LARGEST
        for key, size in sizes.items()
    )


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
    unread = np.array([_has_unread_size(tags, mode) for tags in roads.tags], bool)[roads.tag]
    if unread.any():
        report.add("assumed", f"{int(unread.sum())} edges have an unreadable limit of size ({mode.name}): no limit")
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
