"""OSMnx graphs in other forms: undirected ones, ones without classes, lines drawn from the other node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import osmnx
import pytest
from shapely import LineString

from planner.inputs.roads.read import read_roads
from tests.travel.made_streets import lonlat, trips

PLACES = {1: (0.0, 0.0), 2: (500.0, 0.0), 3: (1000.0, 0.0)}


def graph(**of_first: Any) -> nx.MultiDiGraph:
    """A graph of two two-way streets, 1-2 and 2-3; ``of_first`` are attributes of 1 → 2, one-way where they say so."""
    made = nx.MultiDiGraph(crs="epsg:4326")
    for node, place in PLACES.items():
        made.add_node(node, x=lonlat(place)[0], y=lonlat(place)[1])
    for u, v in ((1, 2), (2, 1), (2, 3), (3, 2)):
        data = {"osmid": min(u, v), "length": 500.0, "highway": "residential", "oneway": False}
        data |= of_first if min(u, v) == 1 else {}
        if not (data["oneway"] and (u, v) == (2, 1)):
            made.add_edge(u, v, **data)
    return made


def saved(folder: Path, made: Any) -> Path:
    """Return the file of a graph."""
    osmnx.save_graphml(made, folder / "town.graphml")
    return folder / "town.graphml"


@pytest.mark.parametrize("oneway", [False, True])
def test_undirected_graphs(tmp_path: Path, oneway: bool) -> None:
    """The same trips as in the directed graph: osmnx notes from which node to which a street was."""
    found = [
        trips(read_roads(saved(tmp_path, made))[0], "car", PLACES).keys()
        for made in (graph(oneway=oneway), osmnx.convert.to_undirected(graph(oneway=oneway)))
    ]
    assert found[0] == found[1]
    assert ((2, 1) in found[0]) == (not oneway)


def test_a_lost_direction_is_told(tmp_path: Path) -> None:
    """Without from and to nobody knows the direction of a one-way street: two-way, with a warning."""
    made = osmnx.convert.to_undirected(graph(oneway=True))
    for *_, data in made.edges(data=True):
        data.pop("from")
        data.pop("to")
    roads, report = read_roads(saved(tmp_path, made))
    assert {(1, 2), (2, 1)} <= trips(roads, "car", PLACES).keys()
    assert any("lost the direction of 1 one-way" in fault.what for fault in report.of("warning"))


def test_a_line_from_the_other_node(tmp_path: Path) -> None:
    """A line drawn from 2 to 1 on an edge from 1 to 2 is turned round, not run through to and fro."""
    line = LineString([lonlat((x, 0.0)) for x in (500, 400, 100, 0)])
    made = nx.MultiGraph(graph(geometry=line))
    roads, _ = read_roads(saved(tmp_path, made))
    assert roads.metres.max() == pytest.approx(500, abs=0.1)


def test_graphs_without_classes(tmp_path: Path) -> None:
    """All roads, and told; where others have a class, those without are no streets, and counted."""
    made = graph()
    for *_, data in made.edges(data=True):
        data.pop("highway")
    roads, report = read_roads(saved(tmp_path, made))
    assert (1, 3) in trips(roads, "car", PLACES)
    assert any("no classes of streets" in fault.what for fault in report.of("assumed"))
    roads, report = read_roads(saved(tmp_path, graph(highway=None)))
    assert (1, 3) not in trips(roads, "car", PLACES)
    assert any("2 edges without a class" in fault.what for fault in report.of("skipped"))
