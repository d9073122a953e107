"""Layers as other programs leave them: read whole, or refused by name; never fewer rows, digits or letters in silence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from planner.errors import InputError
from planner.inputs.layers.read import read_layer

SQUARE = [[121.4, 28.6], [121.402, 28.6], [121.402, 28.602], [121.4, 28.602], [121.4, 28.6]]
POINTS = gpd.GeoDataFrame(
    {"编号": ["007", "008"], "名称": ["葭沚街道", "海门街道"]},
    geometry=[shapely.Point(121.4, 28.6), shapely.Point(121.41, 28.6)],
    crs=4326,
)


def geojson(path: Path, *geometries: dict[str, Any], **fields: list[Any]) -> Path:
    features = [
        {"type": "Feature", "properties": {name: values[at] for name, values in fields.items()}, "geometry": geometry}
        for at, geometry in enumerate(geometries)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def point(*position: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(position)}


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def shapefile(folder: Path, encoding: str = "GBK", **fields: list[Any]) -> Path:
    path = folder / "街道.shp"
    pyogrio.write_dataframe(POINTS.assign(**fields), path, driver="ESRI Shapefile", encoding=encoding)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_layer(path)
    return str(caught.value)


def test_positions_of_four_numbers(tmp_path: Path) -> None:
    """Height and measure are left out; the place is none the worse."""
    layer, _ = read_layer(
        geojson(tmp_path / "a.geojson", point(121.4, 28.6, 3.5, 17), polygon([[*p, 1, 2] for p in SQUARE]))
    )
    assert (layer.geometry.iloc[0].x, layer.geometry.iloc[0].y) == (121.4, 28.6)
    assert layer.geometry.iloc[1].equals(shapely.Polygon(SQUARE))


def test_rings_that_had_to_be_closed_are_told(tmp_path: Path) -> None:
    """The repair of an open ring stands in the report with its row."""
    layer, report = read_layer(geojson(tmp_path / "a.geojson", polygon(SQUARE), polygon(SQUARE[:-1])))
    assert layer.geometry.iloc[1].equals(layer.geometry.iloc[0])
    assert [fault.row for fault in report.of("repaired") if "rings were closed" in fault.what] == [2]


@pytest.mark.parametrize("ids", [[2**63 + 11, 2**64 - 1], [2**53 + 1, 1.5], [9007199254740993, 3]])
def test_whole_numbers_keep_every_digit(tmp_path: Path, ids: list[Any]) -> None:
    """Beyond 64 bits, or beside a fraction, where floats would round them."""
    layer, _ = read_layer(geojson(tmp_path / "a.geojson", point(121.4, 28.6), point(121.41, 28.6), 编号=ids))
    assert layer.index.tolist() == [str(one) for one in ids]


def test_another_format_under_the_name_of_geojson(tmp_path: Path) -> None:
    """The content says what it is; no complaint about encodings."""
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(POINTS, path, driver="GPKG")
    assert "the content is that of a .gpkg file" in refused(path.rename(tmp_path / "a.geojson"))


def test_a_vertex_at_zero_refuses_its_feature(tmp_path: Path) -> None:
    """A ring that runs to the Gulf of Guinea and back is no district; one near it may have a corner there."""
    ring = [*SQUARE[:2], [0, 0], *SQUARE[3:]]
    layer, report = read_layer(geojson(tmp_path / "a.geojson", polygon(ring), polygon(SQUARE), name=["甲", "乙"]))
    assert layer.index.tolist() == ["乙"]
    assert [fault.id for fault in report.of("refused")] == ["甲"]
    near = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0]]
    assert len(read_layer(geojson(tmp_path / "b.geojson", polygon(near)))[0]) == 1


def test_a_ring_round_the_earth_is_refused(tmp_path: Path) -> None:
    """Across the 180th meridian a ring must be split, or it covers everything but itself."""
    ring = [[179.9, 10], [-179.9, 10], [-179.9, 10.1], [179.9, 10.1], [179.9, 10]]
    assert "180th meridian" in refused(geojson(tmp_path / "a.geojson", polygon(ring)))


@pytest.mark.parametrize("page", ["GBK".encode("utf-16"), "UTF-8".encode("utf-16"), b"\xff\xfe\0\0", b"GBK\0\0\0"])
def test_a_cpg_file_that_is_no_plain_text(tmp_path: Path, page: bytes) -> None:
    """Whatever it holds, the bytes of the table decide."""
    path = shapefile(tmp_path)
    path.with_suffix(".cpg").write_bytes(page)
    assert read_layer(path)[0]["名称"].tolist() == ["葭沚街道", "海门街道"]


def test_parts_of_a_shapefile_with_different_rows_are_refused(tmp_path: Path) -> None:
    """A cut or foreign .dbf would take rows away without a word."""
    table = shapefile(tmp_path).with_suffix(".dbf")
    whole = table.read_bytes()
    table.write_bytes(whole[:-20])
    assert "2 shapes and 1 rows of attributes" in refused(tmp_path / "街道.shp")
    table.write_bytes(whole[:4] + (1).to_bytes(4, "little") + whole[8:])
    assert "2 shapes and 1 rows of attributes" in refused(tmp_path / "街道.shp")
    table.write_bytes(whole[:4] + (3).to_bytes(4, "little") + whole[8:])
    assert "2 shapes and 2 rows of attributes" in refused(tmp_path / "街道.shp")


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_names_cut_inside_a_letter_and_numbered(tmp_path: Path, encoding: str) -> None:
    """GDAL cuts at ten bytes and tells twins apart by a number, also in the middle of a letter."""
    path = shapefile(tmp_path, encoding, 常住人口数量合计=[1, 2], 常住人口数量分计=[3, 4], 常住人口数量另计=[5, 6])
    layer, _ = read_layer(path)
    assert not any("\ufffd" in str(name) for name in layer.columns)
    cut = [name for name in layer.columns if str(name).startswith("常住")]
    assert [layer[name].tolist() for name in cut] == [[1, 2], [3, 4], [5, 6]]
    assert layer["名称"].tolist() == ["葭沚街道", "海门街道"]


KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{}</Folder></Document></kml>"""
PLACE = """<Placemark><name>{}</name><ExtendedData><Data name="从业人数"><value>{}</value></Data>
<Data name='"A&amp;B"'><value>x</value></Data></ExtendedData><Point><coordinates>{}</coordinates></Point></Placemark>"""


