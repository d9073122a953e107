"""Where candidate sites come from: existing stations, offered rooms, parcels, suitable POIs, and a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from planner.areas import filled
from planner.categories import classify, read_data
from planner.scenario import Scenario, StationType

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["EXISTING", "GRID_STEP", "gather", "grid_points"]

EXISTING = "existing station"
"""The source of candidates that stand today."""
GRID_STEP = 100.0
"""Spacing in metres of the grid that stands in where no place at all is offered."""
_PREFIX = {"offered room": "room-", "parcel": "parcel-", "POI": "poi-", "grid": "grid-"}
_STREET_FRONT = ("street_front", "临街", "沿街", "是否临街")
_OPEN_24H = ("open_24h", "24小时", "全天开放")
_COLUMNS = [
    "name", "address", "types", "place", "floor_area", "cost", "street_front", "open_24h", "source", "file", "rank",
    "geometry",
]  # fmt: skip


def gather(scenario: Scenario, district: District, centres: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return all places that might host a station, the preferred source first (``rank``); types joined by ``;``.

    Ids are those of the sources; an id that two sources use gets the source in front (``poi-7``).
    """
    parts = [
        _offered(scenario, district.stations, EXISTING, 0),
        _offered(scenario, district.rooms, "offered room", 1),
        _offered(scenario, district.parcels, "parcel", 2),
        _pois(scenario, district.pois),
    ]
    if scenario.candidates.grid or not any(len(part) for part in parts[1:]):
        parts.append(_grid(scenario, centres, crs, scenario.candidates.grid or GRID_STEP))
    table = pd.concat([part for part in parts if len(part)] or parts[:1])
    again = table.index.duplicated()
    prefix = table["source"].map(lambda source: _PREFIX.get(source, "")).astype(object)
    table.index = pd.Index(np.where(again, prefix + table.index.astype(str), table.index.astype(str)), dtype=object)
    table = table.assign(_id=table.index).sort_values(["rank", "_id"]).drop(columns="_id")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def grid_points(shape: shapely.Polygon, step: float) -> np.ndarray:
    """Return the middles of the squares of ``step`` metres that lie in a shape; shape (n, 2).

    Squares start at the lower left corner of the shape's bounds.
    """
    west, south, east, north = shapely.bounds(shape)
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    return np.column_stack([x.ravel(), y.ravel()])[shapely.contains_xy(shape, x.ravel(), y.ravel())]


def _offered(scenario: Scenario, table: gpd.GeoDataFrame | None, source: str, rank: int) -> gpd.GeoDataFrame:
    if not filled(table):
        return _empty()
    classes = classify(table)
    said = next((table[c] for c in ("types", "type") if c in table), pd.Series("", index=table.index))
    offered = list(zip(said.astype(object).where(said.notna(), "").astype(str).tolist(), classes.tolist(), strict=True))
    known = {pair: _types(scenario, *pair) for pair in set(offered)}
    columns = {
        "name": table.get("name", ""),
        "address": _texts(table, "address"),
        "types": [known[pair] for pair in offered],
        "place": classes,
        "floor_area": _numbers(table, "floor_area"),
        "cost": _numbers(table, "cost"),
        "street_front": _said(table, _STREET_FRONT),
        "open_24h": _said(table, _OPEN_24H),
        "source": source,
        "file": table.get("source", ""),
        "rank": rank,
    }
    return gpd.GeoDataFrame(columns, geometry=table.geometry.representative_point(), index=table.index, crs=4326)


def _types(scenario: Scenario, said: str, place: str) -> str:
    """Return the types a place may host: those that it is offered for, else those that like its class, else all."""
    words = {word.strip() for word in said.replace("；", ";").replace("、", ";").replace(",", ";").split(";")} - {""}
    named = [kind.id for kind in scenario.types if {kind.id, kind.name, kind.name_en} & words]
    liked = [kind.id for kind in scenario.types if place in kind.places]
    return ";".join(named or liked or [kind.id for kind in scenario.types])


def _pois(scenario: Scenario, pois: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if not filled(pois):
        return _empty()
    classes = classify(pois)
    hosts = {kind.id: _hosts(kind) for kind in scenario.types}
    types = {c: ";".join(kind for kind, places in hosts.items() if c in places) for c in classes.unique()}
    named = pois.index.isin({*scenario.required, *scenario.excluded})
    allowed = classes.map(types)
    allowed = allowed.where((allowed != "") | ~named, ";".join(hosts))
    chosen = (allowed != "").to_numpy()
    columns = {
        "name": pois["name"],
        "address": _texts(pois, "address"),
        "types": allowed,
        "place": classes,
        "floor_area": _numbers(pois, "floor_area"),
        "cost": _numbers(pois, "cost"),
        "street_front": _said(pois, _STREET_FRONT),
        "open_24h": _said(pois, _OPEN_24H),
        "source": "POI",
        "file": pois.get("source", ""),
        "rank": 3,
    }
    points = pois.geometry.representative_point()
    return gpd.GeoDataFrame(columns, geometry=points, index=pois.index, crs=4326)[chosen]


def _hosts(kind: StationType) -> set[str]:
    table = read_data("classes.csv")
    return set(kind.places) or set(table.loc[table["host"] == "1", "class"])


def _said(table: gpd.GeoDataFrame, columns: tuple[str, ...]) -> pd.Series | str:
    """Return the first of some columns that is there, blank if none."""
    return next((table[name] for name in columns if name in table), "")


def _grid(scenario: Scenario, centres: gpd.GeoDataFrame, crs: pyproj.CRS, step: float) -> gpd.GeoDataFrame:
    ids: list[str] = []
    points: list[np.ndarray] = []
    for centre, shape in centres.geometry.to_crs(crs).sort_index().items():
        found = grid_points(shape, step)
        ids += [f"{centre}-g{n + 1}" for n in range(len(found))]
        points.append(found)
    if not ids:
        return _empty()
    columns = {
        "name": "",
        "address": "",
        "types": ";".join(kind.id for kind in scenario.types),
        "place": "grid",
        "floor_area": np.nan,
        "cost": np.nan,
        "street_front": "",
        "open_24h": "",
        "source": "grid",
        "file": f"grid of {step:g} m",
        "rank": 4,
    }
    geometry = gpd.GeoSeries(shapely.points(np.vstack(points)), crs=crs).to_crs(4326)
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=ids), geometry=geometry.values, crs=4326)


def _texts(table: pd.DataFrame, column: str) -> pd.Series | str:
    """Return the texts of a column, blank where there is none."""
    return table[column].astype(object).where(table[column].notna(), "").astype(str) if column in table else ""


def _numbers(table: pd.DataFrame, column: str) -> pd.Series[float]:
    values = table[column] if column in table else pd.Series(np.nan, index=table.index)
    return pd.to_numeric(values, errors="coerce").astype(float)


def _empty() -> gpd.GeoDataFrame:
    numbers = {"floor_area": float, "cost": float, "rank": int}
    columns = {name: pd.Series([], dtype=numbers.get(name, object)) for name in _COLUMNS if name != "geometry"}
    return gpd.GeoDataFrame(columns, geometry=[], crs=4326, index=pd.Index([], dtype=object))
