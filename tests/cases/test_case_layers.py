"""The public fault reports on geometry and coordinate systems (section B, and 4, 14, 19, 63, 65, 81, 82, 84)."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely

from planner.demand import demand_points
from planner.errors import InputError
from planner.inputs.coordinates.datums import to_wgs84
from planner.inputs.coordinates.projections import working_crs
from planner.inputs.district import read_district
from planner.inputs.layers.geometry import area_m2
from planner.inputs.layers.read import read_layer
from planner.inputs.layers.write import write_layer
from planner.inputs.nearest import nearest_places
from planner.inputs.points import read_points
from planner.scenario import read_scenario

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.case(4, "a GBK Shapefile without .cpg", "fields and values are read as Chinese, the encoding is told")
def test_gbk_shapefile_without_cpg(cases: Path) -> None:
    """Fields 编号, 社区名称, 人口; the first value is 青石巷社区."""
    layer, report = read_layer(cases / "04_gbk_shp_no_cpg/社区.shp")
    assert {"编号", "社区名称", "人口"} <= set(layer.columns)
    assert layer["社区名称"].iloc[0] == "青石巷社区"
    assert report.facts["encoding"].startswith("gbk")


@pytest.mark.case(6, "a Shapefile in degrees without .prj", "taken as CGCS2000, with a notice that names the file")
def test_shapefile_without_prj(cases: Path) -> None:
    """The places are those of the numbers."""
    layer, report = read_layer(cases / "06_shp_no_prj/stations.shp")
    notice = next(report.of("assumed"))
    assert "EPSG:4490" in notice.what
    assert notice.file == "stations.shp"
    assert (layer.geometry.x.iloc[0], layer.geometry.y.iloc[0]) == pytest.approx((114.3, 30.6), abs=1e-6)


@pytest.mark.case(9, "longitude and latitude swapped in the whole file", "exchanged back, with a notice")
def test_swapped_columns(cases: Path) -> None:
    """S1 is at 114.3, 30.6."""
    points, report = read_points(cases / "09_swapped_all/stations_swapped.csv")
    assert (points.geometry["S1"].x, points.geometry["S1"].y) == pytest.approx((114.3, 30.6), abs=1e-6)
    assert report.count("repaired") > 0


@pytest.mark.case(14, "long field names and 64-bit ids", "five fields and both ids survive in every export")
@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".shp"])
def test_field_names_and_ids_survive(cases: Path, tmp_path: Path, ending: str) -> None:
    """GeoPackage and GeoJSON keep the names; a Shapefile has a table of its short ones."""
    layer, _ = read_layer(cases / "14_shp_fieldnames/layer.gpkg")
    fields = ["需求人口数量", "需求人口密度", "station_identifier_a", "station_identifier_b", "osmid"]
    written = write_layer(layer[[*fields, "geometry"]], tmp_path / f"out{ending}")
    again = pyogrio.read_dataframe(tmp_path / f"out{ending}")
    if ending == ".shp":
        table = pd.read_csv(written[-1], encoding="utf-8-sig").set_index("short name")["field"]
        again = again.rename(columns=table)
    assert set(fields) <= set(again.columns)
    assert sorted(again["osmid"].astype("int64")) == [2147483648, 11000000001]
    assert again[fields].astype(str).to_numpy().tolist() == layer[fields].astype(str).to_numpy().tolist()


@pytest.mark.case(19, "a zip with GBK entry names", "the layer is found, its name shown right")
def test_zip_with_gbk_entry_names(cases: Path) -> None:
    """Four rows, the first 青石巷社区, the layer 社区."""
    layer, report = read_layer(cases / "19_zip_gbk_names/需求点.zip")
    assert len(layer) == 4
    assert layer["name"].iloc[0] == "青石巷社区"
    assert report.facts["layer"] == "社区"


@pytest.mark.case(
    20, "self-crossing, empty, missing and mixed geometry", "repaired with the area told, or refused by name"
)
def test_invalid_geometry(cases: Path) -> None:
    """Areas as expected; the two without geometry are refused by name."""
    layer, report = read_layer(cases / "20_invalid_geometry/zones.geojson")
    areas = {name: area_m2(shape) for name, shape in layer.geometry.items()}
    expected = {"正常": 40_000, "蝶形": 20_000, "集合": 10_000, "重复点": 10_000}
    assert areas == pytest.approx(expected, rel=0.005)
    assert sorted(fault.id for fault in report.of("refused")) == ["无几何", "空多边形"]
    assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}


@pytest.mark.case(23, "layers in 4490, 4326 and 3857", "all are read into one system and meet")
def test_mixed_systems(cases: Path) -> None:
    """Four stations and four demand points inside; each demand point 50 m from its station."""
    folder = cases / "23_mixed_crs"
    stations, demand, boundary = (
        read_layer(folder / name)[0] for name in ("stations_4490.gpkg", "demand_4326.geojson", "boundary_3857.gpkg")
    )
    outline = boundary.union_all()
    assert stations.within(outline).sum() == demand.within(outline).sum() == 4
    assert nearest_places(demand, stations)["metres"].to_numpy() == pytest.approx(np.full(4, 50.0), abs=0.1)


@pytest.mark.case(24, "GeoJSON in metres with an old crs member", "read right, and exported after RFC 7946")
def test_geojson_in_metres(cases: Path, tmp_path: Path) -> None:
    """S1 at 114.3, 30.6; the export has no crs member and at most 7 decimals."""
    layer, _ = read_layer(cases / "24_geojson_metre_crs/stations_4547.geojson")
    assert (layer.geometry["S1"].x, layer.geometry["S1"].y) == pytest.approx((114.3, 30.6), abs=1e-7)
    write_layer(layer.to_crs(4547), tmp_path / "out.geojson")
    document = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))
    assert "crs" not in document
    numbers = np.ravel([feature["geometry"]["coordinates"] for feature in document["features"]])
    assert all(len(repr(float(number)).split(".")[1]) <= 7 for number in numbers)
    assert numbers[:2] == pytest.approx([114.3, 30.6], abs=1e-7)


@pytest.mark.case(
    26, "POIs of a map vendor beside a road", "GCJ-02 is recognised or asked for; then they lie on the road"
)
def test_vendor_points_on_the_road(cases: Path) -> None:
    """Within 0.2 m of the road with GCJ-02, and more than 260 m off as WGS 84; the report tells which was taken."""
    folder = cases / "26_gcj_poi_on_road"
    road, _ = read_layer(folder / "road_wgs84.geojson")
    crs = working_crs(road)
    line = road.to_crs(crs).union_all()
    points, report = read_points(folder / "poi_gcj02.csv", datum="gcj02")
    assert points.to_crs(crs).distance(line).max() <= 0.2
    assert read_points(folder / "poi_gcj02.csv", datum="wgs84")[0].to_crs(crs).distance(line).min() > 260
    _, report = read_points(folder / "poi_gcj02.csv")
    assert report.count("assumed") + report.count("warning") > 0


@pytest.mark.case(63, "exclusions in two systems", "no candidate in a lake or behind a red line")
def test_exclusions_in_any_system(cases: Path) -> None:
    """Of a 100 m grid of 100 cells, 68 remain."""
    folder = cases / "63_exclusion_crs"
    district, lake, redline = (
        read_layer(folder / name)[0] for name in ("district_4490.geojson", "lake_4490.geojson", "redline_4547.shp")
    )
    shape = district.to_crs(4547).union_all()
    west, south, _, _ = shape.bounds
    x, y = np.meshgrid(np.arange(10) * 100 + 50 + west, np.arange(10) * 100 + 50 + south)
    cells = gpd.GeoSeries(shapely.points(x.ravel(), y.ravel()), crs=4547).to_crs(4326)
    free = ~(cells.intersects(lake.union_all()) | cells.intersects(redline.union_all()))
    assert free.sum() == 68


@pytest.mark.case(65, "a demand point midway between two stations", "one row, and the smaller station id")
def test_a_tie_gives_one_row(cases: Path) -> None:
    """Two rows, 1,500 people, D1 belongs to S1."""
    stations, _ = read_points(cases / "65_nearest_tie/stations.csv")
    demand, _ = read_points(cases / "65_nearest_tie/demand.csv")
    found = nearest_places(demand, stations[::-1])
    assert found.index.tolist() == demand.index.tolist()
    assert demand["people"].sum() == 1500
    assert found["place"]["D1"] == "S1"


@pytest.mark.case(81, "a boundary that states no system", "the assumption is recorded and the choice offered")
def test_a_boundary_without_system(tmp_path: Path) -> None:
    """The report names the system taken and what to write if it is a map vendor's."""
    square = {"type": "Polygon", "coordinates": [[[108, 23], [109, 23], [109, 24], [108, 24], [108, 23]]]}
    feature = {"type": "Feature", "properties": {"adcode": 450181, "name": "横州市"}, "geometry": square}
    (tmp_path / "b.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8"
    )
    layer, report = read_layer(tmp_path / "b.geojson")
    assert report.facts["coordinate system evidence"] == "assumed from degrees"
    assert any('datum = "gcj02"' in fault.repair for fault in report.of("assumed"))
    assert layer["name"].tolist() == ["横州市"]


