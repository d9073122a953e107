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

__all__ = ["read_graphml"]

_NS = "{http://graphml.graphdrawing.org/xmlns}"
_Edge = tuple[str, str, dict[str, str]]
_TAGS = ("highway", "maxspeed", "access", "bridge", "tunnel", "service", "junction", "lanes")


def read_graphml(path: Path, *, clip: Box | None = None) -> tuple[Roads, Report]:
    """Return the streets of an OSMnx graph; lengths are measured again on the ellipsoid.

    Raises :class:`planner.errors.InputError` when the file is not such a graph.
    """
    report = Report(path.name)
    try:
        crs, nodes, edges, directed = _parse(path)
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        repair = "Save it with osmnx.save_graphml, or use the OpenStreetMap file itself."
        raise InputError(Fault(f"not an OSMnx GraphML file: {error}", file=path.name, repair=repair)) from None
    ref, places, sizes = list[int](), list[tuple[float, float]](), list[int]()
    ways = WayList(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))
    to_wgs84 = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    number = {node: i for i, node in enumerate(nodes)}
    inner = len(number)
    unclassed = _unclassed(edges, report)
    for u, v, data, twoway in _streets(edges) if directed else _undirected(edges, report):
        points = _points(nodes, u, v, data, to_wgs84)
        lon, lat = np.array(points, float).T
        if clip is not None and not in_box(lon, lat, np.zeros(len(points)), clip).any():
            continue
        between = range(inner, inner + len(points) - 2)
        inner += len(points) - 2
        ref += [number[u], *between, number[v]]
        places += points
        sizes.append(len(points))
        ways.way.append(_first_id(data.get("osmid", "")))
        ways.tag.append(ways.tags(unclassed | _tags(data, twoway, report)))
        names = _values(data.get("name", ""))
        ways.name.append(ways.names(names[0] if names else ""))
    ways.ref, ways.size = np.array(ref, np.int64), np.array(sizes, np.int64)
    ways.lon, ways.lat = np.array(places, float).reshape(-1, 2).T
    for node, data in nodes.items():
        if data.get("highway") in ("traffic_signals", "crossing"):
            ways.node_tags[number[node]] = {"highway": data["highway"]}
    roads = build_roads(ways, report)
    merged = report.facts.pop("merged classes", 0)
    if merged:
        report.add("assumed", f"{merged} streets were merged from unlike classes or limits: the slowest counts")
    report.add("warning", "an OSMnx graph holds no turn restrictions and no barriers")
    report.facts |= {
        "edges": len(roads),
        "nodes": len(roads.node_id),
        "kilometres": round(float(roads.metres.sum()) / 1000, 3),
        "licence": "© OpenStreetMap contributors, ODbL",
    }
    return roads, report


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
    return pyproj.CRS.from_user_input(graph.get("crs", "epsg:4326")), nodes, edges, directed


def _data(item: Any, names: dict[str, str]) -> dict[str, str]:
    return {names[data.attrib["key"]]: data.text or "" for data in item.iterfind(f"{_NS}data")}


def _unclassed(edges: list[_Edge], report: Report) -> dict[str, str]:
    """Return the tags of a street without a class: a road where no street has one, nothing where others have."""
    without = sum(not _values(data.get("highway", "")) for _, _, data in edges)
    if without == len(edges):
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
        if oneway and ends in ((u, v), (v, u)):
            yield *ends, data, False
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
        length, osmid = round(float(data.get("length") or 0), 1), str(sorted(_values(data.get("osmid", ""))))
        others = waiting.get((v, u, length, osmid))
        if others:
            other = others.pop()
            twin[i], twin[other] = other, i
        else:
            waiting.setdefault((u, v, length, osmid), []).append(i)
    for i, (u, v, data) in enumerate(edges):
        if twin[i] < 0 or i < twin[i]:
            yield u, v, data, twin[i] >= 0


def _points(nodes: Any, u: str, v: str, data: dict[str, str], to_wgs84: Any) -> list[tuple[float, float]]:
    ends = [(float(nodes[node]["x"]), float(nodes[node]["y"])) for node in (u, v)]
    points = ends
    if data.get("geometry"):
        line = shapely.get_coordinates(shapely.from_wkt(data["geometry"]))
        if math.dist(line[0], ends[0]) > math.dist(line[0], ends[1]):
            line = line[::-1]  # drawn from the other node, as in undirected graphs
        inner = line[1:-1]
        points = [ends[0], *((float(x), float(y)) for x, y in inner), ends[1]]
    lon, lat = to_wgs84.transform([x for x, _ in points], [y for _, y in points])
    return list(zip(lon, lat, strict=True))


def _tags(data: dict[str, str], twoway: bool, report: Report) -> dict[str, str]:
    tags = {"oneway": "no" if twoway else "yes"}
    for key in _TAGS:
        values = _values(data.get(key, ""))
        if len(values) > 1 and key in ("highway", "maxspeed"):
            report.facts["merged classes"] = report.facts.get("merged classes", 0) + 1
        if values:
            tags[key] = of_merged(key, values)
    if tags.get("highway") in ("footway", "steps", "pedestrian", "path", "corridor"):
        tags.pop("oneway")
    if is_elevated(data.get("name", "")):
        tags["elevated"] = "yes"
    return tags


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
