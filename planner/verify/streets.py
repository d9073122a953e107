"""A sample of the plan's travel against plain shortest paths over the raw streets, found by code of this file alone.

Dijkstra's algorithm (1959) with a heap of Python, edge by edge, without turn restrictions, gates and waiting. No trip
of the plan may be shorter than that, whatever street within the longest walk it begins and ends at. And some of the
trips must be just as long as the shortest path between the nearest streets: turn restrictions, gates, walls and doors
make single trips longer, but not nearly all of them; only stopping on one side of the street does, where that is asked
for. Only what the tags allow a mode, and how fast, is read as the planner reads it.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

from planner.inputs.roads.read import Roads
from planner.street_changes import changed_modes
from planner.travel.streets.access import street_rule
from planner.travel.streets.modes import WALK, Mode
from planner.verify.coverage import pair_rows
from planner.verify.violation import Violation

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan

__all__ = ["check_streets"]

_ROUNDING = 1.0  # seconds
_SHARE = 1e-3
_SAMPLE = 2
_EQUAL, _ENOUGH = 0.1, 10  # the share of equal trips, of so many trips at least
_NEAREST = 0.01  # seconds of walking: streets as near as that are equally near
Arcs = dict[int, list[tuple[int, float]]]


def check_streets(plan: Plan) -> Iterator[Violation]:
    """Yield trips to or from a few stations that are shorter than the shortest path over the raw streets."""
    roads, links = plan.district.roads, plan.scenario.links
    if roads is None:
        return
    for group in plan.scenario.groups:
        people = plan.demand[plan.demand["group"] == group.id]
        if group.direction != "round_trip":
            yield from _check(plan, roads, group.mode, plan.pairs.access[group.id], people, group.direction)
    yield from _check(plan, roads, links.mode, plan.pairs.links, plan.lounges, "from_destination")


def _check(
    plan: Plan, roads: Roads, mode: str, pairs: pd.DataFrame, places: gpd.GeoDataFrame, direction: str
) -> Iterator[Violation]:
    """Compare the trips of a pair table that begin or end at the first stations in it."""
    used = changed_modes(plan.scenario)(mode)
    streets = _Streets(roads, used, backward=direction == "to_destination", farthest=plan.scenario.travel.max_access)
    stated: dict[str, dict[str, float]] = defaultdict(dict)
    for place, site, seconds in pair_rows(pairs):
        stated[site][place] = seconds
    equal, count = 0, 0
    for site in [site for site in plan.stations.index if site in stated][:_SAMPLE]:
        trips = stated[site]
        between = plan.candidates.geometry[site], places.geometry.loc[list(trips)], max(trips.values())
        least, usual = streets.least(*between, farther=math.inf), streets.least(*between, farther=_NEAREST)
        for place, seconds in trips.items():
            if seconds < least[place] * (1 - _SHARE) - _ROUNDING:
                found = f"{seconds:.1f} s stated, {least[place]:.1f} s over the raw streets"
                yield Violation("no trip is shorter than the shortest path", found, (place, str(site)))
            equal += math.isclose(seconds, usual[place], rel_tol=_SHARE, abs_tol=_ROUNDING)
        count += len(trips)
    if count >= _ENOUGH and equal < _EQUAL * count and not used.kerbside:
        found = f"{equal} of {count} trips by {mode} are as long as over the raw streets"
        yield Violation("trips are as short as the streets allow", found)


class _Streets:
    """The streets of a mode as arcs between nodes; turned round with ``backward``."""

    def __init__(self, roads: Roads, mode: Mode, *, backward: bool, farthest: float) -> None:
        rules = [street_rule(tags, mode) for tags in roads.tags]
        self.roads, self.farthest = roads, farthest
        self.arcs: Arcs = defaultdict(list)
        self.speed: dict[int, tuple[float, float]] = {}
        for edge in range(len(roads)):
            rule = rules[int(roads.tag[edge])]
            along, against = (
                speed / 3.6 if right != "closed" else 0.0
                for right, speed in ((rule.forward, rule.speed_forward), (rule.backward, rule.speed_backward))
            )
            along, against = (against, along) if backward else (along, against)
            if math.isnan(along) or math.isnan(against) or not (along or against):
                continue
            metres = float(roads.metres[edge])
            self.speed[edge] = along, against
            a, b = int(roads.start[edge]), int(roads.end[edge])
            if along:
                self.arcs[a].append((b, metres / along))
            if against:
                self.arcs[b].append((a, metres / against))
        self.edges = sorted(self.speed)
        self.project = pyproj.Transformer.from_crs(4326, roads.crs, always_xy=True).transform
        self.lines = [self._line(edge) for edge in self.edges]
        self.tree = shapely.STRtree(self.lines)

    def least(self, site: shapely.Point, places: gpd.GeoSeries, limit: float, *, farther: float) -> dict[str, float]:
        """Return the least seconds from a site to each place (infinite beyond the limit).

        The trip begins and ends on streets no more than ``farther`` seconds of walking farther than the nearest; who is
        at the site already makes none.
        """
        begin = self._near(site, farther)
        seconds: dict[int, float] = {}
        waiting: list[tuple[float, int]] = []
        for edge, metres, walk in begin:
            for node, cost in self._leave(edge, metres):
                heapq.heappush(waiting, (walk + cost, node))
        while waiting:
            now, node = heapq.heappop(waiting)
            if node in seconds or now > limit:
                continue
            seconds[node] = now
            for head, cost in self.arcs.get(node, ()):
                if head not in seconds:
                    heapq.heappush(waiting, (now + cost, head))
        return {
            str(place): 0.0 if point == site else self._arrive(seconds, begin, self._near(point, farther), limit)
            for place, point in places.items()
        }

    def _arrive(
        self, seconds: dict[int, float], begin: list[tuple[int, float, float]], end: list[tuple[int, float, float]],
        limit: float,
    ) -> float:  # fmt: skip
        best = math.inf
        for edge, metres, walk in end:
            length, (along, against) = float(self.roads.metres[edge]), self.speed[edge]
            a, b = int(self.roads.start[edge]), int(self.roads.end[edge])
            if along:
                best = min(best, seconds.get(a, limit) + metres / along + walk)
            if against:
                best = min(best, seconds.get(b, limit) + (length - metres) / against + walk)
            for same, from_metres, first_walk in begin:
                if same == edge:
                    best = min(best, walk + first_walk + abs(metres - from_metres) / max(along, against))
        return best

    def _leave(self, edge: int, metres: float) -> Iterator[tuple[int, float]]:
        along, against = self.speed[edge]
        if along:
            yield int(self.roads.end[edge]), (float(self.roads.metres[edge]) - metres) / along
        if against:
            yield int(self.roads.start[edge]), metres / against

    def _near(self, point: shapely.Point, farther: float) -> list[tuple[int, float, float]]:
        """Return the edges within the longest walk, and no more than ``farther`` seconds farther than the nearest.

        Each with the metres along it and the seconds of the walk.
        """
        at = shapely.Point(*self.project(point.x, point.y))
        found = []
        for number in self.tree.query(at, predicate="dwithin", distance=self.farthest * 1.01):
            edge, line = self.edges[int(number)], self.lines[int(number)]
            share = shapely.line_locate_point(line, at, normalized=True)
            walk = float(shapely.distance(line, at)) / WALK
            found.append((edge, float(np.nan_to_num(share)) * float(self.roads.metres[edge]), walk))
        nearest = min((walk for _, _, walk in found), default=0.0)
        return [foot for foot in found if foot[2] <= nearest + farther]

    def _line(self, edge: int) -> shapely.LineString:
        points = slice(int(self.roads.first[edge]), int(self.roads.last[edge]) + 1)
        return shapely.LineString(np.column_stack(self.project(self.roads.lon[points], self.roads.lat[points])))