@pytest.mark.case(82, "an area across a zone boundary", "2,000 m are 2,000 m, and the system has a name to print")
@pytest.mark.parametrize("meridian", [114.0, 112.5, 120.0, 117.0])
def test_two_kilometres_across_a_zone_boundary(meridian: float) -> None:
    """One kilometre on each side of the edge of a UTM or a 3° zone."""
    west, _, _ = GEOD.fwd(meridian, 30.6, 270, 1000)
    east, _, _ = GEOD.fwd(meridian, 30.6, 90, 1000)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([west, east], [30.6, 30.6]), crs=4326)
    crs = working_crs(points)
    a, b = points.to_crs(crs).geometry
    assert a.distance(b) == pytest.approx(2000.0, abs=0.1)
    assert f"{meridian:g}°" in crs.name


@pytest.mark.case(84, "GCJ-02 in Macau and Kathmandu", "neither is moved")
def test_places_outside_the_mainland_stay() -> None:
    """A rectangle would move both by half a kilometre."""
    lon, lat = [113.5439, 85.32], [22.1987, 27.72]
    for datum in ("gcj02", "bd09"):
        moved = to_wgs84(lon, lat, datum)
        assert moved[0].tolist() == lon
        assert moved[1].tolist() == lat


@pytest.mark.case(24, "GeoJSON in metres without a crs member", "refused, never taken for degrees")
def test_metres_are_not_degrees(tmp_path: Path) -> None:
    """The text says what to write."""
    point = {"type": "Point", "coordinates": [528770.237, 3386666.251]}
    (tmp_path / "m.geojson").write_text(json.dumps(point))
    with pytest.raises(InputError, match="EPSG"):
        read_layer(tmp_path / "m.geojson")


