"""The texts that come with a fetched district: its scenario and its sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

__all__ = ["scenario_text", "sources_text"]

_LICENCE = "© OpenStreetMap contributors, ODbL"
_FILES = (
    ("roads", "roads.osm"),
    ("boundary", "boundary.geojson"),
)
_GROUPS = (
    ("riders", "外卖骑手", "delivery riders", "ebike", "6min"),
    ("streamers", "网络主播", "live-streamers", "foot", "15min"),
    ("drivers", "货车司机", "truck drivers", "truck", "8min"),
)
_TYPES = (
    ("riders", "rider_home", "骑享家", "rider home", 6),
    ("streamers", "streamer_station", "主播红色e站", "streamer e-station", 4),
    ("drivers", "truck_stop", "货车司机暖驾驿站", "truck-driver station", 3),
)


def scenario_text(district: str, name: str, files: Sequence[tuple[str, str]]) -> str:
    """Return a scenario that can be planned at once: people are estimated from places until counts are given.

    ``files``: roles and names of what was found beside streets and outline (places, land use).
    """
    lines = [
        "# 由 planner fetch 生成：街道与兴趣点来自 OpenStreetMap，人数为估计值。补充人数统计后更准确。",
        "# Written by planner fetch: streets and places from OpenStreetMap, people estimated; add counts.",
        "",
        "[district]",
        f"id = {_text(district)}",
        f"name = {_text(name)}",
        'notice = "街道与兴趣点来自 OpenStreetMap；人数为活动估计值"',
        'notice_en = "streets and places from OpenStreetMap; people are estimates from activity"',
    ]
    for role, path in (*_FILES, *files):
        lines += ["", "[[files]]", f"role = {_text(role)}", f"path = {_text(path)}", f"licence = {_text(_LICENCE)}"]
    for group, zh, en, mode, standard in _GROUPS:
        lines += ["", "[[groups]]", f"id = {_text(group)}", f"name = {_text(zh)}", f"name_en = {_text(en)}"]
        lines += [f"mode = {_text(mode)}", f"standards = {_text(standard)}"]
    for group, kind, zh, en, most in _TYPES:
        lines += ["", "[[types]]", f"id = {_text(kind)}", f"name = {_text(zh)}", f"name_en = {_text(en)}"]
        lines += [f"groups = [{_text(group)}]", "at_least = 0", f"at_most = {most}"]
    return "\n".join(lines) + "\n"


def sources_text(name: str, categories: Mapping[str, int], facts: Mapping[str, object]) -> str:
    """Return where the files come from, and how many places of each category there are."""
    lines = [f"# {_plain(name)}", "", f"{_LICENCE}. WGS 84. Fetched by `planner fetch`.", "", "| file | |", "|---|---|"]
    lines += [f"| {part} | {_plain(str(said))} |" for part, said in facts.items()]
    lines += ["", "| category | places |", "|---|---|"]
    lines += [f"| {_plain(category)} | {count} |" for category, count in categories.items()]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Return a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
