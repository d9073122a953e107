"""Download one district into a folder: parts that are there already are kept, so a broken run goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import shapely

from planner.categories import class_names, classify, page_cap
from planner.errors import InputError
from planner.fetch.openstreetmap import NOMINATIM, OVERPASS, Server, Tags, answers_about
from planner.fetch.osm_file import write_osm
from planner.fetch.outlines import Bounds, checked_bounds, outline_of
from planner.fetch.scenario_text import scenario_text, sources_text
from planner.files import replacing
from planner.inputs.layers.osm_features import read_osm_features
from planner.inputs.report import Report

__all__ = ["Fetched", "fetch"]

_PARTS: Mapping[str, Tags] = {
    "roads.osm": {"highway": True, "route": "ferry", "type": "restriction"},
    "places.osm": {
        **dict.fromkeys(("amenity", "shop", "office", "tourism", "leisure", "craft", "healthcare", "industrial"), True),
        "highway": ["services", "rest_area"],
    },
    "land.osm": {
        "landuse": ["commercial", "retail", "industrial", "military", "cemetery", "quarry", "reservoir"],
        "natural": ["water", "wetland"],
    },
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
    bbox: Bounds | None = None,
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
    instead, for a name that several places have, and for a folder that holds a scenario already, and
    :class:`planner.errors.PlannerError` for one that cannot be written.

    >>> fetch("椒江区, 台州市", folder="data/geo/my_district")  # doctest: +SKIP
    """
    folder = Path(folder)
    if (folder / "scenario.toml").exists():
        raise InputError(f"{folder} holds a scenario already. Choose another folder, so that nothing of yours is lost.")
    given = [name for name, value in (("place", place), ("bbox", bbox), ("boundary", boundary)) if value]
    if len(given) != 1:
        raise InputError("Give exactly one of a place, --bbox and --boundary.")
    if bbox is not None:
        checked_bounds(bbox)
    report = Report(folder.name)
    outline, name = outline_of(place, bbox, boundary, folder.name, nominatim, limit)
    _write(folder / "boundary.geojson", _feature(outline, name))
    return _fetched(folder, outline, name, overpass, limit, report)


def _fetched(
    folder: Path, outline: shapely.MultiPolygon, name: str, overpass: str, limit: float, report: Report
) -> Fetched:
    for part in _PARTS:
        report.facts[part] = _part(folder / part, outline.bounds, Server(overpass, limit, _SUPPLY[part]))
    categories = _count(folder, report)
    district = _id(folder.name)
    _write(folder / "SOURCES.md", sources_text(name, categories, report.facts))
    files = [("pois", "places.osm")] if categories else []
    files += [(role, "land.osm") for role in ("centres", "exclusions") if _holds(folder / "land.osm", role, report)]
    _write(folder / "scenario.toml", scenario_text(district, name, files))
    return Fetched(folder, folder / "scenario.toml", categories, report)


def _feature(shape: shapely.MultiPolygon, name: str) -> str:
    """Return the outline as a GeoJSON file."""
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)


def _part(path: Path, box: Bounds, server: Server) -> str:
    """Fetch one part unless it is there already, asked by the same question; return what came of it."""
    stamp = path.with_name(f".{path.name}.sha256")
    mark = hashlib.sha256(json.dumps([_PARTS[path.name], *box]).encode()).hexdigest()
    if path.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == mark:
        return "kept from an earlier run"
    answers = answers_about(shapely.box(*box), _PARTS[path.name], server)
    stamp.unlink(missing_ok=True)
    with replacing(path) as unfinished:
        try:
            ways = write_osm(unfinished, answers)
        except ValueError as error:
            raise InputError(f"The answer for {path.name} is not sound: {error}. {server.supply}") from None
        if path.name == "roads.osm" and not ways:
            raise InputError(f"OpenStreetMap has no street there. Check the outline. {server.supply}")
        size = unfinished.stat().st_size
    _write(stamp, mark)
    return f"{size:,} bytes"


def _count(folder: Path, report: Report) -> dict[str, int]:
    """Return how many places of each category were fetched, and warn of counts that look cut off."""
    try:
        pois, poi_report = read_osm_features(folder / "places.osm", "pois")
    except InputError:
        report.add("warning", "there are no places at all", file="places.osm", repair=_SUPPLY["places.osm"])
        return {}
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
