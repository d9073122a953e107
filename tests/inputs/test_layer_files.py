"""Layers written and read again are the same: names, long ids, places."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import Point, box

from planner.categories import classify
from planner.errors import ScenarioError
from planner.inputs.layers.read import read_layer
from planner.inputs.layers.write import write_layer


@pytest.fixture
def layer() -> gpd.GeoDataFrame:
    table = {
        "需求人口数量": [5200, 4100], "需求人口密度": [1.25, np.nan], "station_identifier_a": ["a1", "a,\"2\""],
        "station_identifier_b": ["b1", ""], "osmid": [11000000001, 2**62 + 1],
        "建成日期": pd.to_datetime(["2024-03-01", None]),
    }  # fmt: skip
    shapes = [Point(114.3, 30.6), Point(114.123456789, 30.5)]
    return gpd.GeoDataFrame(table, geometry=shapes, index=pd.Index(["007", "S2"], name="id"), crs=4326)


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_read_after_write_is_the_same(layer: gpd.GeoDataFrame, tmp_path: Path, ending: str) -> None:
    """Fields keep their names, ids their zeros, whole numbers all digits, blanks stay blank."""
    assert write_layer(layer, tmp_path / f"层{ending}") == [tmp_path / f"层{ending}"]
    again, _ = read_layer(tmp_path / f"层{ending}", columns={"id": "id", "people": "需求人口数量"})
    assert again.index.tolist() == ["007", "S2"]
    assert set(layer.columns) <= set(again.columns)
    assert again["osmid"].astype(str).tolist() == ["11000000001", str(2**62 + 1)]
    assert again["station_identifier_a"].tolist() == ["a1", 'a,"2"']
    assert np.isnan(again["需求人口密度"].iloc[1])
    assert again.geometry.iloc[1].distance(layer.geometry.iloc[1]) < 1e-7


def test_geojson_is_of_rfc_7946(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Longitude and latitude, at most 7 decimals, no crs member, outer rings against the clock, strict JSON."""
    zones = gpd.GeoDataFrame(geometry=[box(520000, 3380000, 521000, 3381000)], index=["z"], crs=4547)
    write_layer(zones, tmp_path / "z.geojson")
    write_layer(layer, tmp_path / "p.geojson")
    for name in ("z.geojson", "p.geojson"):
        document = json.loads((tmp_path / name).read_text(encoding="utf-8"), parse_constant=pytest.fail)
        assert set(document) == {"type", "features"}
        numbers = np.ravel(document["features"][-1]["geometry"]["coordinates"])
        assert (np.abs(numbers - numbers.round(7)) < 1e-12).all()
        assert all(len(repr(float(number)).split(".")[1]) <= 7 for number in numbers)
    ring = np.array(
        json.loads((tmp_path / "z.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"][0]
    )
    x, y = ring.T
    assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0
    assert 113 < x.mean() < 115


def test_a_shapefile_has_unique_short_names_and_a_table_of_them(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Colliding names stay apart, the table says which is which, and all values survive."""
    written = write_layer(layer, tmp_path / "z.shp")
    assert {path.suffix for path in written} >= {".shp", ".shx", ".dbf", ".prj", ".cpg", ".csv"}
    table = pd.read_csv(tmp_path / "z_fields.csv", encoding="utf-8-sig").set_index("field")["short name"]
    assert table.is_unique
    assert all(len(name.encode()) <= 10 for name in table)
    again = pyogrio.read_dataframe(tmp_path / "z.shp")
    assert again[table["osmid"]].astype(str).tolist() == ["11000000001", str(2**62 + 1)]
    assert again[table["需求人口数量"]].tolist() == [5200, 4100]
    assert again[table["station_identifier_a"]].tolist() == ["a1", 'a,"2"']
    assert again[table["station_identifier_b"]].iloc[0] == "b1"
    assert read_layer(tmp_path / "z.shp", columns={"id": "id"})[0].index.tolist() == ["007", "S2"]


def test_what_cannot_be_written_is_refused(layer: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """An unknown ending, and a layer without coordinate system."""
    with pytest.raises(ScenarioError, match=r"\.gpkg"):
        write_layer(layer, tmp_path / "z.xyz")
    with pytest.raises(ScenarioError, match="coordinate system"):
        write_layer(layer.set_crs(None, allow_override=True), tmp_path / "z.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_classes_packed_among_other_tags(tmp_path: Path) -> None:
    """The layer ``points`` that GDAL makes of an extract holds amenity and shop in one field."""
    tags = ['"amenity"=>"cafe","cuisine"=>"x"', '"shop"=>"mall"', None]
    frame = {"osm_id": ["1", "2", "3"], "name": ["a", "b", "c"], "other_tags": tags}
    places = gpd.points_from_xy([114.3, 114.31, 114.32], [30.6, 30.6, 30.6])
    gpd.GeoDataFrame(frame, geometry=places, crs=4326).to_file(tmp_path / "points.gpkg")
    layer, _ = read_layer(tmp_path / "points.gpkg")
    assert classify(layer).tolist() == ["restaurant", "mall", ""]


def test_a_code_of_the_class_beside_its_words(tmp_path: Path) -> None:
    """Places of a map vendor have type and typecode: the code is the category, and nothing has to be said."""
    frame = {"id": ["1", "2"], "type": ["餐饮服务;中餐厅", "x"], "typecode": ["050100", "060101"]}
    places = gpd.points_from_xy([114.3, 114.31], [30.6, 30.6])
    gpd.GeoDataFrame(frame, geometry=places, crs=4326).to_file(tmp_path / "places.gpkg")
    assert read_layer(tmp_path / "places.gpkg")[0]["category"].tolist() == ["050100", "060101"]


MIF = 'Version 300\nCharset "Neutral"\nDelimiter ","\nCoordSys Earth Projection 1, 104\nColumns 2\n  {} Char(9)\n  {} Char(9)\nData\n\n'


@pytest.mark.parametrize("headings", [("编号", "名称"), ("id", "name")])
@pytest.mark.parametrize(("encoding", "said"), [("gbk", None), ("gbk", "gbk"), ("utf-8", None)])
def test_mapinfo_without_a_character_set(
    tmp_path: Path, headings: tuple[str, str], encoding: str, said: str | None
) -> None:
    """Where the file says Neutral, texts are UTF-8, or what is declared, or GBK, which is told."""
    (tmp_path / "a.mif").write_bytes((MIF.format(*headings) + "Point 114.3 30.6\n").encode(encoding))
    (tmp_path / "a.mid").write_bytes('"A","甲乙"\n'.encode(encoding))
    layer, report = read_layer(tmp_path / "a.mif", encoding=said)
    assert layer["name"].to_dict() == {"A": "甲乙"}
    assert any("read as GBK" in fault.what for fault in report.of("assumed")) == (encoding == "gbk" and said is None)


def test_division_codes_of_national_layers(tmp_path: Path) -> None:
    """XZQDM and XZQMC, and adcode, are codes and names."""
    for code, name in (("XZQDM", "XZQMC"), ("adcode", "name")):
        outlines = gpd.GeoDataFrame({code: ["331002"], name: ["甲区"]}, geometry=[box(121, 28, 122, 29)], crs=4326)
        outlines.to_file(tmp_path / f"{code}.gpkg")
        assert read_layer(tmp_path / f"{code}.gpkg")[0]["name"].to_dict() == {"331002": "甲区"}
