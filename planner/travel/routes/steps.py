"""What a traveller would be told of a trip: its streets in order, each with length, time and the turn into it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from planner.inputs.roads.read import Floats, Ints
from planner.travel.routes.paths import Path
from planner.travel.streets.modes import WALK
from planner.travel.streets.network import Network

__all__ = ["arc_measures", "steps_table"]

_COLUMNS: Final = ("kind", "street", "metres", "seconds", "turn", "turn_zh", "turn_en")
_UNNAMED_BEND: Final = 45.0  # degrees from which another street without a name begins
_U_TURN: Final = 165.0
_TURNS: Final = (
    (20.0, ("直行", "直行"), ("go straight on", "go straight on")),
    (60.0, ("稍向左转", "稍向右转"), ("bear left", "bear right")),
    (120.0, ("左转", "右转"), ("turn left", "turn right")),
    (_U_TURN, ("向左急转", "向右急转"), ("turn sharp left", "turn sharp right")),
    (181.0, ("掉头", "掉头"), ("turn back", "turn back")),
)
_COMPASS: Final = (
    ("北", "north"), ("东北", "north-east"), ("东", "east"), ("东南", "south-east"),
    ("南", "south"), ("西南", "south-west"), ("西", "west"), ("西北", "north-west"),
)  # fmt: skip


def arc_measures(net: Network, path: Path) -> tuple[Floats, Floats]:
    """Return seconds and metres on each arc of a trip; the seconds lost at a vertex count to the arc before it."""
    arcs = net.arcs
    length, seconds = arcs.metres[path.arcs].copy(), arcs.seconds[path.arcs]
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = np.where(length > 0, seconds / length, 0.0)
    low, high = np.zeros(len(length)), length.copy()
    if len(length):
        low[0], high[-1] = path.start, path.end
    metres = np.maximum(high - low, 0.0)
    lost = np.where(np.arange(len(length)) < len(length) - 1, arcs.pause[arcs.head[path.arcs]], path.pause)
    whole = (low == 0) & (high == length)
    return np.where(whole, seconds, metres * pace) + lost, metres


def steps_table(net: Network, path: Path, walks: tuple[float, float]) -> pd.DataFrame:
    """Return the steps of a trip: kind, street, metres, seconds, turn, turn_zh, turn_en.

    ``walks`` are the metres on foot before and after. ``kind`` is ``walk`` (to or from the street), ``ferry`` or
    ``street``; ``street`` is blank where it has no name. ``turn`` is the change of direction into the step in degrees,
    to the right positive; the first street has none, its words say where one heads.
    """
    rows = [_walk(walks[0])] if walks[0] > 0 else []
    seconds, metres = arc_measures(net, path)
    on_street = path.arcs < 2 * len(net.roads)
    arcs, seconds, metres = path.arcs[on_street], seconds[on_street], metres[on_street]
    if len(arcs):
        rows += _streets(net, arcs, seconds, metres)
    if walks[1] > 0:
        rows.append(_walk(walks[1]))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _walk(metres: float) -> tuple[Any, ...]:
    return "walk", "", metres, metres / WALK, np.nan, "步行", "walk"


def _streets(net: Network, arcs: Ints, seconds: Floats, metres: Floats) -> list[tuple[Any, ...]]:
    roads = net.roads
    name = roads.name[arcs // 2]
    blank = np.array([not text for text in roads.names])[name]
    ferry = np.array([tags.get("route") == "ferry" for tags in roads.tags])[roads.tag[arcs // 2]]
    out = _bearings(net, arcs, at_end=False)
    turn = (out[1:] - _bearings(net, arcs, at_end=True)[:-1] + 180.0) % 360.0 - 180.0
    new = (name[1:] != name[:-1]) | (ferry[1:] != ferry[:-1]) | (np.abs(turn) > _U_TURN)
    new |= blank[1:] & (np.abs(turn) > _UNNAMED_BEND)
    begins = np.append(0, np.flatnonzero(new) + 1)
    totals = [np.add.reduceat(values, begins).tolist() for values in (seconds, metres)]
    rows = []
    for at, s, m in zip(begins.tolist(), *totals, strict=True):
        angle = float(turn[at - 1]) if at else np.nan
        words = _turned(angle) if at else _headed(float(out[0]))
        kind = "ferry" if ferry[at] else "street"
        rows.append((kind, roads.names[name[at]], m, s, angle, *words))
    return rows


def _turned(angle: float) -> tuple[str, str]:
    """Return a turn in words, Chinese and English."""
    side = int(angle > 0)
    zh, en = next((zh, en) for limit, zh, en in _TURNS if abs(angle) <= limit)
    return zh[side], en[side]


def _headed(bearing: float) -> tuple[str, str]:
    zh, en = _COMPASS[round(bearing / 45.0) % 8]
    return f"向{zh}出发", f"head {en}"


def _bearings(net: Network, arcs: Ints, *, at_end: bool) -> Floats:
    """Return the directions of travel at the start or the end of arcs, clockwise from north in degrees."""
    roads, edge, against = net.roads, arcs // 2, arcs % 2 == 1
    near_last = against != at_end
    a = np.where(near_last, roads.last[edge] - 1, roads.first[edge])
    east = (roads.lon[a + 1] - roads.lon[a]) * np.cos(np.radians(roads.lat[a]))
    bearing = np.degrees(np.arctan2(east, roads.lat[a + 1] - roads.lat[a]))
    return np.asarray((bearing + np.where(against, 180.0, 0.0)) % 360.0)
