"""The demonstration district is what its builder makes, and holds what its SOURCES.md says."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import geopandas as gpd
import numpy as np
import openpyxl
import osmium
import pandas as pd
import pytest
import shapely

from planner.inputs.coordinates.datums import from_wgs84, to_wgs84
from planner.scenario import read_scenario

BUILT = (
    "roads.osm.gz", "boundary.geojson", "areas.gpkg", "pois.csv", "parks.gpkg", "lounges.xlsx", "workers.xlsx",
    "rooms.csv", "exclusions.geojson",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "data" / "geo" / "jiaojiang"


@pytest.fixture(scope="module")
def official(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "jiaojiang" / "jiaojiang_divisions.csv", dtype=str, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def areas(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "areas.gpkg")


@pytest.fixture(scope="module")
def pois(folder: Path) -> list[dict[str, str]]:
    with open(folder / "pois.csv", encoding="gbk", newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Streets(osmium.SimpleHandler):
    """What the street file holds: places of nodes, ways as node ids with tags, relations."""

    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    bans: list[tuple[dict[str, str], list[tuple[str, int, str]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def node(self, node: Any) -> None:
        self.nodes[node.id] = (node.location.lon, node.location.lat)
        if len(node.tags):
            self.node_tags[node.id] = dict(node.tags)

    def way(self, way: Any) -> None:
        self.ways[way.id] = ([node.ref for node in way.nodes], dict(way.tags))

    def relation(self, relation: Any) -> None:
        self.bans.append((dict(relation.tags), [(m.type, m.ref, m.role) for m in relation.members]))

    def streets(self) -> list[tuple[list[int], dict[str, str]]]:
        return [way for way in self.ways.values() if "highway" in way[1]]


@pytest.fixture(scope="module")
def streets(folder: Path) -> Streets:
    found = Streets()
    found.apply_file(str(folder / "roads.osm.gz"))
    return found


def table(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a sheet below its title row."""
    rows = list(openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def content(path: Path) -> Any:
    """Return what a file says, free of how a library packs it."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return {name: canonicalize(book.read(name).decode()) for name in book.namelist()}  # all members are XML
    if path.suffix == ".gpkg":
        frame = gpd.read_file(path)
        return (
            frame.drop(columns="geometry").to_numpy().tolist(),
            frame.crs.to_epsg(),
            frame.to_wkt()["geometry"].tolist(),
        )
    return path.read_bytes()


def test_the_committed_files_are_what_the_builder_makes(folder: Path, shared: Path, tmp_path: Path) -> None:
    """Building the district again from the official names gives the committed files."""
    names = shared / "data" / "jiaojiang"
    command = [sys.executable, str(folder / "make_district.py"), "--names", str(names), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=300)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(BUILT)
    for name in BUILT:
        assert content(tmp_path / name) == content(folder / name), name


def test_the_district_is_small(folder: Path) -> None:
    """All files of the district, its builder included, stay under 3 MB."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 3e6


def test_no_file_holds_a_clock_or_a_path(folder: Path) -> None:
    """The compressed streets carry neither time nor name, the workbooks one fixed date."""
    assert (folder / "roads.osm.gz").read_bytes()[3:8] == bytes(5)
    for name in ("lounges.xlsx", "workers.xlsx"):
        with zipfile.ZipFile(folder / name) as book:
            assert {entry.date_time for entry in book.infolist()} == {(2026, 1, 1, 0, 0, 0)}
            assert set(re.findall(rb"\d{4}-\d\d-\d\dT", book.read("docProps/core.xml"))) == {b"2026-01-01T"}


def test_the_scenario_is_read(folder: Path) -> None:
    """The scenario is valid, all its files are there, and it asks for 6, 4 and 3 stations."""
    scenario = read_scenario(folder / "scenario.toml")
    assert [kind.count for kind in scenario.types] == [6, 4, 3]
    assert [kind.id for kind in scenario.types] == ["rider_home", "streamer_station", "truck_stop"]
    assert all((folder / source.path).is_file() for source in scenario.files if source.path)
    assert "演示数据" in scenario.district.notice
    assert "demonstration data" in scenario.district.notice_en


def test_every_file_has_its_source(folder: Path) -> None:
    """SOURCES.md names each data file and says that the district is invented."""
    text = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in BUILT)
    assert "built demonstration district" in text


