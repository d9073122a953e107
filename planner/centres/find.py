"""Centres from three sources, and how they are brought together.

1. The user's own polygons stand as given. Two that share at least half of their joint area are one place listed
   twice: the one with the smaller id stays, and the report says so.
2. Clusters of POIs (HDBSCAN in projected metres, settings in the scenario). Clusters whose outlines come within
   ``merge_within`` metres are one. A cluster with at least half of its POIs inside own polygons is that centre and is
   dropped; any other loses those POIs and the overlap.
3. POIs of park classes (industrial parks, e-commerce parks, live-stream bases, logistics yards) outside all of these
   are small parks with a round outline; those that touch are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from planner.areas import area_names, assign_areas, filled, study_crs, xy
from planner.categories import classify, read_data
from planner.centres.clusters import cluster
from planner.centres.outlines import cut_by, joined, members_of, outline
from planner.inputs.report import Report
from planner.scenario import Scenario
from planner.stage_settings import CentreRules

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["find_centres"]

KINDS = ("business_district", "industrial_park", "business_centre")
PARK_RADIUS = 120.0
"""Radius of the outline of a park known only by a point, in metres."""
RESOLUTION = 10.0
"""Distances between places below this say nothing: many share one address. In metres."""
_COLUMNS = ["name", "kind", "area", "source", "geometry"]
_NAMING = ("mall", "market", "entertainment", "office", "hotel", "shop", "restaurant")


def find_centres(scenario: Scenario, district: District) -> tuple[gpd.GeoDataFrame, Report]:
    """Return the centres table (columns as in :mod:`planner.schema`) and the account of how it was made.

    Own polygons keep their ids; a cluster is ``bd-`` and a small park ``park-`` with the id of the POI that names it.
    Nothing depends on the order of rows. Raises :class:`planner.errors.InputError` for a district with no layer.
    """
    report = Report("centres")
    crs = study_crs(district)
    own = _own(district, crs, report)
    pois = _points(district, crs)
    clusters = _clusters(scenario.centres, pois, own, crs, report)
    parks = _parks(pois, pd.concat([own, clusters]), crs)
    tables = [table for table in (own, clusters, parks) if len(table)]
    found = gpd.GeoDataFrame(pd.concat(tables) if tables else own, geometry="geometry", crs=crs)
    inside = found.set_geometry(found.geometry.representative_point()).to_crs(4326)
    found = found.to_crs(4326)
    found["area"] = area_names(assign_areas(inside, district.areas), district.areas)
    found["name"] = _distinct(found["name"], found["area"])
    found.index.name = "centre id"
    report.facts |= {"own polygons": len(own), "clusters": len(clusters), "small parks": len(parks)}
    if found.empty:
        repair = "Give polygons with the role centres, more POIs, or a smaller min_cluster_size."
        report.add("warning", "no centre was found", repair=repair)
    return found[_COLUMNS], report


def _own(district: District, crs: pyproj.CRS, report: Report) -> gpd.GeoDataFrame:
    if not filled(district.centres):
        return _table([], [], [], [], "", crs)
    given = district.centres.sort_index().to_crs(crs)
    shapes = given.geometry.values
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    dropped = set()
    for a, b in sorted((a, b) for a, b in zip(first, second, strict=True) if a < b):
        shared = shapely.area(shapely.intersection(shapes[a], shapes[b]))
        both = shapely.area(shapely.union(shapes[a], shapes[b]))
        if a not in dropped and b not in dropped and both > 0 and shared / both >= 0.5:
            dropped.add(b)
            what = f"shares {shared / both:.0%} of its area with {given.index[a]}: the same place listed twice"
            report.add("repaired", what, id=str(given.index[b]), repair=f"{given.index[a]} is kept.")
    kept = given[~np.isin(np.arange(len(given)), list(dropped))]
    kinds = [_kind(row) for _, row in kept.drop(columns="geometry").iterrows()]
    return _table(list(kept.index), list(kept["name"]), kinds, list(kept.geometry), "own polygons", crs)


def _kind(row: pd.Series) -> str:
    """Return the kind of an own polygon: said by its columns, else read from its category and name."""
    said = str(row.get("kind", "")).strip()
    if said in KINDS:
        return said
    text = " ".join(str(row.get(column, "")) for column in ("kind", "category", "name"))
    found = classify(
        pd.DataFrame({"category": [said or str(row.get("category", ""))], "name": [str(row.get("name", ""))]})
    )
    kind = _class_kinds().get(str(found.iloc[0]), "")
    if kind:
        return kind
    if any(word in text for word in ("园", "工业", "物流", "基地", "park", "industrial")):
        return "industrial_park"
    offices = any(word in text for word in ("中心", "大厦", "写字楼", "office"))
    return "business_centre" if offices else "business_district"


def _class_kinds() -> dict[str, str]:
    table = read_data("classes.csv")
    return dict(zip(table["class"], table["centre"], strict=True))


def _points(district: District, crs: pyproj.CRS) -> pd.DataFrame:
    pois = district.pois
    if not filled(pois):
        return pd.DataFrame({"x": [], "y": [], "class": [], "name": []}, index=pd.Index([], dtype=object))
    at = xy(pois, crs)
    table = pd.DataFrame(
        {"x": at[:, 0], "y": at[:, 1], "class": classify(pois), "name": pois["name"]}, index=pois.index
    )
    return table.assign(_id=table.index.astype(str)).sort_values(["x", "y", "_id"]).drop(columns="_id")


def _clusters(
    rules: CentreRules, pois: pd.DataFrame, own: gpd.GeoDataFrame, crs: pyproj.CRS, report: Report
) -> gpd.GeoDataFrame:
    points = pois[pois["class"].isin(rules.classes)]
    at = points[["x", "y"]].to_numpy(dtype=float)
    size, samples = rules.min_cluster_size, rules.min_samples
    labels = cluster(at, min_cluster_size=size, min_samples=samples, resolution=RESOLUTION)
    points, at, labels = points[labels >= 0], at[labels >= 0], labels[labels >= 0]
    if not len(labels):
        return _table([], [], [], [], "", crs)
    hulls = [outline(at[of], rules.outline_ratio) for of in members_of(labels)]
    groups = joined(hulls, rules.merge_within)
    report.facts["clusters merged"] = int(len(hulls) - groups.max() - 1)
    inside, given = _inside(at, own), shapely.STRtree(own.geometry.to_numpy())
    rows = []
    for members in members_of(groups[labels]):
        free = members[~inside[members]]
        if len(free) * 2 <= len(members) or len(free) < min(rules.min_cluster_size, len(members)):
            continue
        shape = outline(at[free], rules.outline_ratio)
        shape = cut_by(shape, given)
        if not shape.is_empty:
            rows.append((points.iloc[free], shape))
    names = [_naming(table) for table, _ in rows]
    ids = [f"bd-{place}" for place in names]
    titles = [str(pois.loc[place, "name"]) for place in names]
    kinds = [_cluster_kind(table["class"]) for table, _ in rows]
    return _table(ids, titles, kinds, [shape for _, shape in rows], "POI cluster", crs)


def _inside(at: np.ndarray, polygons: gpd.GeoDataFrame) -> np.ndarray:
    found = np.zeros(len(at), dtype=bool)
    if len(polygons):
        tree = shapely.STRtree(np.asarray(shapely.points(at), dtype=object))
        found[tree.query(polygons.geometry.to_numpy(), predicate="intersects")[1]] = True
    return found


def _cluster_kind(classes: pd.Series[str]) -> str:
    kinds = classes.map(_class_kinds()).value_counts()
    counts = {kind: int(kinds.get(kind, 0)) for kind in KINDS}
    return max(KINDS, key=lambda kind: counts[kind])


def _naming(points: pd.DataFrame) -> str:
    """Return the id of the POI that gives a cluster its name: of the weightiest class there, nearest to the middle."""
    rank = points["class"].map({name: n for n, name in enumerate(_NAMING)}).fillna(len(_NAMING))
    at = points[["x", "y"]].to_numpy(dtype=float)
    off = np.hypot(*(at - np.median(at, axis=0)).T).round(3)
    nameless = points["name"].astype(object).where(points["name"].notna(), "").astype(str).str.strip() == ""
    order = pd.DataFrame({"nameless": nameless.array, "rank": rank.array, "off": off, "id": points.index.astype(str)})
    return str(order.sort_values(["nameless", "rank", "off", "id"])["id"].iloc[0])


def _parks(pois: pd.DataFrame, others: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    classes = {"industrial_park", "ecommerce_park", "streaming_base", "logistics"}
    points = pois[pois["class"].isin(classes)]
    points = points[~_inside(points[["x", "y"]].to_numpy(dtype=float), others)]
    if points.empty:
        return _table([], [], [], [], "", crs)
    circles: np.ndarray = np.asarray(
        shapely.buffer(shapely.points(points[["x", "y"]].to_numpy(dtype=float)), PARK_RADIUS, quad_segs=8)
    )
    groups, taken = joined(list(circles), 0.0), shapely.STRtree(others.geometry.to_numpy())
    ids: list[str] = []
    names: list[str] = []
    shapes: list[BaseGeometry] = []
    for members in members_of(groups):
        shape = cut_by(shapely.union_all(circles[members]), taken)
        if not shape.is_empty:
            place = _naming(points.iloc[members])
            ids.append(f"park-{place}")
            names.append(str(points.loc[place, "name"]))
            shapes.append(shape)
    return _table(ids, names, ["industrial_park"] * len(ids), shapes, "park POIs", crs)


def _distinct(names: pd.Series[str], areas: pd.Series[str]) -> pd.Series[str]:
    """Return names with the area added where two are the same; what has none is called by its id."""
    names = names.astype(object).where(names.notna(), "").astype(str)
    names = names.where(names.str.strip() != "", names.index.to_series().astype(str))
    twice = names.duplicated(keep=False) & (areas != "")
    return names.where(~twice, names + " (" + areas + ")")


def _table(
    ids: list[str], names: list[str], kinds: list[str], shapes: Sequence[BaseGeometry], source: str, crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    index = pd.Index([str(one) for one in ids], dtype=object)
    columns = {"name": pd.array(names, dtype=object), "kind": pd.array(kinds, dtype=object), "source": source}
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=crs)
