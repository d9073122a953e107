"""Ways and covered streets that the page draws: those of the travel tables."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

import planner
from planner.review.map.reach import covered_streets, limits_of
from planner.review.map.ways import MOST_WAYS, link_ways, people_ways
from planner.travel import network, travel_matrix


@pytest.fixture(scope="module")
def plan(root: Any) -> planner.Plan:
    """The plan of the demonstration district, which has streets."""
    return planner.plan(planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml"))


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


def test_covered_people_stand_on_covered_streets(plan: planner.Plan, network_of: Any) -> None:
    """A point of the group clearly within a limit is near a street drawn for it; one clearly beyond is not."""
    rows = covered_streets(plan, network_of)
    group = plan.scenario.groups[rows[0]["group"]]
    assert rows[0]["limits"] == limits_of(group)
    lines = shapely.STRtree(drawn(rows[0], 1))
    people = plan.demand[plan.demand["group"] == group.id]
    serving = [kind.id for kind in plan.scenario.types if group.id in kind.groups]
    stations = plan.stations[plan.stations["type"].isin(serving)]
    pairs = travel_matrix(
        network_of(group.mode), people, stations, group.mode, "15min", group.direction, max_access="400m"
    )
    nearest = pairs.groupby("origin", observed=True)["impedance"].min()
    limit = rows[0]["limits"][1]
    inside = people.loc[people.index.isin(nearest.index[nearest <= limit - 60].astype(str))]
    _, away = lines.query_nearest(inside.geometry.to_numpy(), return_distance=True, all_matches=False)
    assert np.quantile(away, 0.95) < 1e-3
    assert sorted(rows[0]["metres"]) == rows[0]["metres"]


def drawn(row: dict[str, Any], band: int) -> Any:
    """The lines that the page paints for a limit."""
    lines = row["lines"]
    x, y = np.cumsum(lines["dx"]) * 1e-6, np.cumsum(lines["dy"]) * 1e-6
    of = np.repeat(np.arange(len(lines["size"])), lines["size"])
    shapes = shapely.linestrings(np.column_stack([x, y]), indices=of)
    level, part = np.array(lines["band"]), np.array(lines["part"], bool)
    return shapes[np.where(part, level == band, level <= band)]
