"""The study area: every file of a scenario read once, each table in WGS 84 with string ids, with the reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.coordinates.datum_test import judge
from planner.inputs.coordinates.datums import in_mainland
from planner.inputs.layers.geometry import closed_to_polygons
from planner.inputs.layers.osm_features import OSM_ENDINGS, read_osm_features
from planner.inputs.layers.read import FORMATS, read_layer
from planner.inputs.points import read_points
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads, read_roads, tell_other_datum
from planner.inputs.steep import only_steep
from planner.inputs.study_area import inside_study_area, own_outline, study_area
from planner.inputs.tables.columns import recognise
from planner.inputs.tables.identifiers import recoded
from planner.inputs.tables.read import read_table
from planner.inputs.tables.values import NO_VALUE, numbers_under, unit_factor
from planner.scenario import Role, Scenario, Source

__all__ = ["District", "read_district"]

T = TypeVar("T")

_LAYERS: Final[tuple[Role, ...]] = (
    "boundary", "areas", "pois", "demand", "population", "buildings", "centres", "rooms", "parcels",
    "lounges", "stations", "exclusions",
)  # fmt: skip
_POINT_ROLES: Final[tuple[Role, ...]] = (
    "pois",
    "demand",
    "rooms",
    "parcels",
    "lounges",
    "stations",
)  # places; a polygon stands for a point inside it, but people in one are spread later
_LOUNGE_KINDS: Final = {
    "community": ("community", "社区", "村", "小区", "居委"),
    "business_district": ("business_district", "商圈", "商业", "街区", "市场", "园区"),
    "building": ("building", "楼宇", "大厦", "写字楼", "中心", "office"),
}


@dataclass(frozen=True)
class District:
    """Everything known of the study area; a role without a file has an empty table (``roads``: None).

    Layers are GeoDataFrames in EPSG:4326 indexed by unique string ids, with at least ``name``, ``source`` and
    ``geometry``; ``workers`` is a table indexed by area code or row, with one number column per group.
    """

    roads: Roads | None
    boundary: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    workers: pd.DataFrame
    pois: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    population: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    centres: gpd.GeoDataFrame
    rooms: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    lounges: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    exclusions: gpd.GeoDataFrame
    reports: tuple[Report, ...]


def read_district(scenario: Scenario) -> District:
    """Return all inputs of a scenario.

    Raises :class:`planner.errors.InputError` with the faults of all files together.

    >>> from planner.scenario import read_scenario
    >>> district = read_district(read_scenario("data/geo/jiaojiang/scenario.toml"))  # doctest: +SKIP
    """
    reports: list[Report] = []
    faults = _named_twice(scenario)
    read = partial(_collect, reports, faults)
    layers: dict[Role, gpd.GeoDataFrame] = {}
    undeclared: list[tuple[gpd.GeoDataFrame, Report]] = []
    for role in _LAYERS:
        clip = _first(layers, "boundary", "areas") if role in _POINT_ROLES else None
        sources = list(scenario.sources(role))
        parts = [read(source, partial(_read_source, clip=clip)) for source in sources]
        layers[role] = _joined([part and part[0] for part in parts], _labels(sources))
        undeclared += [part for part in parts if part and role in _POINT_ROLES and _assumed(part[1])]
        if role == "boundary":
            layers[role] = own_outline(layers[role], scenario.district.id, scenario.district.name, reports)
    layers["lounges"] = _with_lounge_kinds(layers["lounges"])
    counted = [read(source, partial(_read_workers, scenario)) for source in scenario.sources("workers")]
    clip = _first(layers, "boundary", "areas")
    streets = [read(one, partial(_read_streets, clip=clip)) for one in scenario.sources("roads")]
    roads = streets[0][0] if streets and streets[0] else None
    if len(streets) > 1:
        faults.append(Fault(f"there are {len(streets)} files of roads", repair="Join them into one file."))
    if not faults:
        faults += _doubtful_datums(undeclared, roads, _first(layers, "areas", "boundary"))
    if faults:
        raise InputError(faults)
    area = study_area(layers["boundary"], layers["areas"], roads, scenario.travel.max_access)
    for role in _POINT_ROLES:
        report = Report(f"{role} and the study area")
        layers[role] = inside_study_area(layers[role], area, report)
        reports += [report] if report.entries else []
    tables = [part[0] for part in counted if part]
    return District(
        roads=roads,
        workers=pd.concat(tables) if tables else pd.DataFrame({"name": []}, dtype="str"),
        reports=tuple(reports),
        **layers,
    )


def _named_twice(scenario: Scenario) -> list[Fault]:
    """Return a fault for each file that is named twice for one role: everything in it would count twice."""
    seen, faults = set(), []
    for source in scenario.files:
        if source.path is None:
            continue
        key = (source.role, (scenario.folder / source.path).resolve(), source.sheet, source.layer)
        if key in seen:
            what = f"the scenario names this file twice as {source.role}, so all of it would count twice"
            faults.append(Fault(what, file=source.path.name, repair="Take one of the two [[files]] out."))
        seen.add(key)
    return faults


def _collect(
    reports: list[Report], faults: list[Fault], source: Source, read: Callable[[Source], tuple[T, Report]]
) -> tuple[T, Report] | None:
    """Return what ``read`` gives of a source and keep its report; a file that cannot be used adds its faults."""
    try:
        result, report = read(source)
    except InputError as error:
        faults.extend(error.faults)
        return None
    except ScenarioError as error:  # of its datum, which is read with it
        faults.append(Fault(str(error), file=str(source.path)))
        return None
    except OSError as error:  # no rights, a drive that broke off, a name too long
        what = f"the file cannot be opened: {error.strerror}"
        faults.append(Fault(what, file=str(source.path), repair="Check the path, its rights and its drive."))
        return None
    reports.append(report)
    return result, report


def _first(layers: Mapping[Role, gpd.GeoDataFrame], *roles: Role) -> gpd.GeoDataFrame | None:
    """Return the first of some layers that has rows."""
    return next((layers[role] for role in roles if role in layers and len(layers[role])), None)


def _assumed(report: Report) -> bool:
    return str(report.facts.get("coordinate system evidence")).startswith("assumed")


def _doubtful_datums(
    undeclared: Iterable[tuple[gpd.GeoDataFrame, Report]], roads: Roads | None, areas: gpd.GeoDataFrame | None
) -> list[Fault]:
    """Return faults for point files that state no datum and fit another one than WGS 84; the reports tell the test."""
    faults = []
    for layer, report in undeclared:
        points = layer.set_geometry(layer.representative_point())
        if not in_mainland(points.geometry.x, points.geometry.y).any():
            continue
        verdict = judge(points, roads, areas)
        report.facts["datum test"] = verdict.sentence
        if verdict.datum is None:
            report.add("warning", verdict.sentence, repair='Ask for its origin and write datum = "…" in the scenario.')
        elif verdict.datum != "wgs84":
            repair = f'Write datum = "{verdict.datum}" for this file, or datum = "wgs84" if you know better.'
            faults.append(Fault(f"no datum is stated; {verdict.sentence}", file=report.source, repair=repair))
    return faults


def _read_source(source: Source, clip: gpd.GeoDataFrame | None) -> tuple[gpd.GeoDataFrame, Report]:
    path = Path(source.path or "")
    columns = dict(source.columns) | ({"category": source.categories} if source.categories else {})
    if path.name.lower().endswith(OSM_ENDINGS):
        layer, report = read_osm_features(path, source.role, clip=clip)
        tell_other_datum(source.datum, report)
    elif _is_layer(path):
        layer, report = read_layer(
            path, layer=source.layer, datum=source.datum, encoding=source.encoding, columns=columns
        )
    else:
        layer, report = read_points(
            path,
            datum=source.datum,
            encoding=source.encoding,
            sheet=source.sheet,
            columns=columns,
            must_be_numbers=("people",) if source.role in ("demand", "population") else (),
        )
    report.facts = {"role": source.role, **report.facts}
    layer.index = recoded(layer.index, source.codes, report)
    layer["source"] = path.name
    if source.steeper_than is not None:
        layer = only_steep(layer, source.steeper_than, source.columns, report)
    if source.role == "exclusions":
        layer = _with_margin(layer, source.margin, report)
    if source.role in _POINT_ROLES and source.role != "demand":
        layer["geometry"] = layer.representative_point()
    if source.kind:
        layer["kind"] = source.kind
    if "name" not in layer:
        layer["name"] = ""
    return layer, report


def _read_streets(source: Source, clip: gpd.GeoDataFrame | None) -> tuple[Roads, Report]:
    return read_roads(
        Path(source.path or ""),
        clip=clip,
        layer=source.layer,
        datum=source.datum,
        encoding=source.encoding,
        columns=source.columns,
    )


def _with_margin(exclusions: gpd.GeoDataFrame, margin: float, report: Report) -> gpd.GeoDataFrame:
    """Return exclusions with closed lines as polygons and the distance that stations keep from them."""
    layer = closed_to_polygons(exclusions, report)
    flat = shapely.get_dimensions(layer.geometry.to_numpy()) < 2
    if flat.any() and not margin:
        repair = 'Write how far stations keep away, for example margin = "10m".'
        report.add("warning", f"{flat.sum()} exclusions are lines or points and shut out nothing", repair=repair)
    return layer.assign(margin=margin)


def _is_layer(path: Path) -> bool:
    if path.suffix.lower() == ".parquet" and path.is_file():
        with suppress(pa.ArrowException, OSError):  # a damaged one is told by the reader of tables
            return b"geo" in (pq.read_schema(path).metadata or {})
        return False
    return path.suffix.lower() in FORMATS


def _labels(sources: list[Source]) -> list[str]:
    """Return what to call the files of one role: the name; with folder, sheet and layer where names are the same."""
    names = [(source.path or Path()).name for source in sources]
    whole = [
        ":".join(filter(None, (Path(*(source.path or Path()).parts[-2:]).as_posix(), source.sheet, source.layer)))
        for source in sources
    ]
    return [long if names.count(short) > 1 else short for short, long in zip(names, whole, strict=True)]


def _joined(parts: list[gpd.GeoDataFrame | None], labels: list[str]) -> gpd.GeoDataFrame:
    """Return the files of one role as one table; an id that two files use gets the file's label in front."""
    there = [(part, label) for part, label in zip(parts, labels, strict=True) if part is not None]
    if not there:
        empty = pd.DataFrame({"name": [], "source": []}, index=pd.Index([], dtype="str", name="id"), dtype="str")
        return gpd.GeoDataFrame(empty, geometry=[], crs="EPSG:4326")
    if len(there) == 1:
        return there[0][0]
    everything = pd.Series(np.concatenate([part.index.to_numpy(dtype=object) for part, _ in there]))
    twice = set(everything[everything.duplicated()])
    named = [part.set_axis([f"{label}:{i}" if i in twice else str(i) for i in part.index]) for part, label in there]
    return gpd.GeoDataFrame(pd.concat(named), geometry="geometry", crs="EPSG:4326").rename_axis("id")


