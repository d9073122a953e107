"""A small server on the loopback address that answers as Nominatim and Overpass do, in a manner that can be set."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from planner.fetch import Fetched, fetch

BBOX = (121.40, 28.60, 121.42, 28.62)
Answer = Callable[[BaseHTTPRequestHandler, str], None]


def asks_for_streets(question: str) -> bool:
    """Whether a question, as osmnx puts it, is the one for streets."""
    return "way['highway'](" in question


def osm(question: str, shops: int = 7) -> bytes:
    """What Overpass would answer: two crossing streets with a turn ban, or places, or a park."""
    nodes = [{"type": "node", "id": n, "lat": round(28.60 + n * 0.002, 4), "lon": 121.41} for n in range(1, 6)]
    if asks_for_streets(question):
        ban = {"type": "relation", "id": 9, "tags": {"type": "restriction", "restriction": "no_left_turn"}}
        roles = (("way", 1, "from"), ("node", 3, "via"), ("way", 2, "to"))
        ban["members"] = [{"type": kind, "ref": ref, "role": role} for kind, ref, role in roles]
        return overpass(*nodes, way(1, [1, 2, 3], highway="primary"), way(2, [3, 4, 5], highway="residential"), ban)
    if "amenity" in question:
        tags = {"shop": "bakery", "name": "<b>店"}
        places = ((100 + n, float(f"28.60{n % 10}5"), float(f"121.41{n % 7}")) for n in range(shops))
        return overpass(*({"type": "node", "id": n, "lat": lat, "lon": lon, "tags": tags} for n, lat, lon in places))
    corner = {"type": "node", "id": 6, "lat": 28.602, "lon": 121.411}
    return overpass(*nodes, corner, way(5, [1, 2, 6, 1], landuse="retail"))


def way(number: int, nodes: list[int], **tags: str) -> dict[str, Any]:
    return {"type": "way", "id": number, "nodes": nodes, "tags": tags}


def overpass(*elements: Any, **more: str) -> bytes:
    """An answer of Overpass in JSON, its elements as they are given."""
    return json.dumps({"version": 0.6, "elements": list(elements), **more}, ensure_ascii=False, indent=1).encode()


class Server:
    """A server whose manner of answering can be set; it keeps the questions."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.answer: Answer = lambda request, question: reply(request, osm(question))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self, question: str) -> None:
                outer.questions.append(question)
                try:
                    outer.answer(self, question)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def do_GET(self) -> None:
                self._any(urllib.parse.unquote_plus(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._any(urllib.parse.parse_qs(body)["data"][0])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


def reply(
    request: BaseHTTPRequestHandler, body: bytes, status: int = 200, length: int | None = None, **headers: str
) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def get(server: Server, folder: Path, limit: float = 5.0, **where: object) -> Fetched:
    """Fetch from the server; without a place, outline or box the usual box."""
    where = where or {"bbox": BBOX}
    return fetch(folder=folder, nominatim=server.address, overpass=server.address, limit=limit, **where)  # type: ignore[arg-type]
