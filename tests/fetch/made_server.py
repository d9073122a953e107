"""A small server on the loopback address that answers as Nominatim and Overpass do, in a manner that can be set."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from planner.fetch import Fetched, fetch

BBOX = (121.40, 28.60, 121.42, 28.62)
Answer = Callable[[BaseHTTPRequestHandler, str], None]


def osm(question: str, shops: int = 7) -> bytes:
    """What Overpass would answer: two crossing streets with a turn ban, or places, or a park."""
    nodes = "".join(f'<node id="{n}" lat="{28.60 + n * 0.002:.4f}" lon="121.4100"/>' for n in range(1, 6))
    if '"highway";' in question or 'way["highway"]' in question:
        ways = '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>'
        ways += '<way id="2"><nd ref="3"/><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/></way>'
        ban = '<relation id="9"><member type="way" ref="1" role="from"/><member type="node" ref="3" role="via"/>'
        ban += '<member type="way" ref="2" role="to"/><tag k="type" v="restriction"/>'
        body = nodes + ways + ban + '<tag k="restriction" v="no_left_turn"/></relation>'
    elif "amenity" in question:
        places = (
            f'<node id="{100 + n}" lat="28.60{n % 10}5" lon="121.41{n % 7}"><tag k="shop" v="bakery"/>'
            '<tag k="name" v="&lt;b&gt;店"/></node>'
            for n in range(shops)
        )
        body = "".join(places)
    else:
        corner = '<node id="6" lat="28.602" lon="121.411"/>'
        ring = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 6, 1))
        body = f'{nodes}{corner}<way id="5">{ring}<tag k="landuse" v="retail"/></way>'
    return f'<?xml version="1.0"?><osm version="0.6">{body}</osm>'.encode()


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
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


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