def _with_lounge_kinds(lounges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return lounges with ``kind``: community, business_district or building, from their kind, category or name."""
    columns = [name for name in ("kind", "category", "name") if name in lounges]
    texts = lounges[columns].astype(str).to_numpy() if len(lounges) else np.empty((0, 1))
    return lounges.assign(kind=pd.Series([_lounge_kind(row) for row in texts], index=lounges.index, dtype="str"))


def _lounge_kind(texts: Iterable[str]) -> str:
    for text in texts:
        for kind, words in _LOUNGE_KINDS.items():
            if any(word in text for word in words):
                return kind
    return "community"


def _read_workers(scenario: Scenario, source: Source) -> tuple[pd.DataFrame, Report]:
    """Return counted people: a row per area, a number column per group that names one."""
    path = Path(source.path or "")
    if _is_layer(path):
        layer, report = read_layer(
            path, layer=source.layer, datum=source.datum, encoding=source.encoding, columns=source.columns
        )
        return pd.DataFrame(layer.drop(columns="geometry")).assign(source=path.name), report
    table, report = read_table(path, encoding=source.encoding, sheet=source.sheet)
    headings = [str(name) for name in table.columns if name != "_row"]
    counted = list(dict.fromkeys(group.workers for group in scenario.groups if group.workers in headings))
    rest = [name for name in headings if name not in counted]
    found = recognise(rest, ("id", "name", "area"), given=source.columns, file=report.source)
    for kind, heading in found.items():
        table[kind] = table[heading]
    for name in counted:
        cells = table[name]
        table[name] = numbers_under(name, cells)
        if (factor := unit_factor(name)) != 1:
            what = f"the heading states a unit: numbers are multiplied by {factor:.10g}"
            report.add("repaired", what, column=name)
        wrong = table[name].isna() & ~cells.isin(NO_VALUE)
        for cell, row in zip(cells[wrong], table.loc[wrong, "_row"], strict=True):
            what = f"{cell!r} is not a count of people"
            report.add("refused", what, row=row, column=name, repair="Write a plain number, zero or more.")
        report.facts[f"total {name}"] = float(table[name].sum())
    rows = "row " + table["_row"].astype(str)
    ids = table["id"].where(table["id"].ne(""), rows) if "id" in found else rows
    ids = pd.Series(recoded(pd.Index(ids), source.codes, report), index=ids.index)
    ids = ids.where(~ids.duplicated(keep=False), ids + " (" + rows + ")")
    report.facts = {"role": "workers", **report.facts}
    return table.set_axis(pd.Index(ids, dtype="str", name="id")).assign(source=path.name), report
