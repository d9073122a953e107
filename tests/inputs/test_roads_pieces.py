"""Street layers drawn in pieces, as osmnx and GIS offices save them: lines that share an id all count."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import osmnx
import pytest
import shapely

from planner.inputs.layers.read import read_layer
from planner.inputs.roads.read import read_roads
from tests.travel.made_streets import lonlat, made_roads, trips

NODES = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (1000.0, 800.0), 4: (0.0, 800.0), 5: (500.0, 0.0), 6: (500.0, -300.0)}
STREET = {"highway": "residential"}
WAYS = {
    1: ([1, 5, 2], STREET | {"oneway": "yes"}), 2: ([2, 3], STREET), 3: ([3, 4], STREET), 4: ([4, 1], STREET),
    5: ([5, 6], STREET),
}  # fmt: skip
SUFFIXES = ("gpkg", "geojson", "shp", "parquet")


def saved(folder: Path, *, directed: bool, simplify: bool, suffix: str) -> Path:
    """Return the edges of the map's OSMnx graph as a file of this format; a GeoPackage holds the nodes too."""
    graph = osmnx.graph_from_xml(folder / "roads.osm", simplify=simplify, retain_all=True)
    path = folder / f"graph.{suffix}"
    if suffix == "gpkg":
        osmnx.save_graph_geopackage(graph, path, directed=directed)
        return path
    edges = osmnx.graph_to_gdfs(graph if directed else osmnx.convert.to_undirected(graph))[1].reset_index()
    edges = edges.astype({name: "str" for name in edges.columns if name != "geometry"})
    edges.to_parquet(path) if suffix == "parquet" else edges.to_file(path, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("simplify", [True, False])
@pytest.mark.parametrize("directed", [True, False])
def test_saved_graphs_are_the_map(tmp_path: Path, directed: bool, simplify: bool, suffix: str) -> None:
    """Each trip of the map: pieces of a way bear its osmid, joined ways a list of them."""
    roads, _ = made_roads(tmp_path, NODES, WAYS)
    again, report = read_roads(saved(tmp_path, directed=directed, simplify=simplify, suffix=suffix))
    found, expected = trips(again, "car", NODES), trips(roads, "car", NODES)
    assert found.keys() == expected.keys()
    assert [metres for _, metres in found.values()] == pytest.approx([expected[pair][1] for pair in found], abs=1)
    assert {1, 5} <= set(again.way.tolist())
    assert report.count("refused") == 0


def test_pieces_are_told_and_equal_ones_are_one(tmp_path: Path) -> None:
    """Of three lines of one id two are equal: one piece and another, the first with the id as it is."""
    lines = [shapely.LineString([lonlat(NODES[a]), lonlat(NODES[b])]) for a, b in ((1, 5), (5, 2), (1, 5), (2, 3))]
    frame = gpd.GeoDataFrame({"编号": ["7", "7", "7", "8"]}, geometry=lines, crs=4326)
    frame.to_file(tmp_path / "lines.gpkg")
    layer, report = read_layer(tmp_path / "lines.gpkg")
    assert layer.index.tolist() == ["7", "7 (2)", "8"]
    assert [one.what for one in report.of("assumed")] == [
        "1 × a line with the id of another one is a piece of the same; each counts"
    ]
    assert report.count("skipped") == 1


@pytest.mark.parametrize("suffix", ["tab", "mif", "kml", "gdb", "json", "geojsonl"])
def test_streets_in_every_format_of_layers(tmp_path: Path, suffix: str) -> None:
    """What other layers may come in, streets may too; a File Geodatabase is a folder."""
    drivers = {"tab": "MapInfo File", "mif": "MapInfo File", "kml": "KML", "gdb": "OpenFileGDB", "json": "GeoJSON",
               "geojsonl": "GeoJSONSeq"}  # fmt: skip
    lines = [shapely.LineString([lonlat(NODES[node]) for node in nodes]) for nodes, _ in WAYS.values()]
    frame = gpd.GeoDataFrame({"highway": ["residential"] * 5}, geometry=lines, crs=4326)
    frame.to_file(tmp_path / f"streets.{suffix}", driver=drivers[suffix])
    roads, _ = read_roads(tmp_path / f"streets.{suffix}", datum="wgs84")
    assert float(roads.metres.sum()) == pytest.approx(3900, rel=0.01)
