"""Basemaps as data: adding one is one entry. Tiles are asked for only when a map is made with them.

The overlay is drawn in the entry's own datum for display; tables, exports and click read-outs stay in WGS 84. Tiles in
GCJ-02 and BD-09 are shown by projecting places through the published formulas first (see
:mod:`planner.inputs.coordinates.datums`); Baidu's have a grid of their own as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from planner.errors import ScenarioError
from planner.review.map.tiles import TileFolder, tile_folder, unpack_mbtiles

__all__ = ["BASEMAPS", "Basemap", "chosen_basemaps", "local_tiles"]


@dataclass(frozen=True, slots=True)
class Basemap:
    """One source of tiles.

    ``url`` has {z}, {x}, {y}, perhaps {s} (one of ``subdomains``) and {key}. ``max_native_zoom`` is the last zoom that
    has tiles of its own; beyond it they are enlarged. ``key_from`` names the environment variable with the key.
    """

    id: str
    name: str
    name_en: str
    url: str
    attribution: str
    max_native_zoom: int
    datum: str = "wgs84"
    subdomains: str = ""
    key_from: str = ""
    min_native_zoom: int = 0

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses that a page with this basemap may load pictures from."""
        if "//" not in self.url:
            return ("'self'", "file:")
        names = [self.url.replace("{s}", sub) for sub in self.subdomains] if "{s}" in self.url else [self.url]
        return tuple(f"{urlsplit(name).scheme}://{urlsplit(name).netloc}" for name in names)


_TIANDITU = (
    "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
)
_AMAP = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"
_BAIDU = "https://maponline{s}.bdimg.com/tile/?qt=vtile&x={x}&y={y}&z={z}&styles=pl&scaler=1"
_GEOQ = "https://map.geoq.cn/arcgis/rest/services/ChinaOnlineCommunity/MapServer/tile/{z}/{y}/{x}"

BASEMAPS: Mapping[str, Basemap] = {
    entry.id: entry
    for entry in (
        Basemap(
            "osm",
            "OpenStreetMap",
            "OpenStreetMap",
            "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
            "© OpenStreetMap contributors",
            19,
        ),
        Basemap(
            "tianditu",
            "天地图",
            "Tianditu",
            _TIANDITU.replace("{layer}", "vec"),
            "© 天地图 Tianditu",
            18,
            "cgcs2000",
            "01234567",
            "TIANDITU_KEY",
        ),
        Basemap("amap", "高德地图", "Amap", _AMAP, "© 高德地图 AutoNavi", 18, "gcj02", "1234"),
        Basemap("baidu", "百度地图", "Baidu", _BAIDU, "© 百度地图 Baidu", 18, "bd09", "0123", min_native_zoom=3),
        Basemap("geoq", "GeoQ 社区图", "GeoQ", _GEOQ, "© GeoQ", 16, "gcj02"),
    )
}


def chosen_basemaps(
    choice: str | Basemap | Iterable[str | Basemap],
    environment: Mapping[str, str] = os.environ,
    beside: str | Path = ".",
) -> tuple[list[dict[str, Any]], tuple[str, ...], list[dict[str, str]]]:
    """Return the page's entries, the hosts they need, and notices (zh, en) for the reader of the map.

    A basemap whose key is not in the environment is left out with a notice: the map is made without it. A key that is
    there is readable in the page, which a notice says. A choice may also be a folder of tiles or an MBTiles file, which
    is unpacked into the folder ``beside`` that the map is written to. Raises :class:`planner.errors.ScenarioError` for
    unknown names.

    >>> chosen_basemaps("tianditu", {})[0]
    []
    """
    entries: list[dict[str, Any]] = []
    hosts: list[str] = []
    notices: list[dict[str, str]] = []
    choices = [choice] if isinstance(choice, str | Basemap) else choice
    for basemap in [_basemap(each, Path(beside)) for each in choices]:
        key = environment.get(basemap.key_from, "").strip() if basemap.key_from else ""
        if basemap.key_from and not key:
            notices.append(_no_key(basemap))
            continue
        if key:
            notices.append(_readable_key(basemap))
        row = asdict(basemap) | {"url": basemap.url.replace("{key}", key)}
        row.pop("key_from")
        entries.append(row)
        hosts += basemap.hosts
    return entries, tuple(dict.fromkeys(hosts)), notices


def local_tiles(folder: str | Path, *, max_native_zoom: int, datum: str = "wgs84", attribution: str = "") -> Basemap:
    """Return a basemap from a folder of tiles, {z}/{x}/{y}.png; the page reads it where the folder is.

    >>> local_tiles("tiles", max_native_zoom=16).url
    'tiles/{z}/{x}/{y}.png'
    """
    path = Path(folder).as_posix()
    return Basemap(
        "local", "本地瓦片", "Local tiles", f"{path}/{{z}}/{{x}}/{{y}}.png", attribution, max_native_zoom, datum
    )


def _basemap(choice: str | Basemap, beside: Path) -> Basemap:
    if isinstance(choice, Basemap):
        return choice
    if choice in BASEMAPS:
        return BASEMAPS[choice]
    path = Path(choice)
    if path.suffix.lower() == ".mbtiles" and path.is_file():
        folder = beside / f"{path.stem}-tiles"
        return _from_folder(tile_folder(folder, beside=beside, attribution=unpack_mbtiles(path, folder)))
    if path.is_dir():
        return _from_folder(tile_folder(path, beside=beside))
    raise ScenarioError(
        f"basemap = {choice!r} is not known. Choose from: {', '.join(BASEMAPS)}; or give a folder of tiles "
        "({z}/{x}/{y}.png) or an .mbtiles file."
    )


def _from_folder(tiles: TileFolder) -> Basemap:
    names = ("local", "本地瓦片", "Local tiles")
    return Basemap(*names, tiles.url, tiles.attribution, tiles.max_zoom, min_native_zoom=tiles.min_zoom)


def _no_key(basemap: Basemap) -> dict[str, str]:
    return {
        "zh": f"{basemap.name}需要密钥：请设置环境变量 {basemap.key_from} 后重新出图。本图没有该底图。",
        "en": f"{basemap.name_en} needs a key: set the environment variable {basemap.key_from} and make the map again. "
        "This map is without it.",
    }


def _readable_key(basemap: Basemap) -> dict[str, str]:
    return {
        "zh": f"注意：本文件内含{basemap.name}密钥，任何打开者都能读到；请限制其域名，勿公开传播。",
        "en": f"Note: the {basemap.name_en} key can be read in this file by anyone who opens it. Restrict it, and do "
        "not publish the file.",
    }
