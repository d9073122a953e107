"""The drawn lines of the links: each leads from the station to its lounge and is as long as the trip it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyproj
import shapely

from planner.verify.violation import Violation

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan

__all__ = ["check_lines"]

_GEOD = pyproj.Geod(ellps="WGS84")
_METRES = 0.5
_SHARE = 1e-3


def check_lines(plan: Plan) -> Iterator[Violation]:
    """Yield links whose line is missing, begins or ends elsewhere, or is not as long as stated.

    Ends may lie 0.5 m beside their door (the place itself, its entrance, or an entrance of the building around it), and
    lengths (on the ellipsoid) differ by 0.5 m and a thousandth.
    """
    if "route" not in plan.links:
        return
    doors = _Doors(plan)
    for lounge, link in zip(plan.links.index.astype(str), plan.links.to_dict("records"), strict=True):
        station, line = str(link["station"]), link["route"]
        known = isinstance(line, shapely.LineString) and not line.is_empty
        if not station:
            if known:
                yield Violation("only links have a line", "a line without a station", (lounge,))
            continue
        if not known:
            yield Violation("a link has its line along the streets", "none", (lounge,))
            continue
        for table, place, end in ((plan.candidates, station, line.coords[0]), (plan.lounges, lounge, line.coords[-1])):
            if place in table.index and (away := doors.away(table, place, end)) > _METRES:
                what = f"{away:.1f} m beside {place}"
                yield Violation("the line of a link leads from door to door", what, (lounge, station))
        metres = float(_GEOD.geometry_length(line))
        if not math.isclose(metres, link["metres"], rel_tol=_SHARE, abs_tol=_METRES):
            found = f"{link['metres']:.1f} m stated, {metres:.1f} m drawn"
            yield Violation("the line of a link is as long as its trip", found, (lounge, station))


class _Doors:
    """Where trips may begin and end: the place itself, its own entrance, the entrances of the building around it."""

    def __init__(self, plan: Plan) -> None:
        self._entrances = plan.district.roads.entrances if plan.district.roads is not None else ()
        self._buildings = shapely.STRtree([building for _, building in self._entrances])

    def away(self, table: gpd.GeoDataFrame, place: str, end: tuple[float, ...]) -> float:
        """Return the metres from the end of a line to the nearest door of a place."""
        spot = table.geometry[place].representative_point()
        doors: list[Any] = [spot]
        own = table["entrance"].get(place) if "entrance" in table else None
        if isinstance(own, shapely.Point) and not own.is_empty:
            doors.append(own)
        doors += [self._entrances[int(at)][0] for at in self._buildings.query(spot, predicate="intersects")]
        return min(float(_GEOD.inv(end[0], end[1], door.x, door.y)[2]) for door in doors)
