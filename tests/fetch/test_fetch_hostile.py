"""Servers, networks and answers that go wrong: each ends in one plain sentence in time, and nothing is half kept."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import LineString, box

from planner.errors import InputError, PlannerError
from planner.inputs.district import read_district
from planner.scenario import read_scenario

from .made_server import Server, asks_for_streets, get, osm, overpass, reply

Answer = Callable[[BaseHTTPRequestHandler, str], None]
LOGIN = "\n<!DOCTYPE html><html><head><title>校园网登录</title></head><body>请登录</body></html>".encode()


def ring(west: float, south: float, wide: float = 0.02) -> list[list[float]]:
    east, north = west + wide, south + wide
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def named(*places: tuple[str, Any]) -> bytes:
    """What Nominatim answers: names, and their geometry or None."""
    return json.dumps([{"display_name": name, "geojson": shape} for name, shape in places]).encode()


def polygon(west: float, south: float, wide: float = 0.02) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring(west, south, wide)]}


def leftovers(folder: Path) -> list[str]:
    """Files that hold an answer, whole or not."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "boundary.geojson")


@pytest.mark.parametrize("manner", ["half a header", "headers that trickle", "headers without end", "no HTTP"])
def test_headers_that_never_end_are_given_up(server: Server, tmp_path: Path, manner: str) -> None:
    """Within the limit and a little, whatever comes before the answer itself."""
    done = threading.Event()

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        write = request.wfile.write
        if manner == "no HTTP":
            write(b"220 ftp.example ready\r\n\r\n")
            request.close_connection = True
            return
        write(b"HTTP/1.1 200 OK\r\nContent-Ty")
        request.wfile.flush()
        while not done.wait(0.05):
            if manner == "headers that trickle":
                write(b"x")
            elif manner == "headers without end":
                write(b"pe: a\r\nX-More: b\r\nContent-Ty")
            request.wfile.flush()

    server.answer = answer
    start = time.monotonic()
    with pytest.raises(
        InputError, match=r"(does not answer|does not speak|cannot be reached|broke off).*Supply the streets"
    ):
        get(server, tmp_path / "x", limit=1.5)
    done.set()
    assert time.monotonic() - start < 8
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("of", ["the place", "the streets"])
def test_the_sign_in_page_of_a_network_is_told(server: Server, tmp_path: Path, of: str) -> None:
    """A page with status 200 is no answer; the sentence says what to do, at once."""

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        if of == "the streets" and "polygon_geojson" in question:
            reply(request, named(("甲区", polygon(121.40, 28.60))))
        else:
            reply(request, LOGIN, Content_Type="text/html")

    server.answer = answer
    start = time.monotonic()
    with pytest.raises(InputError, match=r"web page instead of map data; if the network asks you to sign in"):
        get(server, tmp_path / "x", place="甲区")
    assert time.monotonic() - start < 3
    assert leftovers(tmp_path) == []


def test_a_wrong_content_type_does_not_matter(server: Server, tmp_path: Path) -> None:
    """Map data that calls itself text is map data."""
    server.answer = lambda request, question: reply(request, osm(question), Content_Type="text/html")
    assert len(read_district(read_scenario(get(server, tmp_path / "x").scenario)).pois) == 7


def test_a_packed_answer_is_unpacked(server: Server, tmp_path: Path) -> None:
    """gzip, asked for or not; a packing that nobody knows is named."""
    server.answer = lambda request, question: reply(request, gzip.compress(osm(question)), Content_Encoding="gzip")
    assert len(read_district(read_scenario(get(server, tmp_path / "x").scenario)).pois) == 7
    server.answer = lambda request, question: reply(request, b"\x8b\x01", Content_Encoding="br")
    with pytest.raises(InputError, match=r"unknown packing \('br'\)"):
        get(server, tmp_path / "y")


