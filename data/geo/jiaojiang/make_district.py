"""Build the demonstration district: real names, invented streets, places and figures.

Run ``python data/geo/jiaojiang/make_district.py`` from the checkout. The names come from the folder of public data
(``--names``, default ``../shared/data/jiaojiang``); all else has a fixed seed: a second run gives the same.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from builder.districts import Area, make_areas
from builder.files import workbook, write_geopackage
from builder.names import read_official
from builder.offices import Lounge, Park, Room, make_lounges, make_parks, make_rooms, make_workers
from builder.osm import compressed
from builder.places import Poi, addresses, frontage, make_pois
from builder.plane import geometry_to_degrees, to_degrees
from builder.streets import Streets, make_streets
from builder.terrain import Terrain, make_terrain

from planner.inputs.coordinates.datums import from_wgs84

SEED = 331002
HERE = Path(__file__).resolve().parent


def build(names: Path, out: Path) -> None:
    """Write all files of the district into a folder."""
    townships, units = read_official(names)
    communities = [unit for unit in units if unit.kind == "社区"]
    rng = [np.random.default_rng((SEED, 100 + part)) for part in range(6)]
    terrain = make_terrain(np.random.default_rng(SEED))
    streets = make_streets(terrain, [unit for unit in units if unit.kind == "村"], SEED)
    front = frontage(streets.network)
    areas = make_areas(terrain, streets.blocks, townships, communities, rng[0])
    pois = make_pois(front, areas, rng[1])
    parks = make_parks(rng[2])
    lounges = make_lounges(areas, front, rng[3])
    workers = make_workers(areas, np.array([(p.x, p.y) for p in pois]), parks, rng[4])
    rooms = make_rooms(parks, front, rng[5])
    out.mkdir(parents=True, exist_ok=True)
    (out / "roads.osm.gz").write_bytes(compressed(streets.osm.to_xml()))
    _write_geojson(out / "boundary.geojson", [({"名称": "椒江区", "代码": "331002"}, _outline(terrain))])
    _write_geojson(out / "exclusions.geojson", _exclusions(terrain))
    _write_areas(out / "areas.gpkg", areas)
    _write_parks(out / "parks.gpkg", parks)
    (out / "pois.csv").write_bytes(_pois(pois, streets, areas))
    (out / "lounges.xlsx").write_bytes(_lounges(lounges))
    (out / "workers.xlsx").write_bytes(_workers(workers))
    (out / "rooms.csv").write_bytes(_rooms(rooms))


def _outline(terrain: Terrain) -> Any:
    return shapely.MultiPolygon([terrain.outline, *terrain.islands])


def _exclusions(terrain: Terrain) -> list[tuple[dict[str, str], Any]]:
    rows = [(name, "管控红线", area) for name, area in terrain.red_lines]
    rows += [(name, "山体绿地", area) for name, area in terrain.hills]
    rows.append(("椒江水域", "水域", terrain.river.intersection(terrain.outline).simplify(3)))
    return [({"编号": f"GK{i + 1:02d}", "名称": a, "类别": b}, area) for i, (a, b, area) in enumerate(rows)]


def _write_geojson(path: Path, rows: list[tuple[dict[str, str], Any]]) -> None:
    features = [
        {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(geometry_to_degrees(area))}
        for facts, area in rows
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(text.encode("utf-8") + b"\n")


def _write_areas(path: Path, areas: list[Area]) -> None:
    facts = {"名称": [a.name for a in areas], "所属街道": [a.township for a in areas], "代码": [a.code for a in areas]}
    shapes = [geometry_to_degrees(shapely.MultiPolygon(_polygons(area.outline))) for area in areas]
    write_geopackage(path, "社区", gpd.GeoDataFrame(facts, geometry=shapes, crs=4490))


def _polygons(area: Any) -> list[Any]:
    return [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area > 50]


def _write_parks(path: Path, parks: list[Park]) -> None:
    ids = [f"YQ{i + 1:02d}" for i in range(len(parks))]
    facts = {"编号": ids, "名称": [park.name for park in parks], "类别": [park.category for park in parks]}
    shapes = [geometry_to_degrees(park.outline) for park in parks]
    write_geopackage(path, "园区", gpd.GeoDataFrame(facts, geometry=shapes, crs=4490))


def _pois(pois: list[Poi], streets: Streets, areas: list[Area]) -> bytes:
    xy = np.array([(poi.x, poi.y) for poi in pois])
    lon, lat = from_wgs84(*to_degrees(xy).T, "gcj02")
    at = shapely.STRtree([area.outline for area in areas]).nearest(shapely.points(xy))
    rows = [
        [
            f"B0JJ{i:05d}",
            poi.name,
            poi.category,
            poi.code,
            "椒江区",
            areas[a].township,
            address,
            "",
            f"{x:.6f}",
            f"{y:.6f}",
        ]
        for i, (poi, a, address, x, y) in enumerate(
            zip(pois, at, addresses(streets.network, xy), lon, lat, strict=True)
        )
    ]
    for i in (811, 2017):
        rows[i][8] = rows[i][9] = ""
    rows[1500][8] = rows[1500][8].translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
    rows.insert(3001, list(rows[3000]))
    header = ["id", "名称", "类型", "类型编码", "区县", "乡镇街道", "地址", "电话", "经度", "纬度"]
    return _csv([header, *rows]).encode("gbk")


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _lounges(lounges: list[Lounge]) -> bytes:
    places = to_degrees([(lounge.x, lounge.y) for lounge in lounges]).tolist()
    rows: list[list[Any]] = [["编号", "会客厅名称", "类型", "所属街道", "所属社区", "经度", "纬度"]]
    rows += [
        [f"HKT{i + 1:03d}", hall.name, hall.kind, hall.township, hall.community, lon, lat]
        for i, (hall, (lon, lat)) in enumerate(zip(lounges, places, strict=True))
    ]
    rows.append(["合计", f"{len(lounges)}家", "", "", "", None, None])
    return workbook("椒江区会客厅一览表（演示数据，CGCS2000坐标）", "会客厅", rows)


def _workers(workers: list[tuple[Area, int, int, int]]) -> bytes:
    rows: list[list[Any]] = [["所属街道", "社区", "外卖骑手", "网络主播", "货车司机", "合计"]]
    rows += [[area.township, area.name, *n, sum(n)] for area, *n in workers]
    totals = [sum(row[i] for row in rows[1:]) for i in range(2, 6)]
    rows.append(["合计", "", *totals])
    return workbook("椒江区新就业群体摸排统计表（演示数据）", "摸排", rows)


def _rooms(rooms: list[Room]) -> bytes:
    places = to_degrees([(room.x, room.y) for room in rooms]).tolist()
    rows = [["编号", "名称", "类别", "经度", "纬度", "面积", "年租金", "24小时", "临街", "楼层"]]
    for i, (room, (lon, lat)) in enumerate(zip(rooms, places, strict=True)):
        marks = ["是" if flag else "否" for flag in (room.all_night, room.street_side)]
        place = [room.name, room.place, f"{lon:.6f}", f"{lat:.6f}"]
        rows.append([f"FY{i + 1:03d}", *place, f"{room.area:g}", str(room.rent), *marks, str(room.floor)])
    return b"\xef\xbb\xbf" + _csv(rows).encode("utf-8")


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", type=Path, default=HERE.parents[3] / "shared" / "data" / "jiaojiang")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    build(arguments.names, arguments.out)


if __name__ == "__main__":
    main()
