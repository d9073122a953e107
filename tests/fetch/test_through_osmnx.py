"""osmnx asks and keeps the answers: its settings are the user's again, and nothing it cannot bear reaches it."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import osmnx
import pytest

from planner.errors import InputError
from planner.inputs.district import read_district
from planner.scenario import read_scenario

from .made_server import BBOX, Server, asks_for_streets, get, osm, overpass, reply, way


@pytest.fixture
def state() -> Any:
    """What osmnx holds for the whole process, as it is now."""
    return lambda: (dict(vars(osmnx.settings)), socket.getaddrinfo)


@pytest.mark.parametrize("end", ["done", "refused", "no such place"])
def test_the_settings_are_put_back(server: Server, tmp_path: Path, state: Any, end: str) -> None:
    """Also the look-up of names, whatever the end; the user's own cache stays as it is."""
    before = state()
    if end == "done":
        get(server, tmp_path / "x")
    else:
        server.answer = lambda request, question: reply(request, b"[]", 200 if end == "no such place" else 403)
        with pytest.raises(InputError):
            get(server, tmp_path / "x", place="某地")
    assert state() == before
    assert not Path(before[0]["cache_folder"]).exists()


STREET = overpass({"type": "node", "id": 1, "lat": 28.6, "lon": 121.4}, way(1, [1, 2], name="东环路" * 9, oneway="no"))


@pytest.mark.parametrize(
    "kept", [0, 1, 2, *range(5, len(STREET) - 2, 17), *range(len(STREET) - 60, len(STREET) - 1, 5)]
)
def test_an_answer_that_is_cut_anywhere_is_told_as_such(server: Server, tmp_path: Path, kept: int) -> None:
    """In a word, a number, a name of three bytes a letter or between brackets: it broke off, it is not another text."""
    server.answer = lambda request, question: reply(request, STREET[:kept])
    with pytest.raises(InputError, match="broke off in the middle"):
        get(server, tmp_path / "x", limit=0.9)


def test_a_large_area_comes_in_pieces(server: Server, tmp_path: Path) -> None:
    """osmnx asks for more than 2,500 km² piece by piece; what lies in two pieces comes once."""
    fetched = get(server, tmp_path / "x", bbox=(121.0, 28.4, 121.6, 28.9))
    assert sum(map(asks_for_streets, server.questions)) > 1
    district = read_district(read_scenario(fetched.scenario))
    assert district.roads is not None
    assert (len(district.roads.restrictions), len(district.pois), len(district.centres)) == (1, 7, 1)


def test_a_server_that_fails_is_not_asked_for_the_other_pieces(server: Server, tmp_path: Path) -> None:
    """One refusal ends the run."""
    server.answer = lambda request, question: reply(request, b"", 403)
    with pytest.raises(InputError, match="answers 403"):
        get(server, tmp_path / "x", bbox=(121.0, 28.4, 121.6, 28.9))
    assert len(server.questions) == 1


def test_what_osmnx_asks_beside_streets_changes_none(server: Server, tmp_path: Path) -> None:
    """Bus stops, a ferry's route, and characters that no file may hold: the streets are the same."""
    plain = read_district(read_scenario(get(server, tmp_path / "a").scenario)).roads
    more = [
        {"type": "node", "id": 77, "lat": 28.603, "lon": 121.411, "tags": {"highway": "bus_stop"}},
        {"type": "relation", "id": 3, "members": [], "tags": {"type": "route", "route": "ferry", "name": "渡\u0001口"}},
        {"type": "count", "id": 0, "tags": {}},
    ]

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        elements = json.loads(osm(question))["elements"]
        reply(request, overpass(*more, *reversed(elements)))

    server.answer = answer
    again = read_district(read_scenario(get(server, tmp_path / "b").scenario)).roads
    assert plain is not None
    assert again is not None
    assert plain.node_id.tolist() == again.node_id.tolist()
    assert (plain.lon.tolist(), plain.lat.tolist()) == (again.lon.tolist(), again.lat.tolist())
    assert plain.restrictions == again.restrictions


def test_only_areas_of_a_name_compete(server: Server, tmp_path: Path) -> None:
    """A school that bears the district's name is no other district."""

    def square(west: float, south: float) -> dict[str, Any]:
        ring = [[west, south], [west + 0.02, south], [west + 0.02, south + 0.02], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}

    places = [
        {"class": "amenity", "display_name": "海东区学校, 甲市", "geojson": square(121.45, 28.65)},
        {"class": "boundary", "display_name": "海东区, 甲市", "geojson": square(121.40, 28.60)},
    ]

    def answer(request: BaseHTTPRequestHandler, question: str) -> None:
        reply(request, json.dumps(places).encode() if "polygon_geojson" in question else osm(question))

    server.answer = answer
    fetched = get(server, tmp_path / "x", place="海东区")
    assert read_scenario(fetched.scenario).district.name == "海东区, 甲市"


def test_a_proxy_of_the_network_is_asked_for_the_server_only(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is given the server's address, not that of the relay on this machine."""
    monkeypatch.setenv("http_proxy", server.address)
    monkeypatch.setenv("all_proxy", server.address)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr("urllib.request._opener", None)  # it remembers the proxies of the first call
    server.answer = lambda request, question: reply(request, b"[]")
    with pytest.raises(InputError, match="knows no place"):
        get(server, tmp_path / "x", place="某地")
    assert len(server.questions) == 1
    assert server.questions[0].startswith(f"{server.address}/search?")


def test_two_runs_at_once_do_not_mix(server: Server, tmp_path: Path) -> None:
    """Settings of osmnx are global: each question has its own server all the same."""
    other = Server()
    other.answer = lambda request, question: reply(request, osm(question, shops=11))
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(get, one, tmp_path / name, bbox=BBOX) for one, name in ((server, "a"), (other, "b"))]
        counts = [run.result().categories["shop=bakery"] for run in runs]
    other.http.shutdown()
    other.http.server_close()
    assert counts == [7, 11]
    assert (len(server.questions), len(other.questions)) == (3, 3)