def test_a_packed_bomb_is_cut_off(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that unpacks without end stops at the largest size."""
    monkeypatch.setattr("planner.fetch.servers.LARGEST_ANSWER", 1 << 20)
    bomb = gzip.compress(b" " * (1 << 24))
    server.answer = lambda request, question: reply(request, bomb, Content_Encoding="gzip")
    with pytest.raises(InputError, match="sends more than"):
        get(server, tmp_path / "x")
    assert leftovers(tmp_path) == []


def test_redirects_in_a_circle_are_told(server: Server, tmp_path: Path) -> None:
    """Also one that points to a file of this machine."""
    server.answer = lambda request, question: reply(request, b"", 302, Location=f"{server.address}/again")
    with pytest.raises(InputError, match=r"round in circles \(redirects\)\. Supply"):
        get(server, tmp_path / "x")
    server.answer = lambda request, question: reply(request, b"", 302, Location="file:///etc/hostname")
    with pytest.raises(InputError, match=r"redirects"):
        get(server, tmp_path / "x")


def test_an_outline_without_streets_is_told(server: Server, tmp_path: Path) -> None:
    """Nothing there: no scenario that could not be planned."""
    server.answer = lambda request, question: reply(request, overpass())
    with pytest.raises(InputError, match=r"has no street there\. Check the outline"):
        get(server, tmp_path / "x")
    assert leftovers(tmp_path) == []


def test_streets_without_places_are_a_district_with_a_warning(server: Server, tmp_path: Path) -> None:
    """No shop and no land use: the scenario names only what is there, and can be read."""
    nothing = overpass()
    server.answer = lambda request, question: reply(request, osm(question) if asks_for_streets(question) else nothing)
    fetched = get(server, tmp_path / "x")
    assert fetched.categories == {}
    assert any("no places at all" in str(fault) for fault in fetched.report.of("warning"))
    assert read_district(read_scenario(fetched.scenario)).roads is not None


NODE = {"type": "node", "id": 1, "lat": 28.6, "lon": 121.4}


@pytest.mark.parametrize(
    "broken",
    [
        b"rubbish, and more of it",
        b"<osm><node id='x'/></osm>",
        b"[]",
        b"{}",
        b'{"elements": 7}',
        overpass("a text"),
        overpass({"id": 1}),
        overpass({"type": "node", "id": 1}),
        overpass(NODE | {"lat": 286.0}),
        overpass(NODE | {"lat": float("nan")}),
        overpass(NODE | {"id": "one"}),
        overpass(NODE, NODE | {"id": "one"}),
        overpass(NODE | {"id": 2**70}),
        overpass(NODE | {"tags": {"shop": 7}}),
        overpass({"type": "way", "id": 1, "nodes": ["x"]}),
        overpass({"type": "way", "id": 1}),
        overpass({"type": "relation", "id": 1, "members": [7]}),
    ],
)
def test_a_damaged_answer_is_not_kept(server: Server, tmp_path: Path, broken: bytes) -> None:
    """It ends as it should but is no sound answer."""
    server.answer = lambda request, question: reply(request, broken)
    with pytest.raises(
        InputError,
        match=r"(not answer in JSON|make nothing of the answer|is not sound|no street there).*Supply the streets",
    ):
        get(server, tmp_path / "x")
    assert leftovers(tmp_path) == []


def test_after_a_damaged_answer_the_next_run_asks_again(server: Server, tmp_path: Path) -> None:
    """Nothing remembers it."""
    server.answer = lambda request, question: reply(request, overpass("a text"))
    with pytest.raises(InputError, match=r"answer for roads\.osm is not sound: a damaged element"):
        get(server, tmp_path / "x")
    server.answer = lambda request, question: reply(request, osm(question))
    assert get(server, tmp_path / "x").scenario.is_file()


def test_several_places_of_one_name_are_listed(server: Server, tmp_path: Path) -> None:
    """No place is chosen silently; a full name decides; two outlines of one place are one."""
    places = named(
        ("鼓楼区, 南京市", polygon(118.75, 32.06)),
        ("鼓楼区, 徐州市", polygon(117.18, 34.28)),
        ("鼓楼, 南京市", {"type": "Point", "coordinates": [118.77, 32.07]}),
        ("鼓楼区(行政区), 南京市", polygon(118.7502, 32.0602)),
    )

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        reply(request, places if "polygon_geojson" in question else osm(question))

    server.answer = answer
    with pytest.raises(InputError, match=r"several places '鼓楼区': 鼓楼区, 南京市; 鼓楼区, 徐州市\. Write one"):
        get(server, tmp_path / "x", place="鼓楼区")
    fetched = get(server, tmp_path / "y", place="鼓楼区, 徐州市")
    assert read_scenario(fetched.scenario).district.name == "鼓楼区, 徐州市"


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"type": "Point", "coordinates": [121.4, 28.6]}, "only as a point"),
        ({"type": "LineString", "coordinates": [[121.4, 28.6], [121.5, 28.6]]}, "with an outline"),
        ({"type": "Polygon", "coordinates": [[[121.4, "north"]]]}, "with an outline"),
        ({"type": "Polygon", "coordinates": [ring(4e7, 3e6, 1000.0)]}, "with an outline"),
        (None, "with an outline"),
        ("a text", "with an outline"),
    ],
)
def test_a_place_without_a_usable_outline(server: Server, tmp_path: Path, shape: Any, words: str) -> None:
    """A node, a line, damaged coordinates or metres: the sentence asks for a box or a file."""
    server.answer = lambda request, question: reply(request, named(("某地", shape)))
    with pytest.raises(InputError, match=rf"{words}.*--bbox"):
        get(server, tmp_path / "x", place="某地")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"error": "x"}]', b"7]", b"\xff\xfe]"])
def test_an_answer_that_is_no_list_of_places(server: Server, tmp_path: Path, body: bytes) -> None:
    """Deep nesting, an error text and other bytes end in a sentence."""
    server.answer = lambda request, question: reply(request, body)
    with pytest.raises(InputError, match="--bbox"):
        get(server, tmp_path / "x", place="某地", limit=1.0)


def test_a_boundary_file_in_metres_with_two_polygons(server: Server, tmp_path: Path) -> None:
    """The system of the file is turned into degrees, and both parts are asked for in one box."""
    parts = gpd.GeoDataFrame(geometry=[box(121.40, 28.60, 121.41, 28.61), box(121.43, 28.62, 121.44, 28.63)], crs=4326)
    parts.to_crs(4549).to_file(tmp_path / "b.gpkg")
    get(server, tmp_path / "x", boundary=tmp_path / "b.gpkg")
    assert all("28.600000 121.440000 28.630000 121.440000" in question for question in server.questions)
    assert gpd.read_file(tmp_path / "x" / "boundary.geojson").geometry.iloc[0].geom_type == "MultiPolygon"


def test_two_small_polygons_far_apart_are_too_much(server: Server, tmp_path: Path) -> None:
    """The box around them is what the servers are asked for."""
    parts = gpd.GeoDataFrame(geometry=[box(113.0, 23.0, 113.01, 23.01), box(121.43, 28.62, 121.44, 28.63)], crs=4326)
    parts.to_file(tmp_path / "b.gpkg")
    with pytest.raises(InputError, match=r"the box around it cover"):
        get(server, tmp_path / "x", boundary=tmp_path / "b.gpkg")
    lines = gpd.GeoDataFrame(geometry=[LineString([(121.43, 28.62), (121.44, 28.63)])], crs=4326)
    lines.to_file(tmp_path / "l.gpkg")
    with pytest.raises(InputError, match=r"holds no polygon"):
        get(server, tmp_path / "x", boundary=tmp_path / "l.gpkg")
    assert not server.questions


def test_a_folder_that_is_a_file_is_named(server: Server, tmp_path: Path) -> None:
    """The sentence asks for another folder."""
    (tmp_path / "x").write_text("mine", encoding="utf-8")
    with pytest.raises(PlannerError, match=r"geojson cannot be written: .*Write to another folder"):
        get(server, tmp_path / "x")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "mine"


def test_a_run_that_is_cut_off_goes_on(server: Server, tmp_path: Path) -> None:
    """The sign-in page comes after the streets: they are kept, whole, and not asked for again."""
    server.answer = lambda request, question: reply(request, osm(question) if asks_for_streets(question) else LOGIN)
    with pytest.raises(InputError, match="web page"):
        get(server, tmp_path / "x")
    assert leftovers(tmp_path) == [".roads.osm.sha256", "roads.osm"]
    server.questions.clear()
    server.answer = lambda request, question: reply(request, osm(question))
    assert get(server, tmp_path / "x").scenario.is_file()
    assert not any(asks_for_streets(question) for question in server.questions)
