"""Fetching a district, against a small server on the loopback address that speaks as Nominatim and Overpass do."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.district import read_district
from planner.scenario import read_scenario

from .made_server import Server, asks_for_streets, get, osm, overpass, reply


def test_a_fetched_district_is_ready_to_be_read(server: Server, tmp_path: Path) -> None:
    """The folder holds streets with their turn bans, places, land use, an outline, sources and a valid scenario."""
    fetched = get(server, tmp_path / "新区 1")
    scenario = read_scenario(fetched.scenario)
    district = read_district(scenario)
    assert district.roads is not None
    assert len(district.roads.restrictions) == 1
    assert len(district.pois) == 7
    assert len(district.centres) == 1
    assert fetched.categories == {"shop=bakery": 7}
    assert "shop=bakery | 7" in (fetched.folder / "SOURCES.md").read_text(encoding="utf-8")


def test_a_place_is_found_by_name(server: Server, tmp_path: Path) -> None:
    """The outline comes from the first answer that has one; the name is only ever text."""
    outline = {"type": "Polygon", "coordinates": [[[121.4, 28.6], [121.42, 28.6], [121.42, 28.62], [121.4, 28.6]]]}
    places = [
        {"display_name": "a point", "geojson": {"type": "Point", "coordinates": [0, 0]}},
        {"display_name": '椒江"区\\', "geojson": outline},
    ]

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        reply(request, json.dumps(places).encode() if "polygon_geojson" in question else osm(question))

    server.answer = answer
    fetched = get(server, tmp_path / "jj", place="椒江区, 台州市")
    assert "q=椒江区, 台州市" in server.questions[0]
    assert read_scenario(fetched.scenario).district.name == '椒江"区\\'
    assert all("28.600000 121.420000 28.620000 121.420000" in question for question in server.questions[1:])


def test_an_unknown_place_asks_for_an_outline(server: Server, tmp_path: Path) -> None:
    """A name without an outline ends in a sentence that says what to give instead."""
    server.answer = lambda request, question: reply(request, b"[]")
    with pytest.raises(InputError, match=r"knows no place '没有'.*--bbox"):
        get(server, tmp_path / "x", place="没有")


@pytest.mark.case(72, "the download server refuses the connection", "a sentence that names the file to supply")
def test_a_refusing_server_is_given_up(server: Server, tmp_path: Path) -> None:
    """Nobody listens: the sentence says so and which file to supply."""
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(InputError, match=r"refuses the connection\. Supply the streets yourself: an \.osm\.pbf"):
        get(server, tmp_path / "x", limit=2.0)


@pytest.mark.case(72, "the download server never answers, or a byte at a time", "given up within the limit")
@pytest.mark.parametrize("manner", ["silent", "trickling"])
def test_a_silent_server_is_given_up_in_time(server: Server, tmp_path: Path, manner: str) -> None:
    """Neither silence nor a trickle holds the planner longer than the limit."""
    done = threading.Event()

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        if manner == "trickling":
            request.send_response(200)
            request.end_headers()
        while not done.wait(0.2):
            if manner == "trickling":
                request.wfile.write(b"<")
                request.wfile.flush()

    server.answer = answer
    start = time.monotonic()
    with pytest.raises(InputError, match=r"does not answer.*Supply the streets"):
        get(server, tmp_path / "x", limit=1.5)
    done.set()
    assert time.monotonic() - start < 10
    assert not list((tmp_path / "x").glob("roads.osm*"))


@pytest.mark.case(72, "the download server is busy (429) at first", "asked again, then complete")
def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    """A rate limit is waited out as long as the limit allows."""

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        if len(server.questions) == 1:
            reply(request, b"slow down", 429, Retry_After="1")
        else:
            reply(request, osm(question))

    server.answer = answer
    assert len(read_district(read_scenario(get(server, tmp_path / "x").scenario)).pois) == 7
    assert len(server.questions) == 4


def test_an_endless_rate_limit_is_given_up(server: Server, tmp_path: Path) -> None:
    """A server that stays busy, or asks for an hour's patience, is named with its answer."""
    server.answer = lambda request, question: reply(request, b"", 429, Retry_After="3600")
    with pytest.raises(InputError, match=r"is busy \(429\)\. Supply the streets"):
        get(server, tmp_path / "x")