def test_data_of_placemarks_keep_their_names(tmp_path: Path) -> None:
    """Chinese names of data, and such with marks, are fields; placemarks without ids go by their names."""
    path = tmp_path / "a.kml"
    places = PLACE.format("甲站", 120, "121.4,28.6,0") + PLACE.format("乙站", "1,500", "121.41,28.6")
    path.write_text(KML.format(places), encoding="utf-8")
    layer, _ = read_layer(path)
    assert layer["people"].to_dict() == {"甲站": 120, "乙站": 1500}
    assert layer['"A&B"'].tolist() == ["x", "x"]


DRAWING = (
    "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{}\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nTEXT\n"
    "8\n驿站层\n10\n441400\n20\n3165000\n40\n2.5\n1\n骑享家一号站\n0\nENDSEC\n0\nEOF\n"
)


@pytest.mark.parametrize(("release", "encoding"), [("AC1015", "gbk"), ("AC1021", "utf-8"), ("AC1032", "utf-8")])
def test_drawings_in_the_encoding_they_are_in(tmp_path: Path, release: str, encoding: str) -> None:
    """From 2007 on texts are UTF-8, although the header still names a code page."""
    path = tmp_path / "a.dxf"
    path.write_bytes(DRAWING.format(release).encode(encoding))
    layer, report = read_layer(path, datum="EPSG:4549")
    assert layer["Layer"].tolist() == ["驿站层"]
    assert layer["Text"].tolist() == ["骑享家一号站"]
    assert str(report.facts["encoding"]).startswith(encoding)


def test_an_unknown_system_in_a_geopackage_is_told(tmp_path: Path) -> None:
    """A number that its own table does not explain is no system; the degrees are assumed, and nothing else is printed."""
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(POINTS, path, driver="GPKG")
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("update gpkg_geometry_columns set srs_id = 99901")
        base.execute("update gpkg_contents set srs_id = 99901")
    layer, report = read_layer(path)
    assert layer.geometry.x.tolist() == [121.4, 121.41]
    assert any("no coordinate system is stated" in fault.what for fault in report.of("assumed"))


def test_a_system_that_an_office_named_in_gbk(tmp_path: Path) -> None:
    """A .prj in which 椒江坐标系 stands in GBK is read like any other; its copy of the Shapefile stays out of sight."""
    path = tmp_path / "社区.shp"
    POINTS.to_crs(4549).to_file(path, encoding="GBK", engine="pyogrio")
    system = path.with_suffix(".prj").read_text(encoding="utf-8")
    name = system.partition('"')[2].partition('"')[0]
    path.with_suffix(".prj").write_bytes(system.replace(name, "椒江坐标系", 1).encode("gbk"))
    before = sorted(tmp_path.iterdir())
    layer, report = read_layer(path)
    assert report.facts["coordinate system"] == "椒江坐标系"
    assert layer["name"].tolist() == ["葭沚街道", "海门街道"]
    assert layer.geometry.x.tolist() == pytest.approx([121.4, 121.41], abs=1e-7)
    assert sorted(tmp_path.iterdir()) == before


def test_parcels_whose_numbers_lost_their_last_digits_stay_apart(tmp_path: Path) -> None:
    """Numbers of 18 digits kept as floats: two parcels that now read alike are no parts of one, and it is told."""
    squares = [shapely.box(121.4 + x, 28.6, 121.401 + x, 28.601) for x in (0, 0.01, 0.02)]
    numbers = [420106001001000123.0, 420106001001000124.0, 420106001009000124.0]
    gpd.GeoDataFrame({"宗地号": numbers}, geometry=squares, crs=4490).to_file(tmp_path / "a.gpkg")
    layer, report = read_layer(tmp_path / "a.gpkg")
    assert layer.index.tolist() == ["1", "2", "3"]
    assert any("lost their last digits, for example" in fault.what for fault in report.of("warning"))
    gpd.GeoDataFrame({"宗地号": numbers[1:]}, geometry=squares[1:], crs=4490).to_file(tmp_path / "b.gpkg")
    layer, report = read_layer(tmp_path / "b.gpkg")
    assert len(layer) == 2
    assert report.count("warning") == 1
