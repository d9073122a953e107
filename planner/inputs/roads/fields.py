"""Fields of a street layer (class, direction, speed, name) to street tags as OpenStreetMap writes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from planner.categories import read_data
from planner.errors import Fault, InputError
from planner.inputs.layers.packed import packed_tags, with_tags
from planner.inputs.report import Report
from planner.inputs.roads.merged import of_merged
from planner.inputs.roads.read import is_elevated
from planner.inputs.roads.tags import OTHER_KEYS, is_kept
from planner.inputs.tables.columns import heading_key

__all__ = ["STREET_FIELDS", "street_tags"]

# Headings by what they mean, the surest first.
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "highway": (
        "highway", "fclass", "道路等级", "道路类型", "道路类别", "道路分类", "路网等级", "road_class", "roadclass",
        "road_type", "roadtype", "class", "等级", "类型", "类别", "kind", "type",
    ),
    "oneway": (
        "oneway", "one_way", "单行", "单行线", "单行道", "是否单行", "单向", "direction", "dir", "通行方向", "方向",
        "行驶方向", "道路方向",
    ),
    "maxspeed": (
        "maxspeed", "max_speed", "speed_limit", "speedlimit", "限速", "最高限速", "最高速度", "设计速度", "设计时速",
        "车速", "速度", "时速", "speed",
    ),
    "name": (
        "name", "street_name", "streetname", "road_name", "roadname", "道路名称", "道路名", "路名", "街道名称", "名称",
        "name_zh", "name_cn",
    ),
}  # fmt: skip
STREET_FIELDS: Final = tuple(_HEADINGS)
"""The kinds of fields that a street layer may have, by the names that ``columns`` of a scenario takes."""
# Fields that keep their OpenStreetMap meaning.
_AS_TAGS: Final = (
    "access", "vehicle", "motor_vehicle", "motorcar", "bicycle", "electric_bicycle", "foot", "hgv", "goods", "service",
    "junction", "bridge", "tunnel", "toll", "maxheight", "maxweight", "maxwidth", "motorroad", "expressway", "sidewalk",
    "cycleway", "route", "duration",
)  # fmt: skip
# Limits of size by their Chinese headings, tonnes and metres.
_SIZES: Final = {
    "maxheight": ("限高", "限制高度", "限高米", "限高m"),
    "maxweight": ("限重", "限制重量", "限载", "限重吨", "限重t"),
    "maxwidth": ("限宽", "限制宽度", "限宽米", "限宽m"),
}
_NO_STREET: Final = (*OTHER_KEYS, "aerialway", "barrier", "man_made", "building", "landuse", "natural", "route")
# Classes by their Chinese words, the longer word first (GB 50220 for urban roads, JTG B01 for highways).
_CLASSES: Final = (
    ("在建", "construction"), ("规划", "proposed"), ("拟建", "proposed"), ("废弃", "abandoned"), ("停用", "disused"),
    ("铁路", "railway"), ("地铁", "railway"), ("轻轨", "railway"), ("轨道交通", "railway"), ("轮渡", "ferry"),
    ("渡轮", "ferry"), ("航线", "ferry"), ("渡口", "ferry"), ("高速", "motorway"), ("快速", "trunk"), ("高架", "trunk"),
    ("国道", "trunk"), ("次干", "secondary"), ("主干", "primary"), ("干道", "primary"), ("干路", "primary"),
    ("省道", "primary"), ("县道", "secondary"), ("乡道", "tertiary"), ("镇道", "tertiary"), ("村道", "unclassified"),
    ("支路", "tertiary"), ("街巷", "residential"), ("小区", "residential"), ("居住", "residential"),
    ("巷", "residential"), ("步行街", "pedestrian"), ("人行", "footway"), ("步道", "footway"), ("步行", "footway"),
    ("非机动车", "cycleway"), ("自行车", "cycleway"), ("绿道", "cycleway"), ("内部", "service"), ("园区", "service"),
    ("辅路", "service"), ("机耕", "track"), ("天桥", "footway"), ("地下通道", "footway"), ("行人", "footway"),
    ("骑行", "cycleway"), ("次要", "secondary"), ("主要", "primary"), ("一级公路", "primary"),
    ("二级公路", "secondary"), ("三级公路", "tertiary"), ("四级公路", "unclassified"), ("等外公路", "unclassified"),
    ("胡同", "residential"), ("里弄", "residential"), ("弄堂", "residential"),
)  # fmt: skip
_KNOWN: Final = frozenset(read_data("streets.csv")["highway"])
_NOT_YET: Final = ("construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished")
_FORWARD: Final = frozenset({
    "yes", "true", "y", "1", "f", "ft", "forward", "oneway", "one-way", "one way", "单行", "单向", "是", "正向",
    "顺向", "单行线", "单行道", "顺行", "正",
})  # fmt: skip
_BACKWARD: Final = frozenset({"-1", "reverse", "backward", "t", "tf", "反向", "逆向", "逆行", "反", "逆"})
_BOTH: Final = frozenset({
    "", "no", "false", "n", "0", "b", "both", "alternating", "two-way", "twoway", "双向", "双行", "否", "双向通行",
    "两向", "双",
})  # fmt: skip
_NEITHER: Final = "neither"
_UNIT: Final = re.compile(r"(公里|千米)(/|每)?(小?时|h)|码|迈|时速", re.IGNORECASE)
_LIST: Final = re.compile(r"^\[(.*)\]$")


def street_tags(
    frame: pd.DataFrame, report: Report, *, given: Mapping[str, str] | None = None
) -> tuple[list[dict[str, str]], list[str]]:
    """Return the tags of each row (empty: not a street yet) and its name; what was assumed goes to the report.

    ``given`` names the fields of kinds (:data:`STREET_FIELDS`) by the user's word. Raises
    :class:`planner.errors.InputError` when such a field is not there, or two mean the same thing equally well.

    >>> table = pd.DataFrame({"道路等级": ["主干路"], "限速": [60], "单行": ["否"]})
    >>> street_tags(table, Report("streets"))
    ([{'highway': 'primary', 'oneway': 'no', 'maxspeed': '60'}], [''])
    """
    frame, packed = _unpacked(frame)
    fields = _fields([str(name) for name in frame.columns], given or {}, report)
    report.facts["street fields"] = ", ".join(f"{kind}: {field}" for kind, field in fields.items()) or "none"
    blank = [""] * len(frame)
    texts = {kind: _texts(frame[field], kind) for kind, field in fields.items()}
    others = _other_lines(frame, fields, texts, report)
    columns = {
        "highway": _read(texts.get("highway", blank), _class, report, "class", "taken as road"),
        "oneway": _read(texts.get("oneway", blank), _direction_reader(fields, texts), report, "direction", "two-way"),
        "maxspeed": [_speed(text) for text in texts.get("maxspeed", blank)],
    }
    if "oneway" not in fields and not packed:
        report.add("assumed", "there is no field for the direction: all streets are two-way")
    columns |= _tag_columns(frame, fields)
    rows = zip(*columns.values(), strict=True)
    tags = [{key: value for key, value in zip(columns, row, strict=True) if value} for row in rows]
    _tell_closed(tags, report)
    names = texts.get("name", blank)
    rows = zip(tags, names, texts.get("highway", blank), texts.get("oneway", blank), strict=True)
    for one, name, class_, direction in rows:
        if is_elevated(name) or is_elevated(class_):
            one["elevated"] = "yes"
        if not direction and one.get("junction") in ("roundabout", "circular"):
            del one["oneway"]  # not said, so as roundabouts are
    gone = [other or one["highway"] in (*_NOT_YET, "railway") for one, other in zip(tags, others, strict=True)]
    return [{} if lost else _ferry(one) for one, lost in zip(tags, gone, strict=True)], names


def _unpacked(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the layer with the tags that one field holds together as fields of their own, and whether there is one."""
    field, rows = packed_tags(frame)
    keys = {key for row in rows for key in row if is_kept(key) or key in (*_NO_STREET, "name")}
    return with_tags(frame, rows, keys).drop(columns=[field] if field else []), bool(field)