def test_areas_carry_the_official_names(areas: gpd.GeoDataFrame, official: pd.DataFrame) -> None:
    """The areas are the 61 communities and the 12 township-level units, with the official codes."""
    wanted = official[(official["kind"] == "社区") | (official["level"] == "township")]
    assert dict(zip(areas["代码"], areas["名称"], strict=True)) == dict(
        zip(wanted["code"], wanted["name"], strict=True)
    )
    parent = dict(zip(official["code"], official["parent_name"], strict=True))
    communities = areas[areas["代码"].str.len() == 12]
    assert len(communities) == 61
    assert (communities["所属街道"] == communities["代码"].map(parent)).all()


def test_areas_are_valid_and_apart(areas: gpd.GeoDataFrame) -> None:
    """Areas are valid polygons in CGCS2000; no two share more than a sliver left by rounding."""
    assert areas.crs.to_epsg() == 4490
    assert areas.is_valid.all()
    shapes = areas.geometry
    both = shapes.sindex.query(shapes.values, predicate="overlaps")
    shared_land = [shapes.iloc[a].intersection(shapes.iloc[b]).area for a, b in zip(*both, strict=True) if a < b]
    assert max(shared_land, default=0) * 97_740 * 110_850 < 1.0  # square metres


def test_townships_lie_where_they_do(areas: gpd.GeoDataFrame, shared: Path) -> None:
    """The places that GeoNames gives for the townships lie in or within 900 m of the township built here."""
    points = pd.read_csv(shared / "data" / "jiaojiang" / "jiaojiang_geonames_points.csv")
    outline = areas.dissolve("所属街道").to_crs(4549)
    far = {}
    for _, row in points.iterrows():
        for name in set(str(row["alt_zh"]).split("|")) & set(outline.index):
            at = gpd.GeoSeries(gpd.points_from_xy([row["lon"]], [row["lat"]]), crs=4326).to_crs(4549).iloc[0]
            far[name] = outline.geometry[name].distance(at)
    assert len(far) == 8
    assert max(far.values()) < 900


def test_one_lounge_per_community(folder: Path, areas: gpd.GeoDataFrame) -> None:
    """There are 61 lounges of three kinds, each inside the community it is named for, and a total row."""
    rows = table(folder / "lounges.xlsx")
    assert rows[-1]["编号"] == "合计"
    halls = rows[:-1]
    assert Counter(row["类型"] for row in halls) == {"社区": 41, "商圈": 12, "楼宇": 8}
    communities = areas[areas["代码"].str.len() == 12].set_index("名称")
    assert sorted(row["所属社区"] for row in halls) == sorted(communities.index)
    for row in halls:
        outline = communities.geometry[row["所属社区"]].buffer(0.0004)
        assert outline.contains(shapely.Point(row["经度"], row["纬度"])), row["会客厅名称"]


def test_workers_add_up(folder: Path, areas: gpd.GeoDataFrame) -> None:
    """Counts are whole, every area is there once, and the total row is the sum: 2,870 people."""
    rows = table(folder / "workers.xlsx")
    counted, total = rows[:-1], rows[-1]
    assert sorted(row["社区"] for row in counted) == sorted(areas["名称"])
    for column, people in (("外卖骑手", 1420), ("网络主播", 610), ("货车司机", 840), ("合计", 2870)):
        assert sum(row[column] for row in counted) == total[column] == people
    assert all(row["外卖骑手"] + row["网络主播"] + row["货车司机"] == row["合计"] for row in rows)


