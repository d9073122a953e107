"""Layers of every format and habit come out the same: WGS 84, string ids, right names."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box

from planner.errors import InputError
from planner.inputs.coordinates.datums import from_wgs84
from planner.inputs.layers.read import read_layer

NAMES = ["海门街道", "白云街道", "葭沚街道"]
IDS = ["007", "331002002", "331002003"]


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    shapes = [box(121.4 + i * 0.01, 28.6, 121.41 + i * 0.01, 28.61) for i in range(3)]
    return gpd.GeoDataFrame({"编号": IDS, "名称": NAMES, "人口": [1200, 3400, 560]}, geometry=shapes, crs=4490)


def as_geojson(layer: gpd.GeoDataFrame, **members: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(layer.to_json(drop_id=True))
    document.pop("crs", None)
    return document | members


def write(path: Path, document: object, encoding: str = "utf-8") -> Path:
    path.write_bytes(json.dumps(document, ensure_ascii=False).encode(encoding))
    return path


def assert_zones(path: Path, **options: Any) -> None:
    layer, report = read_layer(path, **options)
    layer = layer.sort_index()
    assert layer.index.tolist() == IDS
    assert layer["name"].tolist() == NAMES
    assert layer["people"].tolist() == [1200.0, 3400.0, 560.0]
    assert layer.crs == 4326
    np.testing.assert_allclose(layer.total_bounds, [121.4, 28.6, 121.43, 28.61], atol=1e-7)
    assert report.facts["rows_read"] == report.facts["rows_kept"] == 3


@pytest.mark.parametrize(
    ("encoding", "claim"),
    [("GBK", None), ("GBK", "UTF-8"), ("GBK", "ISO-8859-1"), ("GBK", "936"), ("GBK", "ANSI 936"), ("GBK", "Big5"),
     ("GBK", "?"), ("UTF-8", None), ("UTF-8", "GBK"), ("UTF-8", "ISO-8859-1"), ("UTF-8", "UTF-8"),
     ("GB18030", "GB18030")],
)  # fmt: skip
def test_shapefiles_with_absent_wrong_and_lying_cpg(
    zones: gpd.GeoDataFrame, tmp_path: Path, encoding: str, claim: str | None
) -> None:
    """Field names and values are right whatever the .cpg file says."""
    zones.to_file(tmp_path / "z.shp", encoding=encoding)
    (tmp_path / "z.cpg").unlink(missing_ok=True)
    if claim is not None:
        (tmp_path / "z.cpg").write_text(claim)
    assert_zones(tmp_path / "z.shp")


def test_a_shapefile_cut_in_the_middle_of_a_character_is_read(tmp_path: Path) -> None:
    """Field names of 10 bytes of UTF-8 end inside the fourth character; the whole ones are kept, and it is told."""
    layer = gpd.GeoDataFrame({"需求人口数量": [5]}, geometry=[Point(121.4, 28.6)], crs=4490)
    layer = layer.rename(columns={"需求人口数量": "f"})
    layer.to_file(tmp_path / "z.shp", encoding="UTF-8")
    data = bytearray((tmp_path / "z.dbf").read_bytes())
    data[32:43] = "需求人口".encode()[:10] + b"\0"
    (tmp_path / "z.dbf").write_bytes(bytes(data))
    read, report = read_layer(tmp_path / "z.shp")
    assert "需求人" in read.columns
    assert any("middle of a character" in fault.what for fault in report.of("warning"))


def test_a_shapefile_without_its_table_is_refused(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The missing part is named."""
    zones.to_file(tmp_path / "z.shp")
    (tmp_path / "z.dbf").unlink()
    with pytest.raises(InputError, match=r"z\.dbf is missing"):
        read_layer(tmp_path / "z.shp")


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".geojson", ".kml"])
@pytest.mark.parametrize("code", [4490, 4326])
def test_formats_of_gdal(zones: gpd.GeoDataFrame, tmp_path: Path, ending: str, code: int) -> None:
    """GeoPackage, FlatGeobuf, GeoJSON and KML."""
    zones.to_crs(4326 if ending in (".kml", ".geojson") else code).to_file(
        tmp_path / f"z{ending}", driver={".kml": "KML"}.get(ending)
    )
    assert_zones(tmp_path / f"z{ending}")


