"""Arguments that cannot be meant end in a sentence that says which one and what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads
from planner.travel import isochrones, routes, travel_matrix

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