def test_pois_are_a_vendors(pois: list[dict[str, str]], areas: gpd.GeoDataFrame) -> None:
    """About 4,000 points in GCJ-02: converted they lie inside the district, unconverted half a kilometre off."""
    assert 3800 < len(pois) < 4200
    assert all(re.fullmatch(r"[^;]+;[^;]+;[^;]+", row["类型"]) or row["类型"].count(";") == 1 for row in pois)
    assert all(re.fullmatch(r"\d{6}", row["类型编码"]) for row in pois)
    plain = [(float(row["经度"]), float(row["纬度"])) for row in pois if row["经度"].isascii() and row["经度"]]
    lon, lat = to_wgs84(*np.array(plain).T, "gcj02")
    land = areas.union_all().buffer(0.0005)
    assert shapely.contains_xy(land, lon, lat).all()
    assert np.abs(np.subtract(from_wgs84(lon, lat, "gcj02"), np.array(plain).T)).max() < 1e-7


def test_pois_hold_the_usual_faults(pois: list[dict[str, str]]) -> None:
    """Two blank coordinates, one row twice, one coordinate in full-width digits, and no telephone number."""
    assert sum(row["经度"] == "" for row in pois) == 2
    assert [n for n in Counter(row["id"] for row in pois).values() if n > 1] == [2]
    assert sum(not row["经度"].isascii() for row in pois) == 1
    assert all(row["电话"] == "" for row in pois)


def test_three_parks_are_out_of_bounds(folder: Path) -> None:
    """Three parks lie wholly inside a red line, so that no station may stand there."""
    parks = gpd.read_file(folder / "parks.gpkg")
    closed = gpd.read_file(folder / "exclusions.geojson")
    assert parks.crs.to_epsg() == 4490
    inside = [park["名称"] for _, park in parks.iterrows() if closed.contains(park.geometry).any()]
    assert sorted(inside) == ["前所油库物流园", "洪家临空产业园", "葭沚水源创意园"]
    assert set(parks["类别"]) == {"小微工业园", "物流园", "电商园", "商务中心"}


def test_streets_are_of_the_size_and_kinds_stated(streets: Streets) -> None:
    """About 8,000 crossings and ends, streets from motorway to steps, and the tags that make travel hard."""
    ends: Counter[int] = Counter()
    for nodes, _ in streets.streets():
        for a, b in itertools.pairwise(nodes):
            ends[a] += 1
            ends[b] += 1
    assert 7500 < sum(n != 2 for n in ends.values()) < 9500
    kinds = {tags["highway"] for _, tags in streets.streets()}
    assert kinds >= {"motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary", "residential", "service",
                     "unclassified", "track", "footway", "pedestrian", "steps", "construction"}  # fmt: skip
    tags = {item for _, tags in streets.streets() for item in tags.items()}
    assert tags >= {("oneway", "yes"), ("oneway", "-1"), ("oneway:bicycle", "no"), ("cycleway", "opposite_lane"),
                    ("cycleway:left", "opposite"), ("hgv", "no"), ("maxweight", "3.5"), ("access", "private"),
                    ("bridge", "yes"), ("moped", "no"), ("junction", "roundabout"), ("maxspeed", "30")}  # fmt: skip
    assert not any(tags.get("junction") == "roundabout" and "oneway" in tags for _, tags in streets.streets())
    assert any(tags.get("route") == "ferry" and "duration" in tags for _, tags in streets.ways.values())
    assert any(tags.get("waterway") == "canal" for _, tags in streets.ways.values())


def test_turn_bans_meet_at_their_via(streets: Streets) -> None:
    """Every ban's ways exist and join at its via node or way; some go through a way, some spare bicycles."""
    for tags, members in streets.bans:
        assert tags["type"] == "restriction"
        role = {name: (kind, ref) for kind, ref, name in members}
        start, end = (streets.ways[role[name][1]][0] for name in ("from", "to"))
        kind, ref = role["via"]
        via = [ref, ref] if kind == "n" else [streets.ways[ref][0][0], streets.ways[ref][0][-1]]
        assert {start[0], start[-1]} & set(via)
        assert {end[0], end[-1]} & set(via)
    kinds = Counter(tags.get("restriction", "hgv only") for tags, _ in streets.bans)
    assert set(kinds) == {"no_left_turn", "only_straight_on", "no_u_turn", "hgv only"}
    assert any(tags.get("except") == "bicycle" for tags, _ in streets.bans)
    assert any(kind == "w" and role == "via" for _, members in streets.bans for kind, _, role in members)


