"""Questions to web servers that answer in JSON, with an end: a silent, busy or broken server is given up in time."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass, field
from typing import Any

from planner.errors import InputError

__all__ = ["ask"]

_AGENT = "station-network-planner (planner fetch)"
_BUSY = (429, 502, 503, 504)
_SLOWEST = 1000.0
"""Bytes a second below which a server counts as stalled."""
LARGEST_ANSWER = 1 << 28
"""Bytes, unpacked; a district has a few dozen megabytes."""
_BROKEN_OFF = "broke off in the middle of its answer"
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


def ask(address: str, form: bytes | None, *, limit: float, supply: str) -> bytes:
    """Return the JSON answer of a server to a form that is sent to it, or to its address alone.

    Gives up ``limit`` seconds after the question, or later when the answer trickles in slower than 1 kB a second. A
    busy server, and one that broke off, is asked again within that time. Raises
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
            body = _once(address, form, max(left, 0.1))
            if _is_whole(body):
                return body
            why = _BROKEN_OFF
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
        if time.monotonic() - start + pause >= limit:
            raise _given_up(address, why, supply)
        time.sleep(pause)
        pause *= 2


def _once(address: str, form: bytes | None, limit: float) -> bytes:
    """Return one answer; on a thread of its own, because looking a name up and reading headers know no end."""
    attempt = _Attempt()
    threading.Thread(target=_read, args=(attempt, address, form, limit), daemon=True).start()
    start = time.monotonic()
    while not attempt.ended.wait(0.05):
        waited = time.monotonic() - start
        if waited > limit and len(attempt.body) < waited * _SLOWEST:
            attempt.dropped = True
            raise TimeoutError
    if attempt.error is not None:
        raise attempt.error
    return bytes(attempt.body)


def _read(attempt: _Attempt, address: str, form: bytes | None, limit: float) -> None:
    request = urllib.request.Request(address, form, {"User-Agent": _AGENT, "Accept-Encoding": "gzip"})
    size = 0
    try:
        with urllib.request.urlopen(request, timeout=limit) as answer:
            unpack = _unpacking(answer.headers.get("Content-Encoding", ""))
            while (part := answer.read1(1 << 16)) and not attempt.dropped:
                size += len(part)
                attempt.body += unpack(part, LARGEST_ANSWER)
                if len(attempt.body) >= LARGEST_ANSWER:
                    raise _FinalError(f"sends more than {LARGEST_ANSWER / 1e6:,.0f} MB")
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


def _is_whole(body: bytes) -> bool:
    """Return whether JSON came to its end; raises :class:`_FinalError` for a web page, another text and a remark."""
    start = body[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        raise _FinalError(_PAGE)
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        if _is_cut(error):
            return False
        raise _FinalError("does not answer in JSON") from None
    if isinstance(answer, dict) and "remark" in answer:  # Overpass says so that it ran out of time or memory
        said = " ".join(str(answer["remark"]).split())[:300]
        raise _FinalError(f"could not answer: {said}. Ask for a smaller area")
    return True


def _is_cut(error: Exception) -> bool:
    """Return whether JSON stops short: in a text, or so near its end that a word, number or character is cut."""
    if isinstance(error, json.JSONDecodeError):
        near_end = error.pos > len(error.doc.rstrip()) - len("\\u9a7f")
        return error.msg.startswith("Unterminated") or (near_end and error.msg != "Extra data")
    return isinstance(error, UnicodeDecodeError) and error.end == len(error.object)


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
        return _BROKEN_OFF
    if isinstance(error, http.client.HTTPException):
        return "does not speak as a web server does"
    return "cannot be reached"


def _given_up(address: str, why: str, supply: str) -> InputError:
    host = urllib.parse.urlsplit(address).netloc
    return InputError(f"The server {host} {why}. {supply}")


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
