"""Questions to Nominatim and Overpass, with an end: a silent, busy or broken server is given up within 30 seconds.

osmnx asks the same servers but keeps no turn restrictions, sleeps a minute when a server is busy, and holds its
addresses in global settings; so the questions are asked here, in the servers' own languages
(nominatim.org/release-docs, wiki.openstreetmap.org/wiki/Overpass_API), and the answers stay OpenStreetMap files.
"""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from planner.errors import InputError

__all__ = ["NOMINATIM", "OVERPASS", "ask", "search_place"]

NOMINATIM = "https://nominatim.openstreetmap.org/search"
OVERPASS = "https://overpass-api.de/api/interpreter"
_AGENT = "station-network-planner (planner fetch)"
_BUSY = (429, 502, 503, 504)
_SLOWEST = 1000.0
"""Bytes a second below which a server counts as stalled."""


def ask(address: str, fields: Mapping[str, str], *, limit: float, supply: str, whole: bytes = b"") -> bytes:
    """Return the answer of a server to a form that is sent to it.

    Gives up ``limit`` seconds after the question, or later when the answer trickles in slower than 1 kB a second. A
    busy server is asked again within that time. ``whole`` is what a whole answer ends with. Raises
    :class:`planner.errors.InputError` with a sentence that ends in ``supply``: what file to give instead.
    """
    start = time.monotonic()
    pause = 1.0
    _resolve(address, min(limit, 10.0), supply)
    while True:
        left = limit - (time.monotonic() - start)
        try:
            body = _once(address, fields, max(left, 0.1))
        except urllib.error.HTTPError as error:
            if error.code not in _BUSY:
                raise _given_up(address, f"answers {error.code} {error.reason}", supply) from None
            why, pause = f"is busy ({error.code})", max(pause, _seconds(error.headers.get("Retry-After", "")))
        except (TimeoutError, urllib.error.URLError, OSError, http.client.HTTPException) as error:
            why = _plain(error)
        else:
            if body.rstrip().endswith(whole):
                return body
            why = "broke off in the middle of its answer"
        if time.monotonic() - start + pause >= limit:
            raise _given_up(address, why, supply)
        time.sleep(pause)
        pause *= 2


def search_place(name: str, *, address: str, limit: float) -> dict[str, Any]:
    """Return the first place of that name that has an outline: a GeoJSON geometry and its ``display_name``."""
    supply = 'Give --bbox west,south,east,north, or the outline as a file: --boundary "outline.geojson".'
    fields = {"q": name, "format": "jsonv2", "polygon_geojson": "1", "limit": "5"}
    question = f"{address}?{urllib.parse.urlencode(fields)}"
    body = ask(question, {}, limit=limit, supply=supply, whole=b"]")
    try:
        places = json.loads(body)
    except ValueError:
        raise _given_up(address, "did not answer in JSON", supply) from None
    for place in places if isinstance(places, list) else []:
        outline = place.get("geojson", {}) if isinstance(place, dict) else {}
        if outline.get("type") in ("Polygon", "MultiPolygon"):
            return {"geometry": outline, "display_name": str(place.get("display_name", name))}
    raise InputError(f"OpenStreetMap knows no place {name!r} with an outline. {supply}")


def _once(address: str, fields: Mapping[str, str], limit: float) -> bytes:
    data = urllib.parse.urlencode(fields).encode() if fields else None
    request = urllib.request.Request(address, data, {"User-Agent": _AGENT})
    start = time.monotonic()
    parts: list[bytes] = []
    size = 0
    with urllib.request.urlopen(request, timeout=limit) as answer:
        while part := answer.read1(1 << 16):
            parts.append(part)
            size += len(part)
            waited = time.monotonic() - start
            if waited > limit and size < waited * _SLOWEST:
                raise TimeoutError
        expected = answer.headers.get("Content-Length")
    if expected and expected.isdigit() and size < int(expected):
        raise http.client.IncompleteRead(b"".join(parts), int(expected) - size)
    return b"".join(parts)


def _resolve(address: str, limit: float, supply: str) -> None:
    """Look the host's name up with an end: the system's own look-up may wait for minutes."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{address!r} is not the address of a server.")
    if urllib.request.getproxies().get(parts.scheme):
        return
    found: queue.Queue[OSError | None] = queue.Queue()

    def look_up() -> None:
        try:
            socket.getaddrinfo(parts.hostname, parts.port or parts.scheme)
            found.put(None)
        except OSError as error:
            found.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        error = found.get(timeout=limit)
    except queue.Empty:
        raise _given_up(address, "cannot be found", supply) from None
    if error is not None:
        raise _given_up(address, "cannot be found", supply)


def _plain(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "does not answer"
    if isinstance(reason, ConnectionRefusedError):
        return "refuses the connection"
    if isinstance(error, http.client.IncompleteRead | ConnectionResetError):
        return "broke off in the middle of its answer"
    return "cannot be reached"


def _given_up(address: str, why: str, supply: str) -> InputError:
    host = urllib.parse.urlsplit(address).netloc
    return InputError(f"The server {host} {why}. {supply}")


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
