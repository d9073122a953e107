"""Questions to Nominatim and Overpass, with an end: a silent, busy or broken server is given up within 30 seconds.

osmnx asks the same servers but keeps no turn restrictions, sleeps a minute when a server is busy, and holds its
addresses in global settings; so the questions are asked here, in the servers' own languages
(nominatim.org/release-docs, wiki.openstreetmap.org/wiki/Overpass_API), and the answers stay OpenStreetMap files.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.errors import InputError

__all__ = ["NOMINATIM", "OVERPASS", "ask"]

NOMINATIM = "https://nominatim.openstreetmap.org/search"
OVERPASS = "https://overpass-api.de/api/interpreter"
_AGENT = "station-network-planner (planner fetch)"
_BUSY = (429, 502, 503, 504)
_SLOWEST = 1000.0
"""Bytes a second below which a server counts as stalled."""
LARGEST_ANSWER = 1 << 30
"""Bytes, unpacked; a district has a few dozen megabytes."""
_PAGE = "answers with a web page instead of map data; if the network asks you to sign in, do that in a browser first"


@dataclass
class _Attempt:
    """One question on its way: what has come so far, and how it ended."""

    body: bytearray = field(default_factory=bytearray)
    error: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    dropped: bool = False


class _FinalError(Exception):
    """The server has answered, and asking again would give the same."""


def ask(address: str, fields: Mapping[str, str], *, limit: float, supply: str, whole: bytes = b"") -> bytes:
    """Return the answer of a server to a form that is sent to it.

    Gives up ``limit`` seconds after the question, or later when the answer trickles in slower than 1 kB a second. A
    busy server is asked again within that time. ``whole`` is what a whole answer ends with. Raises
    :class:`planner.errors.InputError` with a sentence that ends in ``supply``: what file to give instead.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{address!r} is not the address of a server.")
    start = time.monotonic()
    pause = 1.0
    while True:
        left = limit - (time.monotonic() - start)
        try:
            body = _once(address, fields, max(left, 0.1))
        except _FinalError as error:
            raise _given_up(address, str(error), supply) from None
        except urllib.error.HTTPError as error:
            if error.code not in _BUSY:
                raise _given_up(address, _refusal(error), supply) from None
            why, pause = f"is busy ({error.code})", max(pause, _seconds(error.headers.get("Retry-After", "")))
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            if isinstance(getattr(error, "reason", None), socket.gaierror):
                raise _given_up(address, "cannot be found", supply) from None
            why = _plain(error)
        else:
            if _is_page(body):
                raise _given_up(address, _PAGE, supply)
            if body.rstrip().endswith(whole):
                return body
            why = "broke off in the middle of its answer"
        if time.monotonic() - start + pause >= limit:
            raise _given_up(address, why, supply)
        time.sleep(pause)
        pause *= 2


def _once(address: str, fields: Mapping[str, str], limit: float) -> bytes:
    """Return one answer; on a thread of its own, because looking a name up and reading headers know no end."""
    attempt = _Attempt()
    threading.Thread(target=_read, args=(attempt, address, fields, limit), daemon=True).start()
    start = time.monotonic()
    while not attempt.ended.wait(0.05):
        waited = time.monotonic() - start
        if waited > limit and len(attempt.body) < waited * _SLOWEST:
            attempt.dropped = True
            raise TimeoutError
    if attempt.error is not None:
        raise attempt.error
    return bytes(attempt.body)


def _read(attempt: _Attempt, address: str, fields: Mapping[str, str], limit: float) -> None:
    data = urllib.parse.urlencode(fields).encode() if fields else None
    request = urllib.request.Request(address, data, {"User-Agent": _AGENT, "Accept-Encoding": "gzip"})
    size = 0
    try:
        with urllib.request.urlopen(request, timeout=limit) as answer:
            unpack = _unpacking(answer.headers.get("Content-Encoding", ""))
            while (part := answer.read1(1 << 16)) and not attempt.dropped:
                size += len(part)
                attempt.body += unpack(part, LARGEST_ANSWER)
                if len(attempt.body) >= LARGEST_ANSWER:
                    raise _FinalError(f"sends more than {LARGEST_ANSWER / 1e9:.1f} GB")
            expected = answer.headers.get("Content-Length")
        if expected and expected.isdigit() and size < int(expected):
            raise http.client.IncompleteRead(b"", int(expected) - size)
    except Exception as error:  # handed over to the asking thread, which raises it
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        attempt.error = error
    attempt.ended.set()


def _unpacking(encoding: str) -> Any:
    """Return what unpacks the parts of an answer, each to a largest size."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda part, most: part
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress
    raise _FinalError(f"answers in an unknown packing ({encoding[:40]!r})")


def _refusal(error: urllib.error.HTTPError) -> str:
    if 300 <= error.code < 400:
        return "sends the question round in circles (redirects)"
    return f"answers {error.code} {' '.join(str(error.reason).split())[:80]}".rstrip()


def _is_page(body: bytes) -> bool:
    """Return whether an answer is a web page, such as the sign-in page of a network."""
    start = body[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<script"))


def _plain(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "does not answer"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "shows a certificate that this machine does not trust"
    if isinstance(reason, ConnectionRefusedError):
        return "refuses the connection"
    if isinstance(
        error, http.client.IncompleteRead | ConnectionResetError | http.client.RemoteDisconnected | zlib.error
    ):
        return "broke off in the middle of its answer"
    if isinstance(error, http.client.HTTPException):
        return "does not speak as a web server does"
    return "cannot be reached"


def _given_up(address: str, why: str, supply: str) -> InputError:
    host = urllib.parse.urlsplit(address).netloc
    return InputError(f"The server {host} {why}. {supply}")


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
