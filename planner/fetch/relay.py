"""A relay on the loopback address between osmnx and a server: each answer reaches osmnx whole and in time, or not.

osmnx 2.1 waits without end for a busy, a trickling or a silent server (``_overpass_request``, ``_nominatim_request``).
The relay asks in its place (:func:`planner.fetch.servers.ask`), so that osmnx always has an answer in time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from planner.errors import InputError
from planner.fetch.servers import ask

__all__ = ["relay"]


@contextmanager
def relay(server: str, *, limit: float, supply: str) -> Iterator[str]:
    """Give the address of a relay to ``server``, such as "https://overpass-api.de/api"; it ends with the block.

    Raises :class:`planner.errors.InputError` at the end of the block when the server failed once, whatever the block
    made of that; ``limit`` and ``supply`` as in :func:`planner.fetch.servers.ask`.
    """
    faults: list[InputError] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on(None)

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

        def _pass_on(self, form: bytes | None) -> None:
            body = b""
            if not faults:
                try:
                    body = ask(f"{server.rstrip('/')}/{self.path.lstrip('/')}", form, limit=limit, supply=supply)
                except InputError as fault:
                    faults.append(fault)
            self.send_response(400 if faults else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet: the library prints nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        except Exception:
            if not faults:
                raise
        finally:
            http.shutdown()
    if faults:
        raise faults[0]