@pytest.mark.parametrize("manner", ["length", "closing bracket"])
def test_a_truncated_answer_is_not_kept(server: Server, tmp_path: Path, manner: str) -> None:
    """An answer that breaks off, by its length or by its end, never becomes a street file."""

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        body = osm(question)
        reply(request, body[:-20], length=len(body) if manner == "length" else None)
        request.close_connection = True

    server.answer = answer
    with pytest.raises(InputError, match="broke off in the middle"):
        get(server, tmp_path / "x", limit=1.5)
    assert not (tmp_path / "x" / "roads.osm").exists()


def test_a_remark_of_the_server_is_told(server: Server, tmp_path: Path) -> None:
    """Overpass answers 200 with a remark when it ran out of time: that is a fault, not an empty district."""
    body = overpass(remark=" runtime error: Query timed out ")
    server.answer = lambda request, question: reply(request, body)
    with pytest.raises(InputError, match=r"Query timed out.*smaller area"):
        get(server, tmp_path / "x")


def test_a_broken_run_goes_on(server: Server, tmp_path: Path) -> None:
    """Parts that came whole are kept; only the others are asked for again."""

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        reply(request, osm(question), 200 if asks_for_streets(question) else 400)

    server.answer = answer
    with pytest.raises(InputError, match="answers 400"):
        get(server, tmp_path / "x")
    assert not (tmp_path / "x" / "scenario.toml").exists()
    server.answer = lambda request, question: reply(request, osm(question))
    server.questions.clear()
    fetched = get(server, tmp_path / "x")
    assert fetched.report.facts["roads.osm"] == "kept from an earlier run"
    assert not any(asks_for_streets(question) for question in server.questions)


def test_a_folder_with_a_scenario_is_left_alone(server: Server, tmp_path: Path) -> None:
    """Nothing of the planner's own is overwritten."""
    (tmp_path / "scenario.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds a scenario already"):
        get(server, tmp_path)
    assert not server.questions


@pytest.mark.case(74, "bbox in another order: 30.6,30.5,114.4,114.3", "refused; west,south,east,north accepted")
@pytest.mark.parametrize("bbox", [(30.6, 30.5, 114.4, 114.3), (114.4, 30.5, 114.3, 30.6), (28.6, 121.4, 28.7, 121.5)])
def test_a_bbox_in_another_order_is_refused(server: Server, tmp_path: Path, bbox: tuple[float, ...]) -> None:
    """The sentence names the order and gives an example; nothing is asked for."""
    with pytest.raises(InputError, match="west,south,east,north"):
        get(server, tmp_path / "x", bbox=bbox)
    assert not server.questions


def test_a_whole_province_is_not_asked_of_a_public_server(server: Server, tmp_path: Path) -> None:
    """Beyond 4,000 km² the sentence says which file to supply."""
    with pytest.raises(InputError, match=r"km².*\.osm\.pbf"):
        get(server, tmp_path / "x", bbox=(118.0, 27.0, 122.0, 31.0))


@pytest.mark.case(80, "a download of exactly 200 places", "a warning that names the page cap")
def test_a_count_at_a_page_cap_is_warned_of(server: Server, tmp_path: Path) -> None:
    """200 places may be a cut-off answer, 203 are not; classes without any place are named."""
    server.answer = lambda request, question: reply(request, osm(question, shops=200))
    warnings = [str(fault) for fault in get(server, tmp_path / "a").report.of("warning")]
    assert any("200 rows is a known page cap" in line for line in warnings)
    assert any("restaurant" in line for line in warnings)
    server.answer = lambda request, question: reply(request, osm(question, shops=203))
    assert not any("page cap" in str(fault) for fault in get(server, tmp_path / "b").report.of("warning"))
