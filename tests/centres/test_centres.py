"""Centres from own polygons, clusters of places and park places, brought together by stated rules."""

from __future__ import annotations

from types import ModuleType

import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.centres import find_centres
from planner.centres.outlines import joined, outline
from planner.schema import TABLES


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_nothing_depends_on_the_order_of_rows(made: ModuleType, seed: int) -> None:
    """Any order of POIs, areas and own polygons gives the same table."""
    own = made.polygons(
        id=["Z1", "Z2"], boxes=[(121.41, 28.61, 121.415, 28.615), (121.43, 28.63, 121.433, 28.634)], name=["甲", "乙"]
    )
    district = made.district(centres=own)
    first, _ = find_centres(made.scenario(), district)
    second, _ = find_centres(made.scenario(), made.shuffled(district, seed))
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


def test_the_table_has_the_columns_of_the_schema(made: ModuleType) -> None:
    """Required columns, unique ids, valid polygons, distinct names."""
    centres, _ = find_centres(made.scenario(), made.district())
    table = next(table for table in TABLES if table.name == "centres")
    assert {column.name for column in table.columns} <= set(centres.columns)
    assert centres.index.is_unique
    assert centres.geometry.is_valid.all()
    assert set(centres.geometry.geom_type) == {"Polygon"}
    assert (centres["name"] != "").all()


def test_own_polygons_win_over_clusters(made: ModuleType) -> None:
    """A cluster mostly inside an own polygon is that centre; others keep clear of it."""
    bare, _ = find_centres(made.scenario(), made.district())
    clusters = bare[bare["source"] == "POI cluster"]
    west, south, east, north = clusters.geometry.iloc[0].buffer(0.002).bounds
    own = made.polygons(id=["Z"], boxes=[(west, south, east, north)], name=["市中心商圈"])
    centres, _ = find_centres(made.scenario(), made.district(centres=own))
    assert centres.loc["Z", "name"] == "市中心商圈"
    assert centres.loc["Z"].geometry.equals_exact(own.geometry.iloc[0], 1e-6)
    others = centres.drop(index="Z")
    assert shapely.area(others.geometry.intersection(centres.loc["Z"].geometry).to_numpy()).max() < 1e-9
    assert (centres["source"] == "POI cluster").sum() < len(clusters)


def test_one_place_listed_twice_is_one_centre(made: ModuleType) -> None:
    """Own polygons that share most of their area: the smaller id stays, the report says so; nested ones stay two."""
    own = made.polygons(
        id=["Z1", "Z2", "Z3"],
        boxes=[(121.41, 28.61, 121.42, 28.62), (121.41, 28.61, 121.42, 28.6195), (121.412, 28.612, 121.414, 28.614)],
        name=["园", "园区", "园中楼"],
    )
    centres, report = find_centres(made.scenario(), made.district(pois=30, centres=own))
    assert set(centres.index) >= {"Z1", "Z3"}
    assert "Z2" not in centres.index
    assert [fault.id for fault in report.of("repaired")] == ["Z2"]


def test_kinds_come_from_columns_categories_and_names(made: ModuleType) -> None:
    """A kind that is said stands; else the category or the name tells it."""
    boxes = [(121.401 + 0.004 * n, 28.601, 121.403 + 0.004 * n, 28.603) for n in range(5)]
    own = made.polygons(
        id=list("abcde"),
        boxes=boxes,
        name=["甲", "疏港物流园", "中央商务中心", "老街", "乙"],
        category=["小微工业园", "", "", "", "写字楼"],
    ).assign(kind=["", "", "", "business_centre", ""])
    centres, _ = find_centres(made.scenario(), made.district(pois=30, centres=own))
    assert centres.loc[list("abcde"), "kind"].tolist() == [
        "industrial_park",
        "industrial_park",
        "business_centre",
        "business_centre",
        "business_centre",
    ]


def test_lone_parks_become_centres(made: ModuleType) -> None:
    """A live-stream base known by a point has a round outline; two that touch are one."""
    bases = made.points(
        id=["S1", "S2", "S3"],
        lon=[121.41, 121.4115, 121.43],
        lat=[28.61] * 3,
        category="直播基地",
        name=["甲", "乙", "丙"],
    )
    district = made.district()
    district.pois = bases
    centres, _ = find_centres(made.scenario(), district)
    assert set(centres["kind"]) == {"industrial_park"}
    assert len(centres) == 2
    assert "park-S3" in centres.index


def test_an_outline_has_no_spike_for_a_straggler() -> None:
    """Ten dense places and one 600 m away: the outline keeps to the ten; all the ten are inside."""
    dense = [(x * 20.0, y * 20.0) for x in range(4) for y in range(4)]
    shape = outline(shapely.get_coordinates(shapely.points([*dense, (600.0, 0.0)])), 0.4)
    assert shape.bounds[2] < 120
    assert shapely.contains(shape, shapely.points(dense)).all()


def test_outlines_within_reach_are_joined_in_chains() -> None:
    """Three boxes 50 m apart are one group at 60 m, three at 40 m."""
    boxes = [shapely.box(150 * n, 0, 150 * n + 100, 100) for n in range(3)]
    assert len(set(joined(boxes, 60.0))) == 1
    assert len(set(joined(boxes, 40.0))) == 3


def test_no_places_no_centres(made: ModuleType) -> None:
    """An empty district gives an empty table and a warning that says what to give."""
    centres, report = find_centres(made.scenario(), made.district(pois=1))
    assert centres.empty
    assert any("no centre was found" in str(fault) for fault in report.of("warning"))
