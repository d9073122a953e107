"""A small plan made without files or streets: travel is the straight line at a fixed speed."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.locate.network.model import NetworkSolution, link_lounges
from planner.locate.network.problem import NetworkProblem, covered_shares
from planner.network.results import (
    candidate_figures,
    covered_demand,
    link_table,
    load_table,
    measure_table,
    option_figures,
    station_table,
)
from planner.network.tables import NetworkTables, PairTables, network_problem, station_options
from planner.plan import Plan
from planner.scenario import Scenario

CENTRE = (121.43, 28.67)
DEGREE = 111_000.0
KINDS = ("business_district", "industrial_park", "business_centre")
LOUNGE_KINDS = ("community", "business_district", "building")

HOSTILE = [
    "\"双\"'单'",
    "反引号`站",
    r"路径C:\2019\站",
    "${document.title=7*7}",
    "{{7*7}}",
    "{% raw %}{%raw%}",
    "</script><script>document.title='X'</script>",
    "<img src=x onerror=document.title='Y'>",
    "<!-- <script>",
    "\u202e右到左\u202c אבג",
    "行\u2028段\u2029尾\n换行",
    "&lt;b&gt; &amp;",
    "javascript:alert(1)",
    "长" * 10_000,
]


def make_scenario(**district: str) -> Scenario:
    """Return three groups, three types and an outreach of lounges."""
    names = {"id": "testtown", "name": "测试区", "name_en": "Test district", "notice": "", "notice_en": ""} | district
    return Scenario.model_validate(
        {
            "district": names,
            "files": [{"role": "roads", "path": "streets.osm", "licence": "ODbL", "date": "2026-01-01"}],
            "groups": [
                {
                    "id": "riders",
                    "name": "骑手",
                    "name_en": "Riders",
                    "mode": "ebike",
                    "standards": [{"within": "5min", "share": 1.0}, {"within": "8min", "share": 0.5}],
                },
                {"id": "streamers", "name": "主播", "name_en": "Streamers", "mode": "foot", "standards": "10min"},
                {"id": "drivers", "name": "货车司机", "name_en": "Truck drivers", "mode": "truck", "standards": "6min"},
            ],
            "types": [
                {"id": "rider_home", "name": "骑享家", "name_en": "Rider home", "groups": ["riders"], "count": 3},
                {"id": "e_station", "name": "主播驿站", "name_en": "E-station", "groups": ["streamers"], "count": 2},
                {"id": "truck_stop", "name": "暖驾驿站", "name_en": "Truck stop", "groups": ["drivers"], "count": 2},
            ],
            "links": {"limit": "7min", "outreach": {"within": "3min", "share": 0.5}},
            "solve": {"time_limit": "20s"},
        }
    )


def make_plan(
    *,
    names: list[str] | None = None,
    points: int = 300,
    sites: int = 24,
    lounges: int = 12,
    seed: int = 1,
    **district: str,
) -> Any:
    """Return a solved plan whose names are taken from ``names`` in turn."""
    random = np.random.default_rng(seed)
    scenario = make_scenario(**district)
    areas = _areas(names)
    centres = _centres(random, sites // 2, names)
    candidates = _candidates(random, centres, sites, names)
    lounge_table = _lounges(random, lounges, names)
    demand = _demand(random, points, scenario, areas, names)
    tables = NetworkTables(
        demand, candidates[candidates["status"] != "excluded"], station_options(candidates), lounge_table
    )
    pairs = PairTables(
        {
            group.id: _pairs(demand[demand["group"] == group.id], tables.sites, group.standards[-1].within, 4.0)
            for group in scenario.groups
        },
        _pairs(lounge_table, tables.sites, scenario.links.limit, 4.0),
        _pairs(demand, lounge_table, 180.0, 1.3),
    )
    problem = network_problem(scenario, tables, pairs)
    solution = _first_choice(scenario, problem)
    figures = option_figures(tables, problem, solution)
    stations = station_table(scenario, tables, solution, figures, centres)
    links = link_table(scenario, tables, problem, solution, pairs)
    covered = covered_demand(scenario, tables, problem, solution, pairs, links)
    plan = SimpleNamespace(
        id="testtown-0123456789",
        scenario=scenario,
        district=SimpleNamespace(
            roads=None, areas=areas, boundary=None, exclusions=None, stations=None, rooms=candidates.iloc[:0]
        ),
        demand=covered,
        centres=centres,
        candidates=candidate_figures(candidates, figures),
        lounges=lounge_table,
        stations=stations,
        links=links,
        measures=measure_table(scenario, covered, stations, links),
        pairs=pairs,
        solution=solution,
        problem=problem,
        tables=tables,
        hashes={},
        reports=(),
        loads=load_table(tables, problem, solution),
    )
    plan.measure = partial(Plan.measure, plan)
    return plan


def _first_choice(scenario: Scenario, problem: NetworkProblem) -> NetworkSolution:
    """Return an allowed choice, the first that comes: maps do not ask for the best one."""
    options: list[int] = []
    used: set[int] = set()
    for position, kind in enumerate(scenario.types):
        for option in np.flatnonzero(problem.option_type == position):
            centre = int(problem.site_centre[problem.option_site[option]])
            if centre not in used and sum(problem.option_type[options] == position) < (kind.count or 0):
                used.add(centre)
                options.append(int(option))
    chosen = np.array(sorted(options), dtype=np.int64)
    links = link_lounges(problem, chosen)
    best = covered_shares(problem, chosen, np.flatnonzero(links >= 0))
    value, bound = float(problem.weights @ best), float(problem.weights.sum())
    return NetworkSolution("feasible", chosen, links, value, bound, {"total": 0.1})


def _spread(random: np.random.Generator, count: int, radius: float) -> np.ndarray:
    offsets = random.normal(0, radius, (count, 2)) / DEGREE
    return np.array(CENTRE) + offsets * [1 / np.cos(np.radians(CENTRE[1])), 1]


def _named(count: int, word: str, names: list[str] | None) -> list[str]:
    return [names[at % len(names)] if names else f"{word}{at + 1}" for at in range(count)]


def _table(index: str, prefix: str, points: np.ndarray, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    ids = pd.Index([f"{prefix}{at:04d}" for at in range(len(points))], name=index)
    return gpd.GeoDataFrame(columns, index=ids, geometry=shapely.points(points), crs=4326)


def _areas(names: list[str] | None) -> gpd.GeoDataFrame:
    x, y = CENTRE
    boxes = [shapely.box(x - 0.03, y - 0.03, x, y + 0.03), shapely.box(x, y - 0.03, x + 0.03, y + 0.03)]
    labels = _named(2, "街道", names)
    return gpd.GeoDataFrame({"name": labels}, index=pd.Index(["A1", "A2"], name="area id"), geometry=boxes, crs=4326)


def _centres(random: np.random.Generator, count: int, names: list[str] | None) -> gpd.GeoDataFrame:
    spots = _spread(random, count, 1500)
    table = _table(
        "centre id",
        "C",
        spots,
        {
            "name": _named(count, "中心", names),
            "kind": [KINDS[at % 3] for at in range(count)],
            "area": "",
            "source": "made",
        },
    )
    return table.set_geometry(gpd.GeoSeries(shapely.buffer(shapely.points(spots), 0.001), index=table.index, crs=4326))


def _candidates(
    random: np.random.Generator, centres: gpd.GeoDataFrame, count: int, names: list[str] | None
) -> gpd.GeoDataFrame:
    of = np.arange(count) % len(centres)
    spots = shapely.get_coordinates(shapely.centroid(centres.geometry.to_numpy()[of])) + random.uniform(
        -6e-4, 6e-4, (count, 2)
    )
    types = ["rider_home;e_station", "e_station;truck_stop", "rider_home;truck_stop", "rider_home;e_station;truck_stop"]
    refused = np.arange(count) % 9 == 8
    return _table(
        "site id",
        "S",
        spots,
        {
            "name": _named(count, "候选点", names),
            "centre": centres.index.to_numpy()[of],
            "types": [types[at % 4] for at in range(count)],
            "status": np.where(refused, "excluded", "optional"),
            "reasons": np.where(refused, (names or ["on the red line"])[0], ""),
            "place": "shop",
            "floor_area": np.where(np.arange(count) % 3 == 0, np.nan, 30.0),
            "area": "",
            "source": "made",
        },
    )


def _lounges(random: np.random.Generator, count: int, names: list[str] | None) -> gpd.GeoDataFrame:
    kinds = [LOUNGE_KINDS[at % 3] for at in range(count)]
    columns = {"name": _named(count, "会客厅", names), "kind": kinds, "area": "", "source": "made"}
    return _table("lounge id", "L", _spread(random, count, 1800), columns)


def _demand(
    random: np.random.Generator, count: int, scenario: Scenario, areas: gpd.GeoDataFrame, names: list[str] | None
) -> gpd.GeoDataFrame:
    spots = _spread(random, count, 1800)
    return _table(
        "demand id",
        "D",
        spots,
        {
            "group": [scenario.groups[at % 3].id for at in range(count)],
            "weight": random.integers(1, 60, count).astype(float),
            "name": _named(count, "小区", names),
            "area": np.where(spots[:, 0] < CENTRE[0], areas["name"].iloc[0], areas["name"].iloc[1]),
            "source": "made",
        },
    )


def _pairs(origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, cutoff: float, speed: float) -> pd.DataFrame:
    a, b = (
        shapely.get_coordinates(table.geometry) * [np.cos(np.radians(CENTRE[1])), 1]
        for table in (origins, destinations)
    )
    metres = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1]) * DEGREE
    row, column = np.nonzero(metres / speed <= cutoff)
    pairs = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(row, categories=origins.index.astype(str)),
            "destination": pd.Categorical.from_codes(column, categories=destinations.index.astype(str)),
            "metres": metres[row, column],
        }
    )
    pairs["seconds"] = pairs["metres"] / speed
    pairs.insert(2, "impedance", pairs["seconds"])
    return pairs
