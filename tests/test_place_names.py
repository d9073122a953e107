"""Places without a name get one that a planner can read; the others keep theirs."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

from planner.candidates import find_candidates
from planner.categories import classify
from planner.centres import find_centres
from planner.demand import demand_points
from planner.inputs.roads.read import Roads, read_roads
from planner.place_names import named


@pytest.fixture
def roads(tmp_path: Path) -> Roads:
    """东环路 and, 50 m south of it, a street without a name."""
    lines = [LineString([(121.40, 28.6), (121.41, 28.6)]), LineString([(121.40, 28.5995), (121.41, 28.5995)])]
    layer = gpd.GeoDataFrame({"highway": "residential", "name": ["东环路", ""]}, geometry=lines, crs=4326)
    layer.to_file(tmp_path / "roads.gpkg")
    return read_roads(tmp_path / "roads.gpkg")[0]


def test_a_blank_name_becomes_class_street_and_end_of_the_id(roads: Roads) -> None:
    """The nearest street that has a name, within 150 m; an unknown class is a place."""
    rows = {
        "node/1375995154": (" ", "shop", (121.405, 28.5996)),
        "Z-g7": ("", "grid", (121.405, 28.6005)),
        "way/12": (None, "charging", (121.405, 28.61)),
        "node/9": ("老街茶馆", "restaurant", (121.405, 28.6)),
    }
    places = gpd.GeoDataFrame({"name": [row[0] for row in rows.values()]}, index=list(rows), crs=4326,
                              geometry=[Point(row[2]) for row in rows.values()])  # fmt: skip
    classes = pd.Series([row[1] for row in rows.values()], index=list(rows))
    expected = ["商店 shop · 东环路 (5154)", "地点 place · 东环路 (Z-g7)", "充换电站 charging (12)", "老街茶馆"]
    assert named(places, classes, roads).tolist() == expected
    assert named(places, classes, None).iloc[0] == "商店 shop (5154)"
    assert named(places.iloc[:0], classes.iloc[:0], roads).empty


def test_one_place_has_one_name_in_every_table(made: ModuleType) -> None:
    """Names are made last: two places without one, close together, still count as the same place."""
    district = made.district(300)
    district.pois = district.pois.assign(name="")
    centres, _ = find_centres(made.scenario(), district)
    candidates, _ = find_candidates(made.scenario(), district, centres)
    demand, _ = demand_points(made.scenario(), district)
    expected = named(district.pois, classify(district.pois), district.roads)
    of_pois = candidates[candidates["source"] == "POI"]
    assert len(of_pois) > 10
    assert (of_pois["name"] == expected[of_pois.index]).all()
    assert of_pois["reasons"].str.contains("the same place as").any()
    places = demand.index.str.split(":", n=1).str[1]
    assert len(places) > 10
    assert demand["name"].tolist() == expected[places].tolist()
