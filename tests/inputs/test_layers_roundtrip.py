"""Layers that were written come back as the same layer, in every format, whatever stands in their fields."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planner.errors import PlannerError
from planner.inputs.layers.read import read_layer
from planner.inputs.layers.write import write_layer
from planner.inputs.safety import clean_text

Writer = Callable[[gpd.GeoDataFrame, Path], Path]
ODD = ["=HYPERLINK(1)", "{{7*7}}", "${x}", "<b>店</b>", "-1号站", "NULL", "nan", '"', "a\nb", "0012", "1e5", "True"]
WIDE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=10)
TEXTS = st.one_of(st.sampled_from(["", *ODD]), WIDE).map(clean_text)
EVERYDAY = st.text("站点街道社区一二三四五六七八九十东西南北,;'\"=+@-&< 019aZ", max_size=10)
GBK_TEXTS = st.one_of(st.sampled_from(["", *ODD]), EVERYDAY).map(clean_text)
IDS = st.one_of(
    st.from_regex(r"0{0,3}[1-9][0-9]{0,18}", fullmatch=True), st.sampled_from(["站-1", "站 1", "站/1", "A+1"])
)
SETTINGS = settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])


@st.composite
def layers(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> gpd.GeoDataFrame:
    """Draw points with text ids, names, notes, whole numbers of 64 bits (some absent) and broken numbers."""
    ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    n = len(ids)
    whole = draw(st.lists(st.integers(0, 2**63 - 1) | st.none(), min_size=n, max_size=n))
    columns = {
        "编号": ids,
        "名称": draw(st.lists(texts, min_size=n, max_size=n)),
        "备注": draw(st.lists(texts, min_size=n, max_size=n)),
        "osmid": pd.array(whole, dtype="Int64"),
        "人口": draw(st.lists(st.integers(0, 10**6).map(lambda k: k / 4), min_size=n, max_size=n)),
    }
    lon = draw(st.lists(st.floats(114.0, 122.0), min_size=n, max_size=n))
    lat = draw(st.lists(st.floats(22.0, 31.0), min_size=n, max_size=n))
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def ours(ending: str) -> Writer:
    def write(layer: gpd.GeoDataFrame, folder: Path) -> Path:
        write_layer(layer.set_index(pd.Index(layer["编号"], name="id")), folder / f"层{ending}")
        return folder / f"层{ending}"

    return write


def through_gdal(name: str, **options: object) -> Writer:
    def write(layer: gpd.GeoDataFrame, folder: Path) -> Path:
        pyogrio.write_dataframe(layer, folder / name, **options)
        return folder / name

    return write


def gbk_shapefile(layer: gpd.GeoDataFrame, folder: Path) -> Path:
    path = through_gdal("层.shp", encoding="GBK")(layer.assign(osmid=layer["osmid"].astype("str")), folder)
    path.with_suffix(".cpg").unlink()
    return path


def zipped(write: Writer) -> Writer:
    def pack(layer: gpd.GeoDataFrame, folder: Path) -> Path:
        inner = folder / "inner"
        inner.mkdir()
        write(layer, inner)
        with zipfile.ZipFile(folder / "层.zip", "w") as archive:
            for part in sorted(inner.iterdir()):
                archive.write(part, f"资料/{part.name}")
        return folder / "层.zip"

    return pack


def kml(ending: str) -> Writer:
    def write(layer: gpd.GeoDataFrame, folder: Path) -> Path:
        texts = layer.assign(osmid=layer["osmid"].astype("str").where(layer["osmid"].notna(), ""))
        pyogrio.write_dataframe(texts, folder / f"places{ending}", driver="LIBKML")
        return folder / f"places{ending}"

    return write


def geoparquet(layer: gpd.GeoDataFrame, folder: Path) -> Path:
    layer.to_parquet(folder / "t.parquet")
    return folder / "t.parquet"


KEEPING = [
    pytest.param(ours(".gpkg"), id="GeoPackage"),
    pytest.param(ours(".geojson"), id="GeoJSON"),
    pytest.param(ours(".shp"), id="Shapefile"),
    pytest.param(zipped(ours(".gpkg")), id="zip of GeoPackage"),
    pytest.param(zipped(ours(".shp")), id="zip of Shapefile"),
    pytest.param(through_gdal("t.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO"), id="FlatGeobuf"),
    pytest.param(geoparquet, id="GeoParquet"),
    pytest.param(kml(".kml"), id="KML"),
    pytest.param(kml(".kmz"), id="KMZ"),
]


def assert_same(layer: gpd.GeoDataFrame, path: Path) -> None:
    again, report = read_layer(path, columns={"id": "编号"})
    assert again.index.tolist() == layer["编号"].tolist()
    for name in ("名称", "备注"):
        assert again[name].tolist() == layer[name].tolist()
    assert again["name"].tolist() == layer["名称"].tolist()
    wanted = ["" if value is pd.NA else str(value) for value in layer["osmid"]]
    assert ["" if value is pd.NA else str(value) for value in again["osmid"]] == wanted
    assert again["people"].tolist() == layer["人口"].tolist()
    off = shapely.distance(again.geometry.to_numpy(), layer.geometry.to_numpy())
    assert np.max(off) < 1e-7
    assert report.facts["rows_kept"] == len(layer)
    assert not report.count("refused")


@pytest.mark.parametrize("write", KEEPING)
@SETTINGS
@given(layer=layers())
def test_what_was_written_is_read(write: Writer, layer: gpd.GeoDataFrame) -> None:
    """read(write(layer)) has the same ids, texts, 64-bit numbers, blanks and places."""
    with TemporaryDirectory() as folder:
        assert_same(layer, write(layer, Path(folder)))


@pytest.mark.parametrize("write", [gbk_shapefile, zipped(gbk_shapefile)], ids=["GBK Shapefile", "zip of it"])
@SETTINGS
@given(layer=layers(GBK_TEXTS))
def test_a_gbk_shapefile_is_read_without_a_word(write: Writer, layer: gpd.GeoDataFrame) -> None:
    """Neither .cpg nor language byte: field names and texts are still those that were written."""
    with TemporaryDirectory() as folder:
        assert_same(layer, write(layer, Path(folder)))


@SETTINGS
@given(layer=layers())
def test_the_points_of_a_drawing_are_read(layer: gpd.GeoDataFrame) -> None:
    """A DXF drawing has no fields of the user's; its points keep their places and their number."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.dxf"
        pyogrio.write_dataframe(layer[["geometry"]], path, driver="DXF")
        again, _ = read_layer(path, datum="wgs84")
    assert len(again) == len(layer)
    assert np.max(shapely.distance(again.geometry.to_numpy(), layer.geometry.to_numpy())) < 1e-7


@SETTINGS
@given(layer=layers(), seed=st.integers(0, 99))
def test_the_order_of_features_and_fields_is_only_an_order(layer: gpd.GeoDataFrame, seed: int) -> None:
    """Shuffled features and fields give the same layer, in another order."""
    shuffled = layer.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)
    read = []
    with TemporaryDirectory() as folder:
        for number, one in enumerate((layer, shuffled)):
            path = Path(folder) / f"{number}.gpkg"
            pyogrio.write_dataframe(one, path)
            read.append(read_layer(path, columns={"id": "编号"})[0].drop(columns="_row").sort_index())
    assert read[0].sort_index(axis=1).equals(read[1].sort_index(axis=1))


def test_the_parts_of_a_shapefile_come_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one part cannot be written, the old Shapefile stays whole."""
    layer = gpd.GeoDataFrame({"name": ["旧"]}, geometry=[shapely.Point(121.4, 28.6)], crs=4326)
    write_layer(layer, tmp_path / "站点.shp")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    whole = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix == ".shp":
            raise OSError(28, "No space left on device")
        return whole(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PlannerError, match="the disk is full"):
        write_layer(layer.assign(name="新"), tmp_path / "站点.shp")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
