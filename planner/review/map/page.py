"""One HTML file that opens anywhere: a folium map with its scripts, styles and data inside.

folium renders the page; what it would load from other hosts is put into the file instead (Leaflet and jQuery come from
the packages xstatic-leaflet and xstatic-jquery). A content policy in the page allows exactly the scripts and styles
that were written, by their hashes, and no network but the tile hosts that were chosen. Text from data is carried in
JSON blocks only, and the page's script shows it as text nodes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import zlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.map import CustomPane
from folium.template import Template
from jinja2 import Template as PlainTemplate
from xstatic.pkg import jquery as jquery_package
from xstatic.pkg import leaflet as leaflet_package

from planner.files import replacing

__all__ = ["PANES", "Page", "data_block", "escape_json"]

PANES: Mapping[str, int] = {
    "planner-land": 205,
    "planner-ground": 210,
    "planner-areas": 220,
    "planner-centres": 320,
    "planner-coverage": 410,
    "planner-demand": 420,
    "planner-uncovered": 430,
    "planner-links": 440,
    "planner-candidates": 610,
    "planner-names": 615,
    "planner-lounges": 620,
    "planner-other": 630,
    "planner-stations": 640,
}
"""The fixed panes, from the ground up: a layer that is switched off and on comes back to its own height."""

_SCRIPTS = (
    "inflate",
    "data",
    "dom",
    "text",
    "symbols",
    "grid",
    "canvas",
    "ground",
    "demand",
    "layers",
    "reach",
    "phases",
    "names",
    "datums",
    "basemaps",
    "answers",
    "details",
    "focus",
    "clicks",
    "sets",
    "whatif",
    "compare",
    "marks",
    "tools",
    "legend",
    "panel",
    "search",
    "start",
)
_COMPRESS_FROM = 300_000
_FIRST_BLOCKS = 2
_INLINE = re.compile(r"<(script|style)(\s[^>]*)?>(.*?)</\1\s*>", re.DOTALL)


def escape_json(value: object) -> str:
    """Return JSON that may stand inside a script block: no tag, comment or line separator can end it early.

    >>> escape_json({"name": "</script><!--"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # A lone surrogate (half a character in a broken file) cannot be written as UTF-8, but can be escaped.
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", text)


def data_block(name: str, value: object, pack_from: float = _COMPRESS_FROM) -> str:
    """Return a script block of type JSON; one of ``pack_from`` characters or more is deflated and base64-coded."""
    text = escape_json(value)
    if len(text) < pack_from:
        return f'<script type="application/json" id="{name}">{text}</script>'
    packed = base64.b64encode(zlib.compress(text.encode(), 6)).decode()
    return f'<script type="text/plain" id="{name}" data-coding="deflate">{packed}</script>'


class Page(folium.Map):
    """A folium map without any remote reference.

    ``blocks`` are read one after the other, plain JSON types by name: the first stands in the file as it is, the others
    are packed when they are large, and what follows the second stands behind the script, so that nothing seen waits for
    it. ``summary`` lines stand in the file for readers without scripts; they must be texts and numbers of our own.
    ``hosts`` are the only hosts that the page may ask for pictures. Elements of folium can be added as to any map.

    >>> page = Page({"core": {"title": "x"}, "bulk": {}}, location=[28.6, 121.4])
    >>> page.write("map.html")  # doctest: +SKIP
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 (folium's own hook)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        blocks: Mapping[str, Mapping[str, object]],
        *,
        location: tuple[float, float] | list[float],
        zoom: int = 12,
        language: str = "zh",
        title: str = "服务站网络地图 · Station network map",
        summary: Iterable[str] = (),
        hosts: Iterable[str] = (),
    ) -> None:
        super().__init__(
            location=list(location),
            zoom_start=zoom,
            tiles=None,
            zoom_control=False,
            maxZoom=20,  # folium's own max_zoom would be that of its tiles
            minZoom=3,
            zoom_snap=0.5,
            fade_animation=False,
            attribution_control=False,
        )
        figure = _Figure(language, title, tuple(hosts))
        figure.add_child(self)
        for name, text in _styles():
            figure.header.add_child(_Raw(f"<style>{text}</style>"), name=name)
        figure.header.add_child(_Raw(f"<script>{_leaflet_script()}</script>"), name="leaflet")
        figure.html.add_child(_Raw('<aside class="panel" id="planner-panel"></aside>'), name="panel")
        figure.html.add_child(_Raw(_noscript(summary)), name="noscript")
        for at, (name, block) in enumerate(blocks.items()):
            text = data_block(f"planner-{name}", block, math.inf if at == 0 else _COMPRESS_FROM)
            (figure.html if at < _FIRST_BLOCKS else figure.late).add_child(_Raw(text), name=name)
        figure.html.add_child(_Raw(f"<script>{_own_script()}</script>"), name="planner")
        for pane, height in PANES.items():
            self.add_child(CustomPane(pane, z_index=height, pointer_events=True))
        self.add_child(_Start())

    def write(self, path: str | Path) -> Path:
        """Write the page as UTF-8, whole or not at all, and return its path."""
        path = Path(path)
        html: str = self.get_root().render()
        with replacing(path) as unfinished:
            unfinished.write_text(html, encoding="utf-8", newline="\n")
        return path


class _Raw(Element):
    """Text that is written as it is: never read as a template."""

    _template = PlainTemplate("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Start(MacroElement):
    """The call that hands folium's map to the page's own script."""

    _template = Template("{% macro script(this, kwargs) %}plannerPage({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]


class _Figure(Figure):
    """The page around the map; rendering seals it with the content policy."""

    _template = PlainTemplate(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n<meta charset="utf-8">\n@policy@\n'
        "<title>{{ this.title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}\n<script>\n{{ this.script.render(**kwargs) }}\n</script>\n"
        "{{ this.late.render(**kwargs) }}\n</body>\n</html>\n"
    )

    def __init__(self, language: str, title: str, hosts: tuple[str, ...]) -> None:
        super().__init__(title=title)
        self.language = {"zh": "zh-CN"}.get(language, language)
        self.hosts = hosts
        self.late = Element()

    def render(self, **kwargs: Any) -> str:
        """Return the whole page."""
        html: str = super().render(**kwargs)
        html = re.sub(r'<meta name="viewport".*?/>', _VIEWPORT, html, count=1, flags=re.DOTALL)
        if "$(" in self.script.render(**kwargs):
            # Only folium's own popups need jQuery; they are there when the caller added some.
            jquery = _asset(jquery_package, "jquery.min.js")
            html = html.replace("</head>", f"<script>{_closed(jquery)}</script>\n</head>", 1)
        return html.replace("@policy@", _policy(html, self.hosts), 1)


_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def _policy(html: str, hosts: tuple[str, ...]) -> str:
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attributes, text in _INLINE.findall(html):
        if "type=" not in attributes:
            digest = hashlib.sha256(text.encode()).digest()
            hashes[tag].append(f"'sha256-{base64.b64encode(digest).decode()}'")
    rules = [
        "default-src 'none'",
        f"script-src {' '.join(dict.fromkeys(hashes['script']))}",
        f"style-src {' '.join(dict.fromkeys(hashes['style']))}",
        f"img-src {' '.join(['data:', *hosts])}",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _noscript(lines: Iterable[str]) -> str:
    return f"<noscript>{''.join(f'<p>{line}</p>' for line in lines)}</noscript>"


def _styles() -> list[tuple[str, str]]:
    folder = Path(leaflet_package.BASE_DIR)

    def inside(match: re.Match[str]) -> str:
        picture = base64.b64encode((folder / match.group(1)).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    leaflet = re.sub(r"url\((images/[\w.-]+)\)", inside, _asset(leaflet_package, "leaflet.css"))
    return [("leaflet_css", leaflet), ("planner_css", _own("page.css"))]


def _leaflet_script() -> str:
    text = _asset(leaflet_package, "leaflet.js")
    text = re.sub(r"\n//# sourceMappingURL=\S*", "", text)
    # The one link in Leaflet is in its attribution; the page names Leaflet in its own imprint.
    return _closed(text.replace('<a href="https://leafletjs.com" ', "<a "))


def _own_script() -> str:
    parts = "\n".join(_own(f"{name}.js") for name in _SCRIPTS)
    return _closed(f'"use strict";\nconst plannerPage = (() => {{\n{parts}\nreturn start;\n}})();')


def _own(name: str) -> str:
    return files("planner.review").joinpath("web", name).read_text(encoding="utf-8")


def _asset(package: Any, name: str) -> str:
    return (Path(package.BASE_DIR) / name).read_text(encoding="utf-8")


def _closed(script: str) -> str:
    """Keep a script from ending its own block."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
