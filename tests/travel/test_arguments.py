"""Arguments that cannot be meant end in a sentence that says which one and what to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads
from planner.travel import get_mode, isochrones, route, routes, travel_matrix, truck, with_closed, with_link

from .made_streets import made_roads, points

PLACES = points(a=(0, 0), b=(500, 0))


@pytest.fixture
def roads(tmp_path: Path) -> Roads:
    """One street of 500 m."""
    return made_roads(tmp_path, {1: (0, 0), 2: (500, 0)}, {1: ([1, 2], {"highway": "residential"})})[0]


@pytest.mark.parametrize("jobs", [0, 1.5, "2", True])
def test_workers(roads: Roads, jobs: Any) -> None:
    """Neither none of them nor half of one."""
    told = rf"jobs = {jobs!r} is not a number of workers"
    with pytest.raises(ScenarioError, match=told):
        travel_matrix(roads, PLACES, PLACES, "car", "5min", jobs=jobs)
    with pytest.raises(ScenarioError, match=told):
        isochrones(roads, PLACES, "car", "5min", jobs=jobs)
    assert len(travel_matrix(roads, PLACES, PLACES, "car", "5min", jobs=np.int64(1))) == 4


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ([1.0, np.nan], "no id in 1 rows"),
        (["a", None], "no id in 1 rows"),
        (pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]), "several columns as ids"),
    ],
)
def test_ids(roads: Roads, index: Any, told: str) -> None:
    """Each point has one id."""
    with pytest.raises(ScenarioError, match=told):
        travel_matrix(roads, PLACES.set_axis(index), PLACES, "car", "5min")


def test_swapped_points(roads: Roads) -> None:
    """Latitude before longitude is named for what it is."""
    swapped = PLACES.set_geometry([shapely.Point(g.y, g.x) for g in PLACES.geometry], crs=4326)
    with pytest.raises(ScenarioError, match=r"longitude and latitude are swapped \(30\.6000, 114\.3000\)"):
        travel_matrix(roads, swapped, PLACES, "car", "5min")


def test_pairs_of_other_columns(roads: Roads) -> None:
    """The columns that are there are listed."""
    with pytest.raises(ScenarioError, match=r"pairs has no column 'origin'; there are 'from', 'to'"):
        routes(roads, PLACES, PLACES, pd.DataFrame({"from": ["a"], "to": ["b"]}), "car")


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ((-1, 3.0), "weight = -1 is no weight"), ((float("nan"), 3.0), "weight = nan"), ((12000, 3.8), "weight = 12000"),
        (("12", 3.8), "weight = '12'"), ((12, 380), "height = 380 is no height of a vehicle. Write it in m, up to 10"),
        ((12, 3.8, 0), "width = 0"), ((True, 3.8), "weight = True"),
    ],
)  # fmt: skip
def test_sizes_of_vehicles(sizes: Any, told: str) -> None:
    """Nothing, less than nothing, kilograms and centimetres: signs were held against them, or none at all."""
    with pytest.raises(ScenarioError, match=re.escape(told)):
        truck(*sizes)


def test_speeds_in_words() -> None:
    """A speed is a number, of whatever library."""
    assert get_mode("car").with_speeds(residential=np.int64(20)).speeds["residential"] == 20
    with pytest.raises(ScenarioError, match=r"'30' \(km/h\) for car"):
        get_mode("car").with_speeds(residential="30")  # type: ignore[arg-type]


def test_one_closed_street_is_one(tmp_path: Path) -> None:
    """12 is way 12, not the ways 1 and 2; a name is not its letters."""
    places = {i: (100.0 * i, 0.0) for i in range(4)}
    street = {"highway": "residential"}
    ways = {1: ([0, 1], street), 2: ([1, 2], street), 12: ([2, 3], street | {"name": "环城东路"})}
    roads, _ = made_roads(tmp_path, places, ways)
    for one in (12, "12", "环城东路", [12], ["12"]):
        assert sorted(with_closed(roads, one).way.tolist()) == [1, 2]


def test_a_link_is_a_line_for_a_mode(roads: Roads) -> None:
    """A mode may be given alone; a point or nothing is no link."""
    line = shapely.LineString([(g.x, g.y) for g in PLACES.geometry])
    assert len(with_link(roads, line, "car")) > len(roads)
    for shape in (PLACES.geometry.iloc[0], shapely.LineString(), line.buffer(1e-4)):
        with pytest.raises(ScenarioError, match="a link must be a line of two points or more"):
            with_link(roads, shape, ["car"])


@pytest.mark.parametrize("place", ["somewhere", (114.3,), (114.3, "north"), None])
def test_places_of_a_route(roads: Roads, place: Any) -> None:
    """What is no place is said, with how to write one."""
    with pytest.raises(ScenarioError, match=r"is no place\. Write longitude and latitude"):
        route(roads, place, PLACES.iloc[:1], "car")