def _tag_columns(frame: pd.DataFrame, fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the fields that keep their OpenStreetMap meaning: ``access``, ``oneway:bicycle`` and their like."""
    free = [name for name in frame.columns if str(name) not in fields.values()]
    keys = {heading_key(str(name)): name for name in free}
    sizes = {key: next((one for one in (key, *words) if one in keys), key) for key, words in _SIZES.items()}
    found = {key: _texts(frame[keys[sizes.get(key, key)]], key) for key in _AS_TAGS if sizes.get(key, key) in keys}
    long = {str(name).strip().lower(): name for name in free if ":" in str(name)}
    return found | {key: _texts(frame[name], key) for key, name in long.items() if is_kept(key)}


def _other_lines(
    frame: pd.DataFrame, fields: Mapping[str, str], texts: Mapping[str, list[str]], report: Report
) -> list[bool]:
    """Return which lines of an OpenStreetMap layer are rivers, railways and the like: they have no ``highway``."""
    if heading_key(fields.get("highway", "")) != "highway":
        return [False] * len(frame)
    kinds = [key for key in _NO_STREET if key in frame]
    rows = zip(texts["highway"], *(_texts(frame[key], key) for key in kinds), strict=True)
    why = [
        "" if highway else next((k for k, v in zip(kinds, row, strict=True) if v not in ("", "no", "ferry")), "")
        for highway, *row in rows
    ]
    for kind, count in sorted(Counter(filter(None, why)).items()):
        report.add("skipped", f"{count} × {kind}: not a street")
    return [bool(kind) for kind in why]


def _tell_closed(tags: list[dict[str, str]], report: Report) -> None:
    """Write lines that are closed to vehicles in both directions as access tags, and count those not built."""
    closed = [one for one in tags if one.get("oneway") == _NEITHER]
    for one in closed:
        one |= {"oneway": "no", "vehicle": "no"}
    if closed:
        report.add("assumed", f"{len(closed)} lines are closed to vehicles in both directions")
    if rails := sum(one["highway"] == "railway" for one in tags):
        report.add("skipped", f"{rails} × railway: not a street")
    unbuilt = sum(one["highway"] in _NOT_YET for one in tags)
    if unbuilt:
        report.add("skipped", f"{unbuilt} lines are under construction, planned or given up")


def _ferry(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of a line, those of a ferry as OpenStreetMap has them: a route, no class of street."""
    if tags["highway"] != "ferry" and (tags.get("route") != "ferry" or tags["highway"] != "road"):
        return tags
    return {key: value for key, value in tags.items() if key != "highway"} | {"route": "ferry"}


def _fields(names: list[str], given: Mapping[str, str], report: Report) -> dict[str, str]:
    """Return the field for each kind: the one that is named, else the one with the surest heading."""
    found = {kind: name for kind, name in given.items() if name in names}
    there = f"There are: {', '.join(map(repr, names))}."
    faults = [
        Fault(f"there is no column {name!r} for {kind}", file=report.source, repair=there)
        for kind, name in given.items()
        if kind not in found
    ]
    for kind in STREET_FIELDS:
        if kind in given:
            continue
        headings = _HEADINGS[kind]
        for heading in headings:
            fits = [name for name in names if heading_key(name) == heading]
            if len(fits) > 1:
                what = f"several fields may be the {kind}: {', '.join(map(repr, fits))}"
                faults.append(
                    Fault(what, file=report.source, repair=f'Say which: columns = {{ {kind} = "{fits[0]}" }}.')
                )
            if fits:
                found[kind] = fits[0]
                break
    if faults:
        raise InputError(faults)
    return found


def _texts(values: pd.Series[Any], key: str) -> list[str]:
    """Return cells as text: blank for nothing, whole numbers without a decimal point, one value for a list."""
    known = {value: _text(value, key) for value in values.dropna().unique()}
    return [known.get(value, "") if present else "" for value, present in zip(values, values.notna(), strict=True)]


def _text(value: Any, key: str) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value).strip()
    if listed := _LIST.match(text):
        text = of_merged(key, [part.strip(" '\"") for part in listed.group(1).split(",")])
    return "" if text.lower() in ("nan", "none", "null", "<na>") else text