@pytest.mark.case(
    81, "counts under a code that has changed since the outline was drawn", "listed with its people; then read"
)
def test_an_outdated_division_code(tmp_path: Path) -> None:
    """450127 became 450181 and 331002 stays: the count without an outline is refused by name until the codes are told."""
    squares = [shapely.box(108 + i, 23, 109 + i, 24) for i in range(2)]
    zones = gpd.GeoDataFrame({"adcode": [450127, 331002]}, geometry=squares, crs=4326)
    zones.rename(columns={"adcode": "区划代码"}).assign(名称=["横县", "椒江区"]).to_file(tmp_path / "areas.gpkg")
    (tmp_path / "workers.csv").write_text("区划代码,名称,骑手\n450181,横州市,120\n331002,椒江区,80\n", encoding="utf-8")
    scenario = """
        district = { id = "x", name = "某市" }
        files = [{ role = "areas", path = "areas.gpkg" CODES }, { role = "workers", path = "workers.csv" }]
        groups = [{ id = "riders", name = "骑手", mode = "ebike", standards = "10min", workers = "骑手" }]
        types = [{ id = "r", name = "站", groups = ["riders"], count = 1 }]
    """
    for codes, people in (("", 80.0), (', codes = { 450127 = "450181" }', 200.0)):
        (tmp_path / "scenario.toml").write_text(scenario.replace("CODES", codes), encoding="utf-8")
        settings = read_scenario(tmp_path / "scenario.toml")
        demand, report = demand_points(settings, read_district(settings))
        assert demand["weight"].sum() == people
        refused = list(report.of("refused"))
        assert [(fault.id, "120 people" in fault.what and "横州市" in fault.what) for fault in refused] == (
            [] if codes else [("450181", True)]
        )
        unmatched = [fault.what for fault in report.of("warning") if "no row of counts" in fault.what]
        assert ["450127 横县" in what for what in unmatched] == ([] if codes else [True])
