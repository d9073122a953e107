"""What each group reaches, within its own standards and within 5, 10 and 15 minutes: areas, and the streets in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from planner.review.map.columns import MICRO, rings
from planner.review.map.service_areas import service_areas
from planner.review.pictures.ground import land_kind
from planner.travel import Network, snap
from planner.travel.places.places import place
from planner.travel.reach.pieces import cut_edges
from planner.travel.reach.reached import Stretches, TravelOver, cut, travel_over
from planner.units import TOLERANCE

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan
    from planner.scenario import Group

__all__ = ["group_reach", "limits_of", "water_of"]

MINUTES: Final = (300.0, 600.0, 900.0)
_DETAIL: Final = 3e-5
_SEEN_FROM_STATION: Final = {
    "to_destination": "from_destination",
    "from_destination": "to_destination",
    "round_trip": "round_trip",
}


def limits_of(group: Group) -> list[float]:
    """Return the seconds whose reach is drawn: the group's standards, and 5, 10 and 15 minutes."""
    return sorted({*MINUTES, *(step.within for step in group.standards)})


def water_of(exclusions: gpd.GeoDataFrame | None) -> shapely.Geometry:
    """Return all water that the plan knows of, joined; an empty polygon for none."""
    if exclusions is None or not len(exclusions):
        return shapely.Polygon()
    category = exclusions["category"] if "category" in exclusions else exclusions["name"]
    wet = [land_kind(*texts) == "water" for texts in zip(category, exclusions["name"], strict=True)]
    return shapely.union_all(shapely.make_valid(exclusions.geometry.to_numpy()[wet]))


def group_reach(plan: Plan, network_of: Callable[[str], Network]) -> list[dict[str, Any]]:
    """Return one row per group: ``group`` (position), ``limits`` (seconds), ``shares``, ``rings``, ``km2``, ``lines``.

    ``shares`` are None for limits that are no standard. ``rings`` and ``km2`` are the area from where people of the
    group reach an open station that serves them within the limit (or are reached from one, as the group's direction
    says). ``lines`` are the streets reached: ``band`` is the first limit that holds a whole line, or, for a ``part`` of
    a street, the one limit that ends on it; groups that go there and back have none, as two stations may be reached on
    one street. ``network_of`` gives the plan's streets for a mode, with what the scenario changes about them.
    """
    water, max_access = water_of(plan.district.exclusions), plan.scenario.travel.max_access
    rows: list[dict[str, Any]] = []
    for at, group in enumerate(plan.scenario.groups):
        serving = [kind.id for kind in plan.scenario.types if group.id in kind.groups]
        stations = plan.stations[plan.stations["type"].isin(serving)]
        if not len(stations):
            continue
        net, limits = network_of(group.mode), limits_of(group)
        travels = _travels(net, stations, limits[-1], group.direction, max_access)
        areas = service_areas(net, travels, limits, max_access, water)
        shares = {step.within: step.share for step in group.standards}
        row = {
            "group": at,
            "limits": limits,
            "shares": [shares.get(seconds) for seconds in limits],
            "rings": [rings(area) for area in areas],
            "km2": [_square_kilometres(area) for area in areas],
        }
        if group.direction != "round_trip":
            row["lines"] = _pack(net, [cut(net, travels[0], limit + TOLERANCE) for limit in limits])
        rows.append(row)
    return rows


def _travels(
    net: Network, stations: gpd.GeoDataFrame, limit: float, direction: str, max_access: float
) -> list[TravelOver]:
    """Return the travel over the streets to the nearest station; there and back, that of each station."""
    snapped, _ = snap(net, stations, max_access=f"{max_access:.6f}m")
    places, everyone = place(net, snapped.snaps), np.arange(len(snapped.ids))
    seen = _SEEN_FROM_STATION[direction]
    chosen = [everyone] if direction != "round_trip" else [np.array([each]) for each in everyone]
    return [travel_over(net, places, some, limit + TOLERANCE, "s", seen) for some in chosen]


def _square_kilometres(area: shapely.Geometry) -> float:
    """Return the size of an area in degrees; the shrinking of degrees to the north is that of its middle."""
    if shapely.is_empty(area):
        return 0.0
    middle = np.radians(shapely.get_y(shapely.centroid(area)))
    return float(shapely.area(area) * 111.195**2 * np.cos(middle))


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
