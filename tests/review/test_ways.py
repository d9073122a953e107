"""Ways and covered streets that the page draws: those of the travel tables."""

from __future__ import annotations

import dataclasses
import functools
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

import planner
from planner.review.map.reach import group_reach, limits_of, water_of
from planner.review.map.service_areas import CELL
from planner.review.map.ways import MOST_WAYS, link_ways, people_ways
from planner.travel import network, travel_matrix
from planner.travel.streets.modes import WALK


@pytest.fixture(scope="module")
def plan(district_plan: planner.Plan) -> planner.Plan:
    """The plan of the demonstration district, which has streets."""
    return district_plan


@pytest.fixture(scope="module")
def network_of(plan: planner.Plan) -> Any:
    """The plan's streets by mode, compiled once."""
    assert plan.district.roads is not None
    roads = plan.district.roads
    return cache(lambda mode: network(roads, mode, ferries=plan.scenario.travel.ferries))


def metres(way: list[int]) -> float:
    x, y = np.array(way, float).reshape(-1, 2).T * 1e-6
    return float(np.hypot(np.diff(x) * np.cos(np.radians(y.mean())), np.diff(y)).sum() * 111_195)


def test_links_run_along_the_streets_and_are_as_long_as_the_table_says(plan: planner.Plan) -> None:
    """Each linked lounge has a way from its station of about the length in the table; the others have none."""
    ways = link_ways(plan)
    for lounge, way in zip(plan.lounges.index, ways, strict=True):
        link = plan.links.loc[lounge]
        assert bool(way) == bool(link["station"])
        if way:
            assert metres(way) == pytest.approx(link["metres"], rel=0.03, abs=15)
            start = np.array(way[:2]) * 1e-6
            assert shapely.Point(start).distance(plan.stations.geometry[link["station"]]) < 2e-5


def test_people_have_the_way_to_their_nearest_station(plan: planner.Plan, network_of: Any) -> None:
    """A demand point with a station has a way that joins the two; one without has none."""
    ways = people_ways(plan, network_of)
    assert len(plan.demand) <= MOST_WAYS
    for (_, row), way in zip(plan.demand.iterrows(), ways, strict=True):
        assert bool(way) == bool(row["station"]) or row.geometry.equals(plan.stations.geometry[row["station"]])
        if way:
            ends = [shapely.Point(np.array(end) * 1e-6) for end in (way[:2], way[-2:])]
            for place in (row.geometry, plan.stations.geometry[row["station"]]):
                assert min(end.distance(place) for end in ends) < 2e-5


def nearest_travel(plan: planner.Plan, network_of: Any, group: Any) -> tuple[Any, Any]:
    """The people of a group, and their seconds to the nearest station that serves them, by the travel matrix."""
    people = plan.demand[plan.demand["group"] == group.id]
    serving = [kind.id for kind in plan.scenario.types if group.id in kind.groups]
    stations = plan.stations[plan.stations["type"].isin(serving)]
    pairs = travel_matrix(
        network_of(group.mode), people, stations, group.mode, "15min", group.direction, max_access="400m"
    )
    nearest = pairs.groupby(pairs["origin"].astype(str))["impedance"].min()
    return people, nearest.reindex(people.index).fillna(np.inf)


def test_service_areas_hold_the_people_within_the_limit_and_no_others(plan: planner.Plan, network_of: Any) -> None:
    """By the travel matrix: who is within a limit lies in its area, who is not does not, but for a square's width."""
    width = math.hypot(CELL, CELL) / WALK
    for row in group_reach(plan, network_of):
        group = plan.scenario.groups[row["group"]]
        assert row["limits"] == limits_of(group)
        people, seconds = nearest_travel(plan, network_of, group)
        for limit, outlines in zip(row["limits"], row["rings"], strict=True):
            inside = shapely.contains(area_of(outlines), people.geometry.to_numpy())
            clear = np.abs(seconds.to_numpy() - limit) > width
            wrong = people.index[clear & (inside != (seconds <= limit).to_numpy())]
            assert len(wrong) <= 0.01 * len(people), (group.id, limit, list(wrong))
        assert sorted(row["km2"]) == row["km2"]


def test_service_areas_leave_water_out(plan: planner.Plan, network_of: Any) -> None:
    """No area holds water that the plan knows of, but for what simplifying moves."""
    water = water_of(plan.district.exclusions)
    assert not shapely.is_empty(water)
    for row in group_reach(plan, network_of):
        for outlines in row["rings"]:
            assert shapely.area(shapely.intersection(area_of(outlines), water)) < 0.01 * shapely.area(water)


def test_an_area_there_and_back_is_that_of_both_ways_added_up(plan: planner.Plan, network_of: Any) -> None:
    """A group that goes there and back has an area too, equal to its travel matrix; it has no streets."""
    groups = [group.model_copy(update={"direction": "round_trip"}) for group in plan.scenario.groups[1:2]]
    scenario = plan.scenario.model_copy(update={"groups": tuple(groups)})
    (row,) = group_reach(dataclasses.replace(plan, scenario=scenario), network_of)
    people, seconds = nearest_travel(plan, network_of, groups[0])
    inside = shapely.contains(area_of(row["rings"][-1]), people.geometry.to_numpy())
    clear = np.abs(seconds.to_numpy() - row["limits"][-1]) > 2 * math.hypot(CELL, CELL) / WALK
    assert (inside != (seconds <= row["limits"][-1]).to_numpy())[clear].sum() <= 0.01 * len(people)
    assert "lines" not in row


def area_of(outlines: list[list[int]]) -> Any:
    """The area that even-odd rings enclose."""
    shapes = [shapely.Polygon(np.array(ring, float).reshape(-1, 2) * 1e-6) for ring in outlines]
    return functools.reduce(shapely.symmetric_difference, [shapely.make_valid(each) for each in shapes])


def test_covered_people_stand_on_covered_streets(plan: planner.Plan, network_of: Any) -> None:
    """A point of the group clearly within a limit is near a street drawn for it."""
    row = group_reach(plan, network_of)[0]
    people, seconds = nearest_travel(plan, network_of, plan.scenario.groups[row["group"]])
    inside = people[seconds <= row["limits"][1] - 60]
    lines = shapely.STRtree(drawn(row, 1))
    _, away = lines.query_nearest(inside.geometry.to_numpy(), return_distance=True, all_matches=False)
    assert np.quantile(away, 0.95) < 1e-3


def drawn(row: dict[str, Any], band: int) -> Any:
    """The lines that the page paints for a limit."""
    lines = row["lines"]
    x, y = np.cumsum(lines["dx"]) * 1e-6, np.cumsum(lines["dy"]) * 1e-6
    of = np.repeat(np.arange(len(lines["size"])), lines["size"])
    shapes: Any = shapely.linestrings(np.column_stack([x, y]), indices=of)
    level, part = np.array(lines["band"]), np.array(lines["part"], bool)
    return shapes[np.where(part, level == band, level <= band)]