@pytest.mark.parametrize("ending", [".tab", ".mif"])
def test_mapinfo_in_gbk(zones: gpd.GeoDataFrame, tmp_path: Path, ending: str) -> None:
    """MapInfo files say their code page themselves."""
    plain = zones.to_crs(4326).rename(columns={"编号": "BH", "名称": "MC", "人口": "RK"})
    plain.to_file(tmp_path / f"z{ending}", driver="MapInfo File", ENCODING="CP936")
    layer, _ = read_layer(tmp_path / f"z{ending}", columns={"id": "BH", "name": "MC"})
    assert layer.sort_index()["name"].tolist() == NAMES


@pytest.mark.parametrize("code", [4549, 4528, 3857, 32651, 4490])
def test_projected_layers(zones: gpd.GeoDataFrame, tmp_path: Path, code: int) -> None:
    """Gauss–Krüger with and without zone number, Web Mercator and UTM, all by the file's own word."""
    zones.to_crs(code).to_file(tmp_path / "z.gpkg")
    assert_zones(tmp_path / "z.gpkg")


def test_geoparquet_with_and_without_index(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A named index is the id field; a table without geometry metadata is refused."""
    zones.to_parquet(tmp_path / "a.parquet")
    zones.set_index("编号").to_parquet(tmp_path / "b.parquet")
    assert_zones(tmp_path / "a.parquet")
    assert_zones(tmp_path / "b.parquet")
    zones.drop(columns="geometry").to_parquet(tmp_path / "c.parquet")
    with pytest.raises(InputError, match="GeoParquet"):
        read_layer(tmp_path / "c.parquet")


def test_dxf_needs_a_system_and_gives_polygons(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A drawing states no system: it is asked for; closed lines become polygons."""
    gpd.GeoDataFrame(geometry=zones.to_crs(4549).boundary.to_numpy(), crs=4549).to_file(
        tmp_path / "z.dxf", driver="DXF"
    )
    with pytest.raises(InputError, match="EPSG:4549"):
        read_layer(tmp_path / "z.dxf")
    layer, _ = read_layer(tmp_path / "z.dxf", datum="EPSG:4549")
    assert set(layer.geom_type) == {"Polygon"}
    np.testing.assert_allclose(layer.total_bounds, zones.total_bounds, atol=1e-7)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_geojson_encodings(zones: gpd.GeoDataFrame, tmp_path: Path, encoding: str) -> None:
    """GeoJSON should be UTF-8; offices have others."""
    assert_zones(write(tmp_path / "z.geojson", as_geojson(zones), encoding))


def test_geojson_of_all_shapes(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A list of features at top level, a list of collections, and one feature a line."""
    features = as_geojson(zones)["features"]
    parts = [
        {"type": "FeatureCollection", "features": features[:1]},
        {"type": "FeatureCollection", "features": features[1:]},
    ]
    assert_zones(write(tmp_path / "list.json", features))
    assert_zones(write(tmp_path / "collections.geojson", parts))
    lines = "\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    (tmp_path / "lines.geojsonl").write_text(lines, encoding="utf-8")
    assert_zones(tmp_path / "lines.geojsonl")


@pytest.mark.parametrize(
    "crs",
    [{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}},
     {"type": "name", "properties": {"name": "EPSG:4549"}},
     {"type": "EPSG", "properties": {"code": 4549}}],
)  # fmt: skip
def test_geojson_with_metres_and_an_old_crs_member(
    zones: gpd.GeoDataFrame, tmp_path: Path, crs: dict[str, Any]
) -> None:
    """The three old ways of naming a system are understood."""
    assert_zones(write(tmp_path / "z.geojson", as_geojson(zones.to_crs(4549), crs=crs)))


def test_geojson_with_metres_and_no_system_is_refused(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Metres are never taken for degrees."""
    path = write(tmp_path / "z.geojson", as_geojson(zones.to_crs(4549)))
    with pytest.raises(InputError, match="no coordinate system"):
        read_layer(path)
    assert_zones(path, datum="EPSG:4549")


def test_swapped_axes_of_a_whole_layer(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Latitude first is put right and told."""
    zones["geometry"] = shapely.transform(zones.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    path = write(tmp_path / "z.geojson", as_geojson(zones))
    assert_zones(path)
    assert any("swapped" in fault.what for fault in read_layer(path)[1].of("repaired"))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_vendor_layer_is_unshifted_once(zones: gpd.GeoDataFrame, tmp_path: Path, datum: str) -> None:
    """Polygons in a vendor's datum come out where they are; writing the result and reading it moves nothing more."""
    shifted = zones.set_geometry(
        shapely.transform(zones.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(*xy.T, datum))), crs=4326
    )
    shifted.to_file(tmp_path / "z.gpkg")
    assert_zones(tmp_path / "z.gpkg", datum=datum)
    layer, report = read_layer(tmp_path / "z.gpkg", datum=datum)
    assert layer.attrs["datum"] == datum
    assert "GCJ-02" in report.facts["coordinate system"] or datum == "bd09"
    layer[["编号", "名称", "人口", "geometry"]].to_file(tmp_path / "again.gpkg")
    assert_zones(tmp_path / "again.gpkg")


def test_no_prj_degrees_are_assumed_and_metres_asked_for(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Degrees without .prj are taken as CGCS2000, with a notice that names the file; metres get advice."""
    zones.to_file(tmp_path / "deg.shp")
    zones.to_crs(4528).to_file(tmp_path / "met.shp")
    for name in ("deg", "met"):
        (tmp_path / f"{name}.prj").unlink()
    assert_zones(tmp_path / "deg.shp")
    notice = next(read_layer(tmp_path / "deg.shp")[1].of("assumed"))
    assert "4490" in notice.what
    assert notice.file == "deg.shp"
    with pytest.raises(InputError, match="EPSG:4528"):
        read_layer(tmp_path / "met.shp")


def test_the_users_word_beats_the_files_and_is_told(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A layer that lies about its system is read in the one that the user names."""
    zones.to_crs(4549).set_crs(4547, allow_override=True).to_file(tmp_path / "z.gpkg")
    assert_zones(tmp_path / "z.gpkg", datum="EPSG:4549")
    assert read_layer(tmp_path / "z.gpkg", datum="EPSG:4549")[1].count("assumed") == 1


def test_old_datums_are_refused_by_file(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Xian 80 from a Shapefile's .prj is recognised."""
    zones.set_crs(4610, allow_override=True).to_file(tmp_path / "z.shp")
    with pytest.raises(InputError, match=r"z\.shp.*Xian"):
        read_layer(tmp_path / "z.shp")


def test_several_layers_are_asked_for(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A GeoPackage of two layers lists them; naming one reads it."""
    zones.to_file(tmp_path / "z.gpkg", layer="社区")
    zones[:1].to_file(tmp_path / "z.gpkg", layer="园区")
    with pytest.raises(InputError, match="社区, 园区"):
        read_layer(tmp_path / "z.gpkg")
    assert_zones(tmp_path / "z.gpkg", layer="社区")


def test_duplicate_blank_and_64_bit_ids(tmp_path: Path) -> None:
    """An id of two places is refused with both, blank ones are called by row, long ones stay exact."""
    ids = [2**60 + 1, 2**60 + 1, None, 2**60 + 3, 2**60 + 4, 2**60 + 4]
    points = [Point(121.4, 28.6 + min(i, 4) / 100) for i in range(6)]
    features = [
        {"type": "Feature", "properties": {"osmid": i}, "geometry": p.__geo_interface__}
        for i, p in zip(ids, points, strict=True)
    ]
    layer, report = read_layer(write(tmp_path / "z.geojson", features))
    assert layer.index.tolist() == ["row 3", str(2**60 + 3), str(2**60 + 4)]
    assert [fault.row for fault in report.of("refused")] == [1, 2]
    assert [fault.what for fault in report.of("skipped")] == ["rows 5, 6 are equal; one of them is kept"]
    layer[["osmid", "geometry"]].to_file(tmp_path / "z.gpkg", index=False)
    again, _ = read_layer(tmp_path / "z.gpkg")
    assert again.index.tolist()[1] == str(2**60 + 3)


def test_parts_of_one_polygon_are_joined(tmp_path: Path) -> None:
    """Rows of one id and the same fields are one place; a column whose values mostly repeat holds no ids."""
    shapes = [box(121.4 + i * 0.01, 28.6, 121.41 + i * 0.01, 28.61) for i in (0, 1, 5)]
    zones = gpd.GeoDataFrame({"编号": ["007", "008", "007"], "名称": ["甲", "乙", "甲"]}, geometry=shapes, crs=4326)
    zones.to_file(tmp_path / "z.gpkg")
    layer, report = read_layer(tmp_path / "z.gpkg")
    assert layer.index.tolist() == ["007", "008"]
    assert layer.geometry["007"].equals(shapes[0].union(shapes[2]))
    assert next(report.of("repaired")).what == "rows 1, 3 are parts of one place and were joined"
    many = gpd.GeoDataFrame({"code": [5122] * 12}, geometry=[Point(121.4, 28 + i / 100) for i in range(12)], crs=4326)
    many.to_file(tmp_path / "m.gpkg")
    assert read_layer(tmp_path / "m.gpkg")[0].index.tolist() == [str(i) for i in range(1, 13)]


def test_numbers_as_text_and_control_characters(tmp_path: Path) -> None:
    """Numbers written as text are numbers, and harmful characters are taken out; both are told."""
    rows = [("A", "1,200"), ("B", "约300"), ("C\u202e\x07", "0.12万")]
    features = [
        {
            "type": "Feature",
            "properties": {"名称": name, "人口": people},
            "geometry": {"type": "Point", "coordinates": [121.4, 28.6 + i / 100]},
        }
        for i, (name, people) in enumerate(rows)
    ]
    layer, report = read_layer(write(tmp_path / "z.geojson", features))
    assert layer.index.tolist() == ["A", "B", "C"]
    assert layer["people"].tolist()[::2] == [1200.0, 1200.0]
    assert np.isnan(layer["people"].iloc[1])
    assert any("约300" in fault.what for fault in report.of("warning"))


class GbkEntry(zipfile.ZipInfo):
    """An entry as Chinese Windows writes it: a GBK name without the UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


@pytest.mark.parametrize("entry", [GbkEntry, zipfile.ZipInfo])
def test_zip_archives_whatever_the_entry_names(
    zones: gpd.GeoDataFrame, tmp_path: Path, entry: type[zipfile.ZipInfo]
) -> None:
    """Entry names in GBK and in UTF-8; the layer's name is shown right."""
    zones.to_file(tmp_path / "社区.shp", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "数据.zip", "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.writestr(entry(f"数据/社区.{part}"), (tmp_path / f"社区.{part}").read_bytes())
    assert_zones(tmp_path / "数据.zip")
    assert read_layer(tmp_path / "数据.zip")[1].facts["layer"] == "社区"


def test_kmz_and_kml_with_folders_and_gbk(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Placemarks of all folders are read, in the encoding that the file declares."""
    marks = [
        f"<Folder><name>{i}</name><Placemark><name>{name}</name><Point><coordinates>121.4{i},28.6,5</coordinates></Point>"
        "</Placemark></Folder>"
        for i, name in enumerate(NAMES)
    ]
    text = '<?xml version="1.0" encoding="GBK"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + "".join(marks)
    (tmp_path / "z.kml").write_bytes((text + "</Document></kml>").encode("gbk"))
    with zipfile.ZipFile(tmp_path / "z.kmz", "w") as archive:
        archive.write(tmp_path / "z.kml", "doc.kml")
    for name in ("z.kml", "z.kmz"):
        layer, report = read_layer(tmp_path / name)
        assert sorted(layer["name"]) == sorted(NAMES)
        assert not layer.has_z.any()
        assert any("heights" in fault.what for fault in report.of("repaired"))


def test_row_order_does_not_matter(zones: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The same features in another order are the same layer."""
    zones.to_file(tmp_path / "a.gpkg")
    zones[::-1].to_file(tmp_path / "b.gpkg")
    a, b = (read_layer(tmp_path / name)[0].drop(columns="_row").sort_index() for name in ("a.gpkg", "b.gpkg"))
    assert a.equals(b)


@pytest.mark.parametrize("name", ["z.csv", "z.rar", "z.txt", "z"])
def test_other_formats_are_refused_with_the_list(tmp_path: Path, name: str) -> None:
    """The text lists what can be read."""
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=r"\.gpkg"):
        read_layer(tmp_path / name)


def test_lines_are_layers_too(tmp_path: Path) -> None:
    """A layer of lines keeps its lines."""
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[LineString([(121, 28), (121.1, 28.1)])], crs=4326).to_file(
        tmp_path / "z.gpkg"
    )
    assert read_layer(tmp_path / "z.gpkg")[0].geom_type.tolist() == ["LineString"]