def test_gates_stand_in_wall_and_street(streets: Streets) -> None:
    """Each gate is a node of a private service road and of the wall around an estate."""
    gates = {n for n, tags in streets.node_tags.items() if tags.get("barrier") == "gate"}
    on_street = {n for nodes, tags in streets.streets() if tags.get("access") == "private" for n in nodes}
    in_wall = {n for nodes, tags in streets.ways.values() if tags.get("barrier") in ("wall", "fence") for n in nodes}
    assert len(gates) > 100
    assert gates <= on_street & in_wall


def parts(edges: list[tuple[int, int]]) -> dict[int, int]:
    """Return the component of each node."""
    near: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    label: dict[int, int] = {}
    for start in near:
        todo = [] if start in label else [start]
        while todo:
            node = todo.pop()
            if label.setdefault(node, start) == start:
                todo += [other for other in near[node] if other not in label]
    return label


def edges_of(streets: Streets, *, without: str) -> list[tuple[int, int]]:
    """Return the edges open to e-bikes, without the streets whose ``bridge:name`` is given."""
    return [
        edge
        for nodes, tags in streets.streets()
        if tags.get("moped") != "no" and tags["highway"] != "construction" and tags.get("bridge:name") != without
        for edge in itertools.pairwise(nodes)
    ]


def test_the_north_bank_hangs_on_one_bridge(streets: Streets, folder: Path) -> None:
    """E-bikes reach the lounge of 圆山社区 over 椒江大桥 alone; without it the north bank is cut off."""
    halls = {row["所属社区"]: (row["经度"], row["纬度"]) for row in table(folder / "lounges.xlsx")[:-1]}
    used = {n for edge in edges_of(streets, without="") for n in edge}

    def nearest(name: str) -> int:
        x, y = halls[name]
        return min(used, key=lambda n: (streets.nodes[n][0] - x) ** 2 + (streets.nodes[n][1] - y) ** 2)

    far, near = nearest("圆山社区"), nearest("白云社区")
    whole, cut = parts(edges_of(streets, without="")), parts(edges_of(streets, without="椒江大桥"))
    assert whole[far] == whole[near]
    assert cut[far] != cut[near]


def test_only_a_few_streets_stand_apart(streets: Streets) -> None:
    """All but 2 % of the street nodes hang together; Dachen's islands and a few coastal tracks stand apart."""
    edges = [e for nodes, tags in streets.streets() if tags["highway"] != "construction"
             for e in itertools.pairwise(nodes)]  # fmt: skip
    sizes = sorted(Counter(parts(edges).values()).values(), reverse=True)
    assert 3 <= len(sizes) <= 12
    assert sizes[0] > 0.98 * sum(sizes)


def test_the_outline_holds_the_mainland_and_the_islands(folder: Path, areas: gpd.GeoDataFrame) -> None:
    """The boundary is one multipolygon of three valid parts that holds every area."""
    features = json.loads((folder / "boundary.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == 1
    outline = shapely.geometry.shape(features[0]["geometry"])
    assert outline.is_valid
    assert len(outline.geoms) == 3
    assert outline.buffer(0.0001).contains(areas.union_all())


def test_rooms_differ(folder: Path) -> None:
    """Rooms have ids of their own; some are too small for a station and some are upstairs."""
    rooms = pd.read_csv(folder / "rooms.csv", dtype={"编号": str}, encoding="utf-8-sig")
    assert rooms["编号"].is_unique
    assert 0 < (rooms["面积"] < 12).sum() < len(rooms) / 4
    assert set(rooms["临街"]) == set(rooms["24小时"]) == {"是", "否"}
    assert (rooms["年租金"] > 0).all()
