"""Download one district into a folder: parts that are there already are kept, so a broken run goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.categories import class_names, classify, page_cap
from planner.errors import InputError
from planner.fetch.scenario_text import scenario_text, sources_text
from planner.fetch.servers import NOMINATIM, OVERPASS, ask, search_place
from planner.files import replacing
from planner.inputs.coordinates.projections import working_crs
from planner.inputs.layers.osm_features import read_osm_features
from planner.inputs.layers.read import read_layer
from planner.inputs.report import Report

__all__ = ["Fetched", "fetch"]

LARGEST = 4e9
"""Largest area that is asked of a public server, in square metres; beyond it an extract file is the right source."""

_QUESTIONS: Mapping[str, str] = {
    "roads.osm": '(way["highway"];way["route"="ferry"];);(._;>;rel["type"="restriction"];);out body;',
    "places.osm": '(nwr["amenity"];nwr["shop"];nwr["office"];nwr["tourism"];nwr["leisure"];nwr["craft"];'
    'nwr["healthcare"];nwr["industrial"];nwr["highway"~"^(services|rest_area)$"];);(._;>;);out body;',
    "land.osm": '(wr["landuse"~"^(commercial|retail|industrial|military|cemetery|quarry|reservoir)$"];'
    'wr["natural"~"^(water|wetland)$"];);(._;>;);out body;',
}
_SUPPLY: Mapping[str, str] = {
    "roads.osm": 'Supply the streets yourself: an .osm.pbf extract, named in the scenario with role = "roads".',
    "places.osm": 'Supply the places yourself: a table of POIs, named in the scenario with role = "pois".',
    "land.osm": 'Supply land use yourself: polygons, named in the scenario with role = "centres" and "exclusions".',
}


@dataclass(frozen=True)
class Fetched:
    """What was fetched: the folder, its scenario, places by category, and the account."""

    folder: Path
    scenario: Path
    categories: Mapping[str, int]
    report: Report


def fetch(
    place: str = "",
    *,
    bbox: tuple[float, float, float, float] | None = None,
    boundary: str | Path | None = None,
    folder: str | Path,
    nominatim: str = NOMINATIM,
    overpass: str = OVERPASS,
    limit: float = 30.0,
) -> Fetched:
    """Download streets, places and land use of a district, and write a scenario that can be planned at once.

    Give one of ``place`` ("椒江区, 台州市"), ``bbox`` (west, south, east, north in degrees) and ``boundary`` (a file of
    polygons). ``limit`` is the longest wait for a server, in seconds. What an earlier run has fetched of the same
    outline is kept. Raises :class:`planner.errors.InputError` when a server cannot be reached, with the file to supply
    instead, and for a folder that holds a scenario already.

    >>> fetch("椒江区, 台州市", folder="data/geo/my_district")  # doctest: +SKIP
    """
    folder = Path(folder)
    if (folder / "scenario.toml").exists():
        raise InputError(f"{folder} holds a scenario already. Choose another folder, so that nothing of yours is lost.")
    given = [name for name, value in (("place", place), ("bbox", bbox), ("boundary", boundary)) if value]
    if len(given) != 1:
        raise InputError("Give exactly one of a place, --bbox and --boundary.")
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(folder.name)
    outline, name = _outline(place, bbox, boundary, folder, nominatim, limit)
    west, south, east, north = outline.bounds
    for part, question in _QUESTIONS.items():
        asked = f"[out:xml][timeout:25][bbox:{south:.6f},{west:.6f},{north:.6f},{east:.6f}];{question}"
        _part(folder, part, asked, overpass, limit, report)
    categories = _count(folder, report)
    district = _id(folder.name)
    _write(folder / "SOURCES.md", sources_text(name, categories, report.facts))
    land = [role for role in ("centres", "exclusions") if _holds(folder / "land.osm", role, report)]
    _write(folder / "scenario.toml", scenario_text(district, name, land))
    return Fetched(folder, folder / "scenario.toml", categories, report)


def _outline(
    place: str,
    bbox: tuple[float, float, float, float] | None,
    boundary: str | Path | None,
    folder: Path,
    nominatim: str,
    limit: float,
) -> tuple[shapely.MultiPolygon, str]:
    """Return the outline in WGS 84 and a name, and keep the outline in the folder."""
    if bbox is not None:
        outline: BaseGeometry = shapely.box(*_checked(bbox))
        name = folder.name
    elif boundary is not None:
        layer, _ = read_layer(boundary)
        outline, name = layer.geometry.union_all(), Path(boundary).stem
    else:
        found = search_place(place, address=nominatim, limit=limit)
        outline, name = shapely.from_geojson(json.dumps(found["geometry"])), found["display_name"]
    shape = shapely.multipolygons([part for part in shapely.get_parts(outline) if shapely.get_type_id(part) == 3])
    if shape.is_empty:
        raise InputError("The outline holds no polygon. Give polygons, or --bbox west,south,east,north.")
    area = float(gpd.GeoSeries([shape], crs=4326).to_crs(working_crs(shape.bounds)).area.iloc[0])
    if area > LARGEST:
        raise InputError(
            f"The outline covers {area / 1e6:,.0f} km²; public servers give up to {LARGEST / 1e6:,.0f} km². "
            'Supply an .osm.pbf extract instead, named in the scenario with role = "roads" and "pois".'
        )
    collection = {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
    text = json.dumps({"type": "FeatureCollection", "features": [collection]}, ensure_ascii=False)
    _write(folder / "boundary.geojson", text)
    return shape, name


def _checked(bbox: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bbox
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"bbox = {west:g},{south:g},{east:g},{north:g} is not west,south,east,north in degrees: "
            "west must be less than east and south less than north. For example 121.35,28.55,121.55,28.75."
        )
    return bbox


def _part(folder: Path, part: str, question: str, address: str, limit: float, report: Report) -> None:
    """Fetch one part unless it is there already, asked by the same question."""
    stamp = folder / f".{part}.sha256"
    mark = hashlib.sha256(question.encode()).hexdigest()
    path = folder / part
    if path.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == mark:
        report.facts[part] = "kept from an earlier run"
        return
    body = ask(address, {"data": question}, limit=limit, supply=_SUPPLY[part], whole=b"</osm>")
    remark = re.search(rb"<remark>(.*?)</remark>", body, re.DOTALL)
    if remark:
        said = remark.group(1).decode("utf-8", "replace").strip()
        raise InputError(f"The server could not answer for {part}: {said}. Ask for a smaller area. {_SUPPLY[part]}")
    with replacing(path) as unfinished:
        unfinished.write_bytes(body)
    _write(stamp, mark)
    report.facts[part] = f"{len(body):,} bytes"


def _count(folder: Path, report: Report) -> dict[str, int]:
    """Return how many places of each category were fetched, and warn of counts that look cut off."""
    pois, poi_report = read_osm_features(folder / "places.osm", "pois")
    report.extend(poi_report)
    counts = pois["category"].value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    report.facts["places"] = len(pois)
    if page_cap(len(pois)):
        report.add("warning", page_cap(len(pois)), file="places.osm", repair="Compare with another source.")
    for category, count in counts[counts >= 100].items():
        if page_cap(int(count)):
            report.add("warning", f"{category}: {page_cap(int(count))}", file="places.osm")
    there = set(classify(pois))
    missing = [name for name in ("restaurant", "shop", "office", "parking") if name not in there]
    for name in missing:
        what = f"there is no place of the class {name} ({class_names()[name]})"
        report.add("warning", what, file="places.osm", repair="OpenStreetMap may be thin here: add a vendor's POIs.")
    return {str(category): int(count) for category, count in counts.items()}


def _holds(path: Path, role: str, report: Report) -> bool:
    try:
        layer, _ = read_osm_features(path, role)
    except InputError as error:
        report.add("warning", f"land use gives no {role}: {error.faults[0].what}", file=path.name)
        return False
    report.facts[role] = len(layer)
    return True


def _id(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if re.match(r"[a-z]", plain) else f"district_{plain}".rstrip("_")


def _write(path: Path, text: str) -> None:
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
