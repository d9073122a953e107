"""GraphML as OSMnx saves it: directed edges become two-way streets again where their twin is there.

An undirected graph has each street once: it is two-way, unless it says ``oneway`` and from which node to which.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyproj
import shapely

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.roads.build import WayList, build_roads
from planner.inputs.roads.clip import Box, in_box
from planner.inputs.roads.merged import of_merged
from planner.inputs.roads.read import Roads, is_elevated
from planner.inputs.roads.tags import is_kept, kept_tags

__all__ = ["read_graphml"]

_NS = "{http://graphml.graphdrawing.org/xmlns}"
_Edge = tuple[str, str, dict[str, str]]
_TURNED = {"forward": "backward", "backward": "forward"}  # seen from the other end
_TURNED_ONEWAY = _TURNED | {"yes": "-1", "1": "-1", "true": "-1", "-1": "yes", "reverse": "yes"}


def read_graphml(path: Path, *, clip: Box | None = None) -> tuple[Roads, Report]:
    """Return the streets of an OSMnx graph; lengths are measured again on the ellipsoid.

    Raises :class:`planner.errors.InputError` when the file is not such a graph.
    """
    report = Report(path.name)
    try:
        crs, nodes, edges, directed = _parse(path)
    except (ElementTree.ParseError, KeyError, ValueError, pyproj.exceptions.CRSError) as error:
        repair = "Save it with osmnx.save_graphml, or use the OpenStreetMap file itself."
        raise InputError(Fault(f"not an OSMnx GraphML file: {error}", file=path.name, repair=repair)) from None
    ref, places, sizes = list[int](), list[tuple[float, float]](), list[int]()
    ways = WayList(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))
    to_wgs84 = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    number = {node: i for i, node in enumerate(nodes)}
    inner = len(number)
    unclassed = _unclassed(edges, report)
    for u, v, data, twoway in _streets(edges) if directed else _undirected(edges, report):
        points = _points(nodes, u, v, data, to_wgs84, report)
        lon, lat = np.array(points, float).T
        if clip is not None and not in_box(lon, lat, np.zeros(len(points)), clip).any():
            continue
        between = range(inner, inner + len(points) - 2)
        inner += len(points) - 2
        ref += [number[u], *between, number[v]]
        places += points
        sizes.append(len(points))
        ways.way.append(_first_id(data.get("osmid", "")))
        tags = _tags(data, twoway, report)
        ways.tag.append(ways.tags(tags if tags.get("route") == "ferry" else unclassed | tags))
        names = _values(data.get("name", ""))
        ways.name.append(ways.names(names[0] if names else ""))
    ways.ref, ways.size = np.array(ref, np.int64), np.array(sizes, np.int64)
    ways.lon, ways.lat = np.array(places, float).reshape(-1, 2).T
    for node, data in nodes.items():
        if "barrier" in data or data.get("highway") in ("traffic_signals", "crossing"):
            ways.node_tags[number[node]] = kept_tags(data)
    roads = build_roads(ways, report)
    _tell_lost(report, barriers=any("barrier" in tags for tags in ways.node_tags.values()))
    report.facts |= {
        "edges": len(roads),
        "nodes": len(roads.node_id),
        "kilometres": round(float(roads.metres.sum()) / 1000, 3),
        "licence": "© OpenStreetMap contributors, ODbL",
    }
    return roads, report


def _tell_lost(report: Report, *, barriers: bool) -> None:
    """Tell what the graph does not say, and what was counted while its tags were read."""
    if merged := report.facts.pop("merged classes", 0):
        report.add("assumed", f"{merged} streets were merged from unlike classes or limits: the slowest counts")
    if mixed := report.facts.pop("mixed directions", 0):
        what = f"{mixed} streets were merged from ways drawn towards each other: what they say of one direction is lost"
        report.add("skipped", what)
    report.add("warning", f"an OSMnx graph holds no turn restrictions{'' if barriers else ' and no barriers'}")


def _parse(path: Path) -> tuple[pyproj.CRS, dict[str, dict[str, str]], list[_Edge], bool]:
    names: dict[str, str] = {}
    graph: dict[str, str] = {}
    nodes: dict[str, dict[str, str]] = {}
    edges: list[_Edge] = []
    directed = True
    for _, item in ElementTree.iterparse(path):
        if item.tag == f"{_NS}key":
            names[item.attrib["id"]] = item.attrib["attr.name"]
        elif item.tag == f"{_NS}node":
            nodes[item.attrib["id"]] = _data(item, names)
            item.clear()
        elif item.tag == f"{_NS}edge":
            edges.append((item.attrib["source"], item.attrib["target"], _data(item, names)))
            item.clear()
        elif item.tag == f"{_NS}graph":
            graph, directed = _data(item, names), item.attrib.get("edgedefault") != "undirected"
    if not nodes or any("x" not in data or "y" not in data for data in nodes.values()):
        raise ValueError("its nodes have no x and y")
    for node, data in nodes.items():
        if not all(map(_is_number, (data["x"], data["y"]))):
            raise ValueError(f"x and y of node {node} are no numbers: {data['x']!r}, {data['y']!r}")
    for u, v, _ in edges:
        if u not in nodes or v not in nodes:
            raise ValueError(f"the edge from {u} to {v} names a node that is not there")
    return pyproj.CRS.from_user_input(graph.get("crs", "epsg:4326")), nodes, edges, directed


def _data(item: Any, names: dict[str, str]) -> dict[str, str]:
    return {names[data.attrib["key"]]: data.text or "" for data in item.iterfind(f"{_NS}data")}


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _unclassed(edges: list[_Edge], report: Report) -> dict[str, str]:
    """Return the tags of a street without a class: a road where no street has one, nothing where others have."""
    land = [data for _, _, data in edges if data.get("route") != "ferry"]
    without = sum(not _values(data.get("highway", "")) for data in land)
    if without == len(land):
        report.add("assumed", "the graph has no classes of streets (highway): all are taken as road")
        return {"highway": "road"}
    if without:
        report.add("skipped", f"{without} edges without a class (highway) are used by no mode")
    return {}


def _undirected(edges: list[_Edge], report: Report) -> Iterator[tuple[str, str, dict[str, str], bool]]:
    """Iterate over the streets of an undirected graph: two-way but for one-way ones whose direction is stated."""
    lost = 0
    for u, v, data in edges:
        ends = data.get("from", ""), data.get("to", "")
        oneway = _values(data.get("oneway", "")) in (["True"], ["true"], ["1"], ["yes"])
        if ends in ((u, v), (v, u)):
            yield *ends, data, not oneway
        else:
            lost += oneway
            yield u, v, data, True
    if lost:
        what = f"the graph is undirected and has lost the direction of {lost} one-way streets: they are two-way"
        report.add("warning", what, repair="Save the directed graph, as OSMnx makes it.")


def _streets(edges: list[_Edge]) -> Iterator[tuple[str, str, dict[str, str], bool]]:
    """Iterate over the streets: an edge and its twin in the other direction are one two-way street."""
    waiting: dict[Any, list[int]] = {}
    twin = [-1] * len(edges)
    for i, (u, v, data) in enumerate(edges):
        text = data.get("length", "")
        length = round(float(text), 1) if _is_number(text) else 0.0
        osmid = str(sorted(_values(data.get("osmid", ""))))
        others = waiting.get((v, u, length, osmid))
        if others:
            other = others.pop()
            twin[i], twin[other] = other, i
        else:
            waiting.setdefault((u, v, length, osmid), []).append(i)
    for i, (u, v, data) in enumerate(edges):
        if twin[i] < 0 or i < twin[i]:
            yield u, v, data, twin[i] >= 0


def _points(
    nodes: Any, u: str, v: str, data: dict[str, str], to_wgs84: Any, report: Report
) -> list[tuple[float, float]]:
    """Return the places along an edge; one whose line cannot be read is straight, and told."""
    ends = [(float(nodes[node]["x"]), float(nodes[node]["y"])) for node in (u, v)]
    points = ends
    if data.get("geometry"):
        line = shapely.get_coordinates(shapely.from_wkt(data["geometry"], on_invalid="ignore"))
        if len(line) < 2:
            report.add("assumed", f"the line from {u} to {v} cannot be read: a straight one is taken")
            line = np.array(ends)
        if math.dist(line[0], ends[0]) > math.dist(line[0], ends[1]):
            line = line[::-1]  # drawn from the other node, as in undirected graphs
        inner = line[1:-1]
        points = [ends[0], *((float(x), float(y)) for x, y in inner), ends[1]]
    lon, lat = to_wgs84.transform([x for x, _ in points], [y for _, y in points])
    return list(zip(lon, lat, strict=True))


def _tags(data: dict[str, str], twoway: bool, report: Report) -> dict[str, str]:
    """Return all tags of an edge that a mode may ask about, seen in the direction of the edge."""
    tags: dict[str, str] = {}
    for key in data:
        values = _values(data[key]) if key != "oneway" and is_kept(key) else []
        if len(values) > 1 and key in ("highway", "maxspeed"):
            report.facts["merged classes"] = report.facts.get("merged classes", 0) + 1
        if values:
            tags[key] = of_merged(key, values)
    way = _values(data.get("reversed", ""))
    if len(set(way)) > 1:
        kept = {key: value for key, value in tags.items() if _turned(key, value) == (key, value)}
        report.facts["mixed directions"] = report.facts.get("mixed directions", 0) + (len(kept) < len(tags))
        tags = kept
    elif way and way[0].lower() in ("true", "1"):
        tags = dict(_turned(key, value) for key, value in tags.items())
    if tags.get("highway") not in ("footway", "steps", "pedestrian", "path", "corridor"):
        tags["oneway"] = "no" if twoway else "yes"
    if is_elevated(data.get("name", "")):
        tags["elevated"] = "yes"
    return tags


def _turned(key: str, value: str) -> tuple[str, str]:
    """Return a tag as it is seen from the other end: ``maxspeed:forward`` is ``maxspeed:backward``."""
    if key.startswith("oneway:") or key == "conveying":
        return key, _TURNED_ONEWAY.get(value, value)
    return ":".join(_TURNED.get(part, part) for part in key.split(":")), value


def _values(text: str) -> list[str]:
    """Return the values of an attribute, which may be a list written as text."""
    if text.startswith("["):
        try:
            return [str(value) for value in ast.literal_eval(text) if value is not None]
        except (ValueError, SyntaxError):
            return [text]
    return [text] if text and text not in ("nan", "None") else []


def _first_id(text: str) -> int:
    values = _values(text)
    return int(values[0]) if values and values[0].lstrip("-").isdigit() else 0
