"""OSMnx graphs in other forms: undirected ones, ones without classes, lines drawn from the other node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import osmnx
import pytest
from shapely import LineString

from planner.errors import InputError
from planner.inputs.roads.read import read_roads
from tests.travel.made_streets import lonlat, trip, trips

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


TAGS: list[tuple[dict[str, Any], str, bool, bool]] = [  # attributes of 1-2, a mode, open from 1 to 2, and back
    ({"bicycle": "no"}, "ebike", False, False), ({"motor_vehicle": "private"}, "car", True, True),
    ({"motor_vehicle": ["yes", "no"]}, "car", False, False), ({"hgv": "no"}, "truck", False, False),
    ({"maxheight": "3.5"}, "truck", False, False), ({"maxweight": ["20", "7.5"]}, "truck", False, False),
    ({"foot": "no"}, "foot", False, False), ({"motorroad": "yes"}, "ebike", False, False),
    ({"oneway": True, "oneway:bicycle": "no"}, "ebike", True, True),
    ({"oneway": True, "oneway:bicycle": ["no", "yes"]}, "ebike", True, False),
    ({"oneway": True, "cycleway": "opposite_lane"}, "ebike", True, True),
    ({"oneway:bicycle": "yes"}, "ebike", True, False),
    ({"oneway:bicycle": "yes", "reversed": True}, "ebike", False, True),  # the edge runs against the way
    ({"vehicle:backward": "no", "reversed": True}, "car", False, True),
    ({"vehicle:backward": "no", "reversed": [True, False]}, "car", True, True),
]  # fmt: skip


@pytest.mark.parametrize(("data", "mode", "there", "back"), TAGS)
def test_tags_beyond_those_of_osmnx_count(
    tmp_path: Path, data: dict[str, Any], mode: str, there: bool, back: bool
) -> None:
    """Whoever lets osmnx keep more tags (``useful_tags_way``) has them read as in the map itself."""
    made = graph(**data)
    if made.has_edge(2, 1) and data.get("reversed") is True:
        made.edges[2, 1, 0]["reversed"] = False
    roads, report = read_roads(saved(tmp_path, made))
    ends = PLACES[1], PLACES[2]
    assert (trip(roads, mode, *ends) is not None, trip(roads, mode, *ends[::-1]) is not None) == (there, back)
    assert any("what they say of one direction" in fault.what for fault in report.of("skipped")) == (
        isinstance(data.get("reversed"), list)
    )


def test_limits_of_one_direction(tmp_path: Path) -> None:
    """36 km/h from 1 to 2 on an edge that runs against its way, whose backward limit it is."""
    made = graph(**{"maxspeed:backward": "36", "maxspeed:forward": "18", "reversed": True})
    made.edges[2, 1, 0]["reversed"] = False
    found = trips(read_roads(saved(tmp_path, made))[0], "car", PLACES)
    assert [round(found[ends][0]) for ends in ((1, 2), (2, 1))] == [50, 100]


def test_barriers_and_ferries_of_a_graph(tmp_path: Path) -> None:
    """A bollard of a node stops cars; an edge of a ferry is one, beside streets with classes and without."""
    made = graph()
    made.nodes[2]["barrier"] = "bollard"
    roads, report = read_roads(saved(tmp_path, made))
    assert trip(roads, "car", PLACES[1], PLACES[3]) is None
    assert trip(roads, "ebike", PLACES[1], PLACES[3]) is not None
    assert "an OSMnx graph holds no turn restrictions" in [fault.what for fault in report.of("warning")]
    for of_others in ("residential", None):
        made = graph(route="ferry", duration="00:10", highway=None)
        nx.set_edge_attributes(made, {ends: {"highway": of_others} for ends in ((2, 3, 0), (3, 2, 0))})
        roads, report = read_roads(saved(tmp_path, made))
        assert trip(roads, "car", PLACES[1], PLACES[2]) is None
        found = trip(roads, "car", PLACES[1], PLACES[2], ferries=True)
        assert found is not None
        assert round(found[0]) == 600
        assert not list(report.of("skipped"))


BROKEN = [
    (">114.3<", ">east<", "x and y of node 1 are no numbers: 'east', '30.6'"),
    (">114.3<", ">nan<", "x and y of node 1 are no numbers"),
    ('target="2"', 'target="77"', "the edge from 1 to 77 names a node that is not there"),
    ("epsg:4326", "epsg:999999", "Invalid projection"),
]


@pytest.mark.parametrize(("old", "new", "told"), BROKEN)
def test_graphs_that_are_none(tmp_path: Path, old: str, new: str, told: str) -> None:
    """What is wrong is said, with the node or the edge."""
    file = saved(tmp_path, graph())
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"town\.graphml: not an OSMnx") as refused:
        read_roads(file)
    assert told in str(refused.value)


@pytest.mark.parametrize("line", ["LINESTRING (a b)", "LINESTRING EMPTY", ""])
def test_lines_that_cannot_be_read(tmp_path: Path, line: str) -> None:
    """The edge is straight then, and told; a length that is no number matters nowhere."""
    roads, report = read_roads(saved(tmp_path, graph(geometry=line, length="0.5 km")))
    found = trip(roads, "car", PLACES[1], PLACES[2])
    assert found is not None
    assert round(found[1]) == 500
    assert ("cannot be read: a straight one" in str(report)) == bool(line)
