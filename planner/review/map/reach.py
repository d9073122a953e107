"""The streets that stations cover, per group: within its own standards and within 5, 10 and 15 minutes.

The page paints them as one broad stroke, which is the covered area without a hull: a river without a bridge stays a
border, and parks stay open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from planner.review.map.columns import MICRO
from planner.travel import Network, snap
from planner.travel.places.places import place
from planner.travel.reach.pieces import cut_edges
from planner.travel.reach.reached import Stretches, cut, travel_over
from planner.units import TOLERANCE

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.scenario import Group

__all__ = ["covered_streets", "limits_of"]

MINUTES: Final = (300.0, 600.0, 900.0)
_DETAIL: Final = 3e-5
_SEEN_FROM_STATION: Final = {
    "to_destination": "from_destination",
    "from_destination": "to_destination",
    "round_trip": "round_trip",
}


def limits_of(group: Group) -> list[float]:
    """Return the seconds whose streets are drawn: the group's standards, and 5, 10 and 15 minutes."""
    return sorted({*MINUTES, *(step.within for step in group.standards)})


def covered_streets(plan: Plan, network_of: Callable[[str], Network]) -> list[dict[str, Any]]:
    """Return one row per group: ``group`` (position), ``limits`` (seconds), ``shares``, ``metres`` and ``lines``.

    ``shares`` are None for limits that are no standard. Streets count from which people of the group reach an open
    station that serves them within the limit (or that are reached from one, as the group's direction says); groups that
    go there and back are left out. ``band`` is the first limit that holds a whole line, or, for a ``part`` of a
    street, the one limit that ends on it. ``network_of`` gives the plan's streets for a mode.
    """
    rows: list[dict[str, Any]] = []
    for at, group in enumerate(plan.scenario.groups):
        serving = [kind.id for kind in plan.scenario.types if group.id in kind.groups]
        stations = plan.stations[plan.stations["type"].isin(serving)]
        if not len(stations) or group.direction == "round_trip":
            continue
        net = network_of(group.mode)
        limits = limits_of(group)
        access = f"{plan.scenario.travel.max_access:.6f}m"
        bands = _bands(net, stations, limits, _SEEN_FROM_STATION[group.direction], access)
        shares = {step.within: step.share for step in group.standards}
        metres = [float(net.roads.metres[band.whole].sum() + (band.high - band.low).sum()) for band in bands]
        share = [shares.get(seconds) for seconds in limits]
        rows.append({"group": at, "limits": limits, "shares": share, "metres": metres, "lines": _pack(net, bands)})
    return rows


def _bands(
    net: Network, stations: gpd.GeoDataFrame, limits: list[float], direction: str, max_access: str
) -> list[Stretches]:
    snapped, _ = snap(net, stations, max_access=max_access)
    places = place(net, snapped.snaps)
    everyone = np.arange(len(snapped.ids))
    travel = travel_over(net, places, everyone, limits[-1] + TOLERANCE, "s", direction)
    return [cut(net, travel, limit + TOLERANCE) for limit in limits]


def _pack(net: Network, bands: list[Stretches]) -> dict[str, Any]:
    """Return lines as flat columns: band, whether it is a part, size per line, coordinate steps in micro-degrees."""
    lines, band, part = [], [], []
    seen = np.empty(0, np.int64)
    for at, stretches in enumerate(bands):
        whole = np.setdiff1d(stretches.whole, seen)
        seen = np.union1d(seen, whole)
        for found, is_part in (
            (_lines(net, whole, np.zeros(len(whole)), net.roads.metres[whole]), 0),
            (_lines(net, stretches.edge, stretches.low, stretches.high), 1),
        ):
            lines.append(found)
            band += [at] * len(found)
            part += [is_part] * len(found)
    coordinates, of = shapely.get_coordinates(np.concatenate(lines), return_index=True)
    steps = np.diff(np.rint(coordinates * MICRO).astype(np.int64), axis=0, prepend=np.zeros((1, 2), np.int64))
    size = np.bincount(of, minlength=len(band)).tolist()
    return {"band": band, "part": part, "size": size, "dx": steps[:, 0].tolist(), "dy": steps[:, 1].tolist()}


def _lines(net: Network, edge: Any, low: Any, high: Any) -> npt.NDArray[Any]:
    """Return stretches as joined lines in WGS 84, simplified for drawing."""
    if not len(edge):
        return np.empty(0, object)
    roads = net.roads
    coordinates, of = cut_edges(roads, np.column_stack([roads.lon, roads.lat]), edge, low, high)
    pieces = np.asarray(shapely.linestrings(coordinates, indices=of), dtype=object)
    joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces)))
    return np.asarray(shapely.simplify(joined, _DETAIL), dtype=object)
