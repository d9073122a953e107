"""Firefox by its own wire protocol (Marionette, version 3): messages ``length:[kind, id, command or error, body]``."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

__all__ = ["Firefox"]

# No first-run pages, no updates, and no network: every request goes to a proxy that is not there.
_SETTINGS = {
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}


class Firefox:
    """A headless Firefox with a new profile; ``close`` ends it.

    >>> firefox = Firefox("/usr/bin/firefox-esr", tmp_path)     # doctest: +SKIP
    >>> firefox.open((tmp_path / "map.html").as_uri())           # doctest: +SKIP
    >>> firefox.run("return document.title")                     # doctest: +SKIP
    """

    def __init__(self, program: str, profile: Path) -> None:
        profile.mkdir(parents=True, exist_ok=True)
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in _SETTINGS.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [program, "--headless", "--no-remote", "--marionette", "--profile", str(profile), "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._socket = socket.create_connection(("127.0.0.1", _port(profile)), timeout=120)
            self._rest, self._number = b"", 0
            self._receive()
            self._send("WebDriver:NewSession", {"capabilities": {}})
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def resize(self, width: int, height: int) -> None:
        """Give the window a size."""
        self._send("WebDriver:SetWindowRect", {"width": width, "height": height})

    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self._send("WebDriver:Navigate", {"url": address})

    def run(self, script: str) -> Any:
        """Return what a script in the page returns."""
        return self._send("WebDriver:ExecuteScript", {"script": script, "args": []})["value"]

    def wait_for(self, condition: str, seconds: float = 60) -> None:
        """Wait until an expression holds in the page."""
        end = time.monotonic() + seconds
        while not self.run(f"return Boolean({condition})"):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.1)

    def picture(self, path: Path) -> Path:
        """Write what is seen as PNG."""
        data = self._send("WebDriver:TakeScreenshot", {"full": False})["value"]
        path.write_bytes(base64.b64decode(data))
        return path

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, command: str, body: dict[str, Any]) -> Any:
        self._number += 1
        text = json.dumps([0, self._number, command, body]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def _receive(self) -> Any:
        while b":" not in self._rest:
            self._read()
        length, _, self._rest = self._rest.partition(b":")
        while len(self._rest) < int(length):
            self._read()
        text, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return json.loads(text)

    def _read(self) -> None:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError("Firefox has ended")
        self._rest += data


def _port(profile: Path) -> int:
    """Return the port that Firefox has written into its profile."""
    end = time.monotonic() + 90
    file = profile / "MarionetteActivePort"
    while not (file.is_file() and file.read_text(encoding="utf-8").strip()):
        if time.monotonic() > end:
            raise TimeoutError("Firefox did not open its port")
        time.sleep(0.1)
    return int(file.read_text(encoding="utf-8"))
