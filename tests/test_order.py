"""No order of rows, columns or files changes a result: a district is written to files in many orders and read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from shapely.geometry import mapping

import planner
from planner.candidates import find_candidates
from planner.centres import find_centres
from planner.demand import demand_points
from planner.inputs.district import read_district
from planner.scenario import Scenario

WEST, SOUTH = 121.40, 28.60
Order = Callable[[Iterable[Any]], list[Any]]


@dataclass(frozen=True)
class Shelf:
    """Writes the files of a district in one order of rows, columns and files; seed 0 is the order as made."""

    folder: Path
    seed: int

    def mixed(self, items: Iterable[Any]) -> list[Any]:
        items = list(items)
        if not self.seed:
            return items
        return [items[n] for n in np.random.default_rng(self.seed + len(items)).permutation(len(items))]

    def table(self, name: str, rows: list[dict[str, Any]]) -> str:
        frame = pd.DataFrame(self.mixed(rows))
        frame[self.mixed(frame.columns)].to_csv(self.folder / name, index=False)
        return name

    def layer(self, name: str, rows: list[dict[str, Any]]) -> str:
        features = [
            {
                "type": "Feature",
                "properties": {key: row[key] for key in self.mixed(row) if key != "geometry"},
                "geometry": mapping(row["geometry"]),
            }
            for row in self.mixed(rows)
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def cell(column: float, row: float, wide: float = 1.0, high: float = 1.0) -> Any:
    """A box in cells of 0.01 degrees from the corner of the district."""
    west, south = WEST + column / 100, SOUTH + row / 100
    return box(round(west, 6), round(south, 6), round(west + wide / 100, 6), round(south + high / 100, 6))


def place(rng: np.random.Generator, grain: float = 0.0002) -> dict[str, float]:
    """A place in the district; ``grain`` makes many places share a point."""
    at = np.round(rng.uniform(0, 0.04, 2) / grain) * grain
    return {"经度": round(WEST + at[0], 6), "纬度": round(SOUTH + at[1], 6)}


def poi(rng: np.random.Generator, number: int) -> dict[str, Any]:
    kinds = ["050100", "060101", "120201", "直播基地", "180300", "购物服务;综合市场", "物流园", "070500"]
    corner = np.array([0.008, 0.012]) + (number % 3) * 0.011
    at = np.round((corner + rng.normal(0, 0.0012, 2)) / 0.0002) * 0.0002
    where = {"经度": round(WEST + at[0], 6), "纬度": round(SOUTH + at[1], 6)} if number % 4 else place(rng)
    name = ["", f"店{number}", f"店{number // 2}"][number % 3]
    return {"编号": f"P{number}", "名称": name, "类别": kinds[int(rng.integers(len(kinds)))], **where}


def streets() -> str:
    lines, nodes, number = [], [], 0
    for turn in (False, True):
        for step in np.arange(0.0, 0.0401, 0.005):
            refs = []
            for along in np.arange(0.0, 0.0401, 0.005):
                number += 1
                x, y = (step, along) if turn else (along, step)
                nodes.append(f'<node id="{number}" lat="{SOUTH + y:.4f}" lon="{WEST + x:.4f}"/>')
                refs.append(f'<nd ref="{number}"/>')
            tag = '<tag k="highway" v="residential"/>'
            lines.append(f'<way id="{number}">{"".join(refs)}{tag}</way>')
    return f'<osm version="0.6">{"".join(nodes)}{"".join(lines)}</osm>'


def write(shelf: Shelf) -> Scenario:
    """Every role from one or two files, with shared ids, shared places, overlaps and ties; returns the scenario."""
    rng = np.random.default_rng(7)
    pois = [poi(rng, number) for number in range(360)]
    more = [poi(rng, number) for number in range(300, 420)]
    rooms = [
        {"编号": f"R{n}", "名称": f"房{n // 2}", "面积": [11, 30, 30, ""][n % 4], "费用": 100 * (n % 3), **place(rng)}
        for n in range(40)
    ]
    halves = [cell(2 * x, 2 * y, 2, 2) for x in range(2) for y in range(2)]
    areas = [{"编号": f"A{n}", "名称": f"社区{n}", "geometry": shape} for n, shape in enumerate(halves)]
    areas[1]["geometry"] = cell(0, 1.9, 2.05, 2.1)  # overlaps its neighbours
    workers = [{"编号": f"A{n}", "社区": f"社区{n}", "骑手": 97 + 7 * n} for n in range(3)]
    again = [{"社区": "社区1", "骑手": 5}, {"社区": "社区0", "骑手": 8}, {"社区": "社区1", "骑手": 11}]
    own = [{"编号": f"D{n}", "主播": 3 + n, **place(rng)} for n in range(25)]
    large = [{"编号": f"L{n}", "主播": 31, "geometry": cell(n, 2.2, 1, 0.8)} for n in range(3)]
    residents = [{"编号": f"N{n}", "人口": 100 + n, "geometry": cell(n % 4, n // 4)} for n in range(16)]
    parks = [{"编号": f"Z{n}", "名称": "园区", "geometry": cell(0.2 + n, 0.3, 0.4, 0.4)} for n in range(3)]
    malls = [{"编号": f"Z{n}", "名称": "园区", "geometry": cell(0.2 + n, 0.3, 0.4, 0.39)} for n in range(1, 3)]
    houses = [
        {"编号": f"B{n}", "楼层": n % 5, "geometry": cell(*rng.uniform(0, 3.9, 2), 0.02, 0.02)} for n in range(90)
    ]
    plots = [{"编号": f"R{n}", "名称": f"地块{n}", "geometry": cell(1.1 + n / 4, 1.3, 0.1, 0.1)} for n in range(6)]
    lakes = [{"编号": f"E{n}", "名称": "湖", "geometry": cell(0.9 + n, 1.4, 0.2, 0.2)} for n in range(2)]
    lines = [{"编号": f"E{n}", "名称": "红线", "geometry": cell(1.0, 1.3 + n, 0.2, 0.2)} for n in range(2)]
    lounges = [{"编号": f"H{n}", "名称": f"社区会客厅{n}", **place(rng)} for n in range(12)]
    files = [
        ("boundary", shelf.layer("boundary.geojson", [{"编号": "B", "名称": "某区", "geometry": cell(0, 0, 4, 4)}])),
        ("areas", shelf.layer("areas.geojson", areas[:3])),
        ("areas", shelf.layer("areas2.geojson", areas[3:])),
        ("workers", shelf.table("workers.csv", workers)),
        ("workers", shelf.table("workers2.csv", again)),
        ("demand", shelf.table("own.csv", own)),
        ("demand", shelf.layer("large.geojson", large)),
        ("population", shelf.layer("people.geojson", residents)),
        ("buildings", shelf.layer("houses.geojson", houses)),
        ("pois", shelf.table("pois.csv", pois)),
        ("pois", shelf.table("pois2.csv", more)),
        ("centres", shelf.layer("parks.geojson", parks)),
        ("centres", shelf.layer("malls.geojson", malls)),
        ("rooms", shelf.table("rooms.csv", rooms)),
        ("parcels", shelf.layer("plots.geojson", plots)),
        ("exclusions", shelf.layer("lakes.geojson", lakes)),
        ("exclusions", shelf.layer("lines.geojson", lines)),
        ("lounges", shelf.table("lounges.csv", lounges)),
    ]
    (shelf.folder / "roads.osm").write_text(streets(), encoding="utf-8")
    sources = [{"role": role, "path": path, "datum": "wgs84"} for role, path in shelf.mixed(files)]
    people = [
        {"id": "riders", "name": "骑手", "mode": "ebike", "standards": "3min", "workers": "骑手"},
        {"id": "streamers", "name": "主播", "mode": "foot", "standards": "8min"},
        {
            "id": "others",
            "name": "其他",
            "mode": "foot",
            "standards": "8min",
            "activity": {"office": 2, "population": 0.1},
        },
    ]
    types = [
        {"id": "r", "name": "骑享家", "groups": ["riders"], "count": 2, "places": ["mall", "courier"]},
        {"id": "s", "name": "主播站", "groups": ["streamers", "others"], "at_least": 0, "at_most": 2},
    ]
    return Scenario.model_validate(
        {
            "district": {"id": "x", "name": "某区"},
            "files": [{"role": "roads", "path": "roads.osm"}, *sources],
            "groups": people,
            "types": types,
            "centres": {"min_cluster_size": 15},
            "folder": shelf.folder,
        }
    )


def written(folder: Path, seed: int) -> Scenario:
    folder.mkdir(exist_ok=True)
    return write(Shelf(folder, seed))


def plain(table: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(table).assign(geometry=table.geometry.to_wkt(rounding_precision=9))


@pytest.mark.parametrize("seed", range(1, 4))
def test_no_order_changes_the_siting_problem(tmp_path: Path, seed: int) -> None:
    """Demand, centres and candidates are the same to the last cell, ids included, and so are their reports."""
    results = []
    for number in (0, seed):
        scenario = written(tmp_path / str(number), number)
        district = read_district(scenario)
        centres, centre_report = find_centres(scenario, district)
        demand, demand_report = demand_points(scenario, district)
        candidates, candidate_report = find_candidates(scenario, district, centres)
        assert len(centres) > 3
        assert {"counted workers", "own demand points", "POI activity", "population"} <= set(demand["source"])
        assert set(candidates["status"]) == {"optional", "excluded"}
        results.append([demand, centres, candidates, demand_report, centre_report, candidate_report])
    for first, second in zip(*results, strict=True):
        if isinstance(first, gpd.GeoDataFrame):
            pd.testing.assert_frame_equal(plain(first), plain(second), check_exact=True)
        else:
            assert str(first) == str(second)


def test_no_order_changes_the_plan(tmp_path: Path) -> None:
    """Stations, links and measures are the same, whatever the order of rows, columns and files."""
    first, second = (planner.plan(written(tmp_path / str(n), n)) for n in (0, 1))
    pd.testing.assert_frame_equal(plain(first.stations), plain(second.stations))
    pd.testing.assert_frame_equal(first.links.drop(columns="route"), second.links.drop(columns="route"))
    pd.testing.assert_frame_equal(first.measures, second.measures)
