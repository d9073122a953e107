"""The datum test tells WGS 84, GCJ-02 and BD-09 apart where the evidence is there, and says when it is not."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from planner.inputs.coordinates.datum_test import judge
from planner.inputs.coordinates.datums import from_wgs84, to_wgs84
from planner.inputs.district import District, read_district
from planner.inputs.layers.read import read_layer
from planner.inputs.roads.read import Roads, read_roads
from planner.scenario import read_scenario

DATUMS = ["wgs84", "gcj02", "bd09"]


@pytest.fixture(scope="module")
def district(root: Path) -> District:
    return read_district(read_scenario(root / "data/geo/jiaojiang/scenario.toml"))


@pytest.fixture(scope="module")
def futian(shared: Path) -> Roads:
    return read_roads(shared / "data/osm/shenzhen_futian_osmnx.graphml")[0]


def written(layer: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    """Return points as a file in ``datum`` would have them."""
    lon, lat = from_wgs84(layer.geometry.x, layer.geometry.y, datum)
    return layer.set_geometry(gpd.points_from_xy(lon, lat), crs=4326)


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("count", [60, 400])
def test_places_of_the_demonstration_district(district: District, datum: str, count: int) -> None:
    """Few or many places beside its streets show their datum; the order of rows does not matter."""
    places = written(
        district.pois.iloc[:: max(len(district.pois) // count, 1)].drop(columns="area", errors="ignore"), datum
    )
    verdict = judge(places, district.roads, district.boundary)
    assert verdict.datum == datum
    assert judge(places[::-1], district.roads, district.boundary).sentence == verdict.sentence


@pytest.mark.parametrize("datum", DATUMS)
def test_charging_stations_of_futian(shared: Path, futian: Roads, datum: str) -> None:
    """Some sixty stations beside the streets of Futian, published in GCJ-02, written in each datum."""
    table = pd.read_csv(shared / "data/shenzhen/urbanev_inf_raw.csv")
    lon, lat = to_wgs84(table["longitude"], table["latitude"], "gcj02")
    west, south, east, north = futian.bounds
    near = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    stations = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon[near], lat[near]), crs=4326)
    assert 50 < len(stations) < 100
    assert judge(written(stations, datum), futian).datum == datum


@pytest.mark.parametrize("datum", DATUMS)
def test_area_names_are_strong_evidence(shared: Path, datum: str) -> None:
    """Stations that name their traffic zone fit the zones under one datum only."""
    zones, _ = read_layer(shared / "data/shenzhen/SZ_districts.shp", datum="gcj02")
    zones["name"] = zones["TAZID"].astype(int).astype(str)
    table = pd.read_csv(shared / "data/shenzhen/urbanev_inf_raw.csv")
    lon, lat = to_wgs84(table["longitude"], table["latitude"], "gcj02")
    stations = gpd.GeoDataFrame({"area": table["TAZID"].astype(str)}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    assert judge(written(stations, datum), zones).datum == datum


@pytest.mark.parametrize("datum", DATUMS)
def test_a_clean_outline_tells_the_datum_of_points_along_its_edges(datum: str) -> None:
    """Points close to all edges of an outline fall out under the wrong datum, on one side or the other."""
    edge = np.linspace(0.0, 0.1, 60)
    inner = 0.0015
    sides = [(edge, inner), (edge, 0.1 - inner), (inner, edge), (0.1 - inner, edge)]
    xy = np.vstack([np.column_stack(np.broadcast_arrays(x, y)) for x, y in sides]).clip(inner, 0.1 - inner)
    xy = xy + np.array([121.4, 28.6])
    outline = gpd.GeoDataFrame(geometry=[box(121.4, 28.6, 121.5, 28.7)], crs=4326)
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=4326)
    assert judge(written(places, datum), outline).datum == datum


def test_five_points_in_the_sea_cannot_be_told(district: District) -> None:
    """No street and no outline is near: the test says so instead of guessing."""
    sea = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([121.90, 121.91, 121.95, 122.0, 121.99], [28.6, 28.5, 28.55, 28.6, 28.61]), crs=4326
    )
    verdict = judge(sea, district.roads, district.boundary)
    assert verdict.datum is None
    assert "cannot tell" in verdict.sentence


def test_points_thrown_at_random_cannot_be_told(district: District) -> None:
    """Points that lie anywhere fit no datum better than another; of 8 such layers at most one seems to."""
    rng = np.random.default_rng(11)
    west, south, east, north = district.pois.total_bounds
    told = 0
    for _ in range(8):
        xy = gpd.points_from_xy(rng.uniform(west, east, 60), rng.uniform(south, north, 60))
        told += judge(gpd.GeoDataFrame(geometry=xy, crs=4326), district.roads).datum is not None
    assert told <= 1


def test_outside_the_mainland_nothing_is_shifted(shared: Path) -> None:
    """In Helsinki there is nothing to tell: the numbers are WGS 84."""
    roads, _ = read_roads(shared / "data/osm/helsinki_centre.osm.pbf")
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy([24.94, 24.945], [60.17, 60.171]), crs=4326)
    assert judge(places, roads).datum == "wgs84"