def _read(texts: list[str], reader: Callable[[str], str | None], report: Report, kind: str, fallback: str) -> list[str]:
    """Return texts read by ``reader``; what it cannot read (None) is counted, and read as blank."""
    known = {text: reader(text) for text in dict.fromkeys(texts)}
    unread = [text for text in texts if known[text] is None]
    if unread:
        shown = ", ".join(repr(text) for text in list(dict.fromkeys(unread))[:5])
        report.add("assumed", f"{len(unread)} lines have an unknown {kind} ({shown}): {fallback}")
    default = reader("") or ""
    return [default if known[text] is None else str(known[text]) for text in texts]


def _class(text: str) -> str | None:
    """Return the ``highway`` value of a class; blank is ``road`` (a street of unknown class), None is unknown."""
    word = text.split(";")[0].strip().lower()
    if not word:
        return "road"
    word = re.sub(r"_grade[1-5]$", "", word)
    if word in _KNOWN or word in _NOT_YET or word == "ferry":
        return word
    link = "匝道" in word or "连接线" in word
    for part, highway in _CLASSES:
        if part in word:
            return f"{highway}_link" if link and highway in ("motorway", "trunk", "primary", "secondary") else highway
    return "trunk_link" if link else None


def _direction_reader(fields: dict[str, str], texts: dict[str, list[str]]) -> Callable[[str], str | None]:
    """Return the reader of directions.

    Navigation data codes them 0 and 1 both, 2 along, 3 against the line, or FT, TF, and N for neither.
    """
    there = {text.lower() for text in texts.get("oneway", ())}
    if "t" in there and not there - {"t", "f", ""}:
        return lambda text: "yes" if text.lower() == "t" else "no"
    if {"ft", "tf"} & there:
        return lambda text: _NEITHER if text.lower() == "n" else _direction(text)
    one_or_not = heading_key(fields.get("oneway", "")).startswith(("one", "单"))
    return _coded_direction if "3" in there or ("2" in there and not one_or_not) else _direction


def _coded_direction(text: str) -> str | None:
    return {"": "no", "0": "no", "1": "no", "2": "yes", "3": "-1"}.get(text)


def _direction(text: str) -> str | None:
    word = text.lower()
    if word in _FORWARD:
        return "yes"
    if word in _BACKWARD:
        return "-1"
    if word == "reversible":
        return "reversible"
    return "no" if word in _BOTH else None


def _speed(text: str) -> str:
    """Return a limit as ``maxspeed`` writes it; 0 means that none is known."""
    plain = _UNIT.sub("", text).strip()
    return "" if plain in ("0", "-1") else plain
