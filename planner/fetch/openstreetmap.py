"""What OpenStreetMap holds, downloaded by osmnx: places of a name, and what lies in an area, as the servers answer.

osmnx composes the questions, sends them and keeps the raw answers in its cache ("cache only mode", osmnx.readthedocs.io
under settings); they are read from there, because its tables and graphs leave turn restrictions out. Its settings are
global: they are set for one question at a time and put back.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import shapely

from planner.errors import InputError
from planner.fetch.relay import relay

__all__ = ["NOMINATIM", "OVERPASS", "Server", "Tags", "answers_about", "places_named"]

NOMINATIM = "https://nominatim.openstreetmap.org"
OVERPASS = "https://overpass-api.de/api"
Tags = Mapping[str, bool | str | list[str]]
"""Tags as osmnx asks for them: any value, one, or one of several; elements with any of the tags are wanted."""
_LONGEST = 86_400.0  # seconds that osmnx waits for the relay, which gives up long before
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Server:
    """Where to ask, the longest wait in seconds, and what file to give instead when there is no answer."""

    address: str
    limit: float
    supply: str


def places_named(name: str, server: Server) -> list[dict[str, Any]]:
    """Return the places of a name as Nominatim describes them, the most important first.

    Raises :class:`planner.errors.InputError` when the server fails.
    """
    import osmnx  # takes a second, and only downloads need it

    with _answers(server) as answers:
        with suppress(Exception):  # osmnx picks one place; which is meant is seen from all of them
            osmnx.geocode_to_gdf(name)
        return [place for places in answers() for place in places if isinstance(place, dict)]


def answers_about(area: shapely.Polygon, tags: Tags, server: Server) -> list[dict[str, Any]]:
    """Return what Overpass answers about an area (WGS 84): elements with one of the tags, and what they are made of.

    There is one answer, or several where osmnx asks for a large area in pieces. Raises
    :class:`planner.errors.InputError` when the server fails.
    """
    import osmnx

    with _answers(server) as answers:
        try:
            osmnx.features_from_polygon(area, dict(tags))
        except InterruptedError:  # the cache only mode ends so
            pass
        except ValueError as error:
            raise InputError(f"osmnx can make nothing of the answer: {error} {server.supply}") from None
        return answers()


@contextmanager
def _answers(server: Server) -> Iterator[Callable[[], list[Any]]]:
    """Let osmnx ask a server; what is given returns the raw answers so far."""
    with (
        TemporaryDirectory() as cache,
        relay(server.address, limit=server.limit, supply=server.supply) as address,
        _settings(
            cache_folder=cache,
            cache_only_mode=True,
            use_cache=True,
            nominatim_url=address,
            overpass_url=address,
            overpass_rate_limit=False,
            overpass_settings="[out:json][timeout:25]",
            requests_timeout=_LONGEST,
            requests_kwargs={"proxies": {"http": ""}},  # the relay is on this machine; it minds the proxy itself
            doh_url_template=None,
        ),
    ):
        yield lambda: [json.loads(path.read_bytes()) for path in sorted(Path(cache).glob("*.json"))]


@contextmanager
def _settings(**ours: object) -> Iterator[None]:
    """Set osmnx's settings, and put them back, with the name look-up that osmnx replaces when it asks."""
    from osmnx import settings

    with _ONE_AT_A_TIME:
        before = {name: getattr(settings, name) for name in ours}
        look_up = socket.getaddrinfo
        try:
            vars(settings).update(ours)
            yield
        finally:
            vars(settings).update(before)
            socket.getaddrinfo = look_up
