"""Hostile layers are refused by name: nothing is fetched, executed or written elsewhere."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from planner.errors import InputError
from planner.inputs.layers.archives import unpacked
from planner.inputs.layers.read import read_layer
from planner.inputs.tables.limits import Limits

KML = '<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'
LINK = "<NetworkLink><name>{n}</name><Link><href>http://127.0.0.1:9/more.kml</href></Link></NetworkLink>"
PLACE = "<Placemark><name>站</name><Point><coordinates>121.4,28.6</coordinates></Point></Placemark>"


def zipped(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def test_kml_of_links_only_is_refused(tmp_path: Path) -> None:
    """Recursive network links are not followed."""
    (tmp_path / "z.kml").write_text(KML.format(head="", body=LINK.format(n=1) + LINK.format(n=2)), encoding="utf-8")
    with pytest.raises(InputError, match="network links"):
        read_layer(tmp_path / "z.kml")


def test_kml_with_places_and_a_link_gives_the_places(tmp_path: Path) -> None:
    """The link is left out, and it is told."""
    (tmp_path / "z.kml").write_text(KML.format(head="", body=PLACE + LINK.format(n=1)), encoding="utf-8")
    layer, report = read_layer(tmp_path / "z.kml")
    assert layer["name"].tolist() == ["站"]
    assert report.count("skipped") == 1


@pytest.mark.parametrize(
    "head",
    ['<!DOCTYPE k [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>', '<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
     '<!DOCTYPE k SYSTEM "http://127.0.0.1:9/k.dtd">'],
)  # fmt: skip
def test_xml_entities_are_refused(tmp_path: Path, head: str) -> None:
    """Entity bombs and external entities."""
    (tmp_path / "z.kml").write_text(KML.format(head=head, body=PLACE), encoding="utf-8")
    with pytest.raises(InputError, match="document type"):
        read_layer(tmp_path / "z.kml")


@pytest.mark.parametrize("body", ["<Folder>" * 300 + PLACE + "</Folder>" * 300, PLACE + "<Folder>"])
def test_endless_and_broken_kml_is_refused(tmp_path: Path, body: str) -> None:
    """Nesting without end, and a file cut off."""
    (tmp_path / "z.kml").write_text(KML.format(head="", body=body), encoding="utf-8")
    with pytest.raises(InputError, match=r"nested|not valid XML"):
        read_layer(tmp_path / "z.kml")


@pytest.mark.parametrize(
    "name", ["../evil.geojson", "/tmp/evil.geojson", "a/../../evil.geojson", "C:/evil.geojson", "..\\evil.geojson"]
)
def test_archives_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    """No entry is written before all names are checked."""
    path = zipped(tmp_path / "z.zip", ("ok.geojson", b"[]"), (name, b"[]"))
    with pytest.raises(InputError, match="leads out"):
        read_layer(path)
    assert [p.name for p in tmp_path.iterdir()] == ["z.zip"]


def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    """A symbolic link as an entry."""
    link = zipfile.ZipInfo("zones.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    link.create_system = 3
    with pytest.raises(InputError, match="is a link"):
        read_layer(zipped(tmp_path / "z.zip", (link, b"/etc/passwd")))


def test_zip_bombs_are_refused_unread(tmp_path: Path) -> None:
    """By the size that is declared, and, where that is a lie, by what comes out."""
    path = zipped(tmp_path / "z.zip", ("bomb.geojson", bytes(64 << 20)))
    with pytest.raises(InputError, match="grows"):
        read_layer(path)
    with pytest.raises(InputError, match="unpacks to"), unpacked(path, limits=Limits(ratio=10**9, unpacked=1 << 20)):
        pass


def test_locked_and_doubled_entries_are_refused(tmp_path: Path) -> None:
    """A password, and one name twice."""
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "twice.zip", ("a.geojson", b"[]"), ("a.geojson", b"[]"))
    with pytest.raises(InputError, match="twice"):
        read_layer(path)
    locked = bytearray(zipped(tmp_path / "locked.zip", ("a.geojson", b"[]")).read_bytes())
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(bytes(locked))
    with pytest.raises(InputError, match="password"):
        read_layer(tmp_path / "locked.zip")


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".shp", ".dxf", ".tab", ".parquet"])
def test_a_virtual_layer_under_another_name_is_refused(tmp_path: Path, ending: str) -> None:
    """GDAL would open a reference to a server whatever the file is called; the content must be of the format."""
    text = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    path = tmp_path / f"z{ending}"
    path.write_text(text)
    with pytest.raises(InputError, match="content is not"):
        read_layer(path)


def test_json_without_end_and_json_of_references(tmp_path: Path) -> None:
    """Deep nesting and other JSON dialects that fetch are no GeoJSON."""
    (tmp_path / "deep.geojson").write_text("[" * 100_000)
    (tmp_path / "pipeline.geojson").write_text(
        json.dumps(
            {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /vsicurl/http://127.0.0.1:9/x"}
        )
    )
    for name in ("deep.geojson", "pipeline.geojson"):
        with pytest.raises(InputError, match=name):
            read_layer(tmp_path / name)


def test_truncated_files_of_every_format_are_refused(tmp_path: Path) -> None:
    """A cut file is an InputError with the file's name, never a traceback of a library."""
    layer = gpd.GeoDataFrame({"name": ["a"] * 200}, geometry=[Point(121, 28)] * 200, crs=4326)
    for ending in (".gpkg", ".fgb", ".geojson", ".shp"):
        layer.to_file(tmp_path / f"z{ending}")
        whole = (tmp_path / f"z{ending}").read_bytes()
        (tmp_path / f"z{ending}").write_bytes(whole[: len(whole) // 3 if ending != ".shp" else 60])
        with pytest.raises(InputError, match="z"):
            read_layer(tmp_path / f"z{ending}")


def test_a_field_for_every_value_is_refused(tmp_path: Path) -> None:
    """Features that each bring their own field names would grow into a table of their product."""
    features = [
        {"type": "Feature", "properties": {f"k{i}_{j}": 1 for j in range(100)}, "geometry": None} for i in range(30)
    ]
    (tmp_path / "f.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(InputError, match="3,000 fields, more than 2,000"):
        read_layer(tmp_path / "f.geojson")
