"""The check report as one HTML page: no scripts, nothing fetched, text from data only ever text.

The page is built as a tree of elements, so every text and attribute is escaped when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.files import replacing
from planner.review.check.picture import Drawn, picture
from planner.review.check.result import CheckResult, FileAccount
from planner.review.check.tables import class_counts, entries_table, key_figures, verdict
from planner.review.check.words import FACTS, ROLES, STAGES, fact, in_chinese, told
from planner.safe_text import without_harmful

__all__ = ["write_check_page"]

_ALL_NAMED = 5  # rows of one line that are named one by one
LISTED = 60
"""Rows that a table of the page shows; the workbook holds all."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LAYERS = (
    *("areas", "exclusions", "roads", "buildings", "centres", "pois", "population", "demand", "rooms", "parcels"),
    *("lounges", "stations"),
)
_SHORT = (
    *("rows_read", "rows_kept", "encoding", "coordinate system", "coordinate system evidence", "datum test"),
    *("sheet", "layer", "ways", "kilometres", "restrictions", "licence"),
)


def write_check_page(result: CheckResult, path: str | Path) -> None:
    """Write the report; the file replaces an older one in one step."""
    html = ET.Element("html", {"lang": "zh-CN"})
    head = _add(html, "head")
    _add(head, "meta", charset="utf-8")
    _add(head, "meta", **{"http-equiv": "Content-Security-Policy", "content": _POLICY})
    _add(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", f"{result.scenario.district.name} 数据检查")
    _add(head, "style", resources.files("planner").joinpath("review", "web", "check.css").read_text(encoding="utf-8"))
    main = _add(_add(html, "body"), "main")
    _heading(main, result)
    _verdict(main, result)
    _tiles(main, result)
    shapes = _shapes(result)
    if "bounds" in shapes:
        _overview(main, shapes, result)
    _rows(main, result, "需要处理的行", "rows to look at", ("不能", "拒收", "提醒"))
    _guesses(main, result)
    _section(main, "各文件", "file by file")
    grid = _add(main, "div", **{"class": "files"})
    for one in result.files:
        _file(grid, one, shapes)
    _classes(main, result)
    _rows(main, result, "已修正与跳过的行", "rows repaired and skipped", ("已修正", "跳过"))
    text = f"本页由数据检查生成，未求解方案。每组最多列 {LISTED} 行，全部内容见同名 Excel。"
    _add(_add(main, "footer"), "p", text)
    with replacing(path) as unfinished:
        unfinished.write_text(
            "<!DOCTYPE html>\n" + ET.tostring(html, encoding="unicode", method="html"), encoding="utf-8"
        )


def _add(parent: ET.Element, tag: str, text: object = "", /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = without_harmful(str(text))[0]
    return element


def _section(main: ET.Element, zh: str, en: str) -> None:
    heading = _add(main, "h2", zh)
    _add(heading, "span", en, **{"class": "en"})


def _heading(main: ET.Element, result: CheckResult) -> None:
    district = result.scenario.district
    _add(main, "h1", f"{district.name}：规划数据检查")
    _add(
        main, "p", f"Check of the planning data{': ' + district.name_en if district.name_en else ''}", **{"class": "en"}
    )
    if district.notice:
        _add(main, "p", district.notice, **{"class": "notice"})


def _verdict(main: ET.Element, result: CheckResult) -> None:
    level, zh, en = verdict(result)
    box = _add(main, "div", **{"class": f"verdict {level}"})
    _add(box, "strong", zh)
    _add(box, "span", en, **{"class": "en"})
    if result.findings:
        items = _add(box, "ul", **{"class": "findings"})
        for finding in result.findings:
            item = _add(items, "li")
            _add(
                item,
                "span",
                {"stop": "必须处理", "warning": "提醒"}[finding.level],
                **{"class": f"tag {finding.level}"},
            )
            _add(item, "span", finding.zh)
            _add(item, "div", finding.en, **{"class": "en"})


def _tiles(main: ET.Element, result: CheckResult) -> None:
    if result.district is None:
        return
    _section(main, "读到了什么", "what was read")
    tiles = _add(main, "div", **{"class": "tiles"})
    for label, number in key_figures(result):
        tile = _add(tiles, "div", **{"class": "tile"})
        _add(tile, "b", fact(number))
        _add(tile, "span", label)


def _shapes(result: CheckResult) -> dict[str, Any]:
    """Return the shapes of each role, in degrees, and the bounds of the study area."""
    district = result.district
    if district is None:
        return {}
    shapes: dict[str, Any] = {}
    for role in (*_LAYERS, "boundary"):
        layer = getattr(district, role)
        if role == "roads":
            if layer is not None and len(layer):
                shapes[role] = gpd.GeoSeries(layer.lines(), crs=4326)
        elif len(layer):
            shapes[role] = layer.geometry
    if result.centres is not None and len(result.centres):
        shapes["found centres"] = result.centres.geometry
    if result.candidates is not None:
        usable = result.candidates[result.candidates["status"] != "excluded"]
        if len(usable):
            shapes["candidates"] = usable.geometry
    frame = next((shapes[role] for role in ("boundary", "areas", "pois", "roads") if role in shapes), None)
    if frame is not None:
        shapes["bounds"] = _bounds(frame, shapes.get("pois"))
    return shapes


def _bounds(frame: gpd.GeoSeries, pois: gpd.GeoSeries | None) -> tuple[float, float, float, float]:
    """Return what a picture shows: the study area, but only the part where nearly all places are (no far islands)."""
    west, south, east, north = (float(value) for value in frame.total_bounds)
    if pois is not None and len(pois) > 50:
        at = shapely.get_coordinates(pois.representative_point().to_numpy())
        low, high = np.quantile(at, 0.005, axis=0), np.quantile(at, 0.995, axis=0)
        margin = 0.6 * (high - low)
        (w, s), (e, n) = low - margin, high + margin
        west, south, east, north = max(west, float(w)), max(south, float(s)), min(east, float(e)), min(north, float(n))
        seen = shapely.clip_by_rect(frame.to_numpy(), west, south, east, north)
        if not shapely.is_empty(seen).all():
            west, south, east, north = (float(value) for value in shapely.total_bounds(seen))
    return west, south, max(east, west + 1e-4), max(north, south + 1e-4)


def _overview(main: ET.Element, shapes: dict[str, Any], result: CheckResult) -> None:
    _section(main, "总图", "overview")
    box = _add(main, "div", **{"class": "map"})
    styles = {
        "areas": "areas",
        "exclusions": "exclusions",
        "roads": "roads",
        "pois": "pois",
        "found centres": "centres",
    }
    styles |= {"lounges": "lounges", "stations": "stations", "candidates": "candidates", "boundary": "boundary"}
    drawn = [Drawn(shapes[role], style) for role, style in styles.items() if role in shapes]
    box.append(picture(drawn, shapes["bounds"], 720))
    legend = _add(box, "ul", **{"class": "legend"})
    words = {"found centres": "商圈、园区与商务中心", "candidates": "可用候选点"} | dict(ROLES)
    for role, style in styles.items():
        if role in shapes:
            item = _add(legend, "li")
            svg = _add(item, "svg", viewBox="0 0 26 16")
            area = style in ("areas", "exclusions", "centres")
            _add(svg, "path", **{"class": style, "d": "M2 2h22v12h-22Z" if area else _sample(style)})
            _add(item, "span", words[role])


def _sample(style: str) -> str:
    return "M1 8h24" if style in ("roads", "boundary") else "M13 8h0"


def _rows(main: ET.Element, result: CheckResult, zh: str, en: str, kinds: tuple[str, ...]) -> None:
    entries = entries_table(result)
    entries = entries[entries["kind"].str.startswith(kinds)]
    if entries.empty:
        return
    cells = _runs(_cells(entries, result))
    _section(main, f"{zh}（{len(entries)}）", en)
    _table(main, ["类型", "文件", "行", "编号", "情况", "怎么办"], cells[:LISTED])
    if len(cells) > LISTED:
        _add(main, "p", f"另有 {len(cells) - LISTED} 条，见 Excel。", **{"class": "en"})


def _runs(cells: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows of a table with neighbours that say the same as one: all of them, or the first and the last."""
    joined = []
    for _, run in groupby(cells, key=lambda row: (row[0], row[1], row[4], row[5])):
        rows = list(run)
        kind, file, row, place, what, repair = rows[0]
        if len(rows) > _ALL_NAMED:
            row = f"{row} … {rows[-1][2]}（{len(rows)} 行）" if row else ""
            place = f"{place} … {rows[-1][3]}" if place else ""
        elif len(rows) > 1:
            row, place = ("、".join(filter(None, (one[column] for one in rows))) for column in (2, 3))
        joined.append([kind, file, row, place, what, repair])
    return joined


def _cells(entries: pd.DataFrame, result: CheckResult) -> Iterable[list[str]]:
    names = {group.id: group.name for group in result.scenario.groups}
    columns = ("kind", "file", "sheet", "row", "id", "column", "what", "repair")
    texts = entries.assign(row=entries["row"].map(lambda row: "" if pd.isna(row) else f"{row:.0f}")).fillna("")
    for kind, file, sheet, row, place, column, what, repair in texts[list(columns)].astype(str).to_numpy().tolist():
        said = in_chinese(what, names)
        file = STAGES.get(file, file)
        where = f"{sheet} {row}".strip()
        yield [kind.split(" ")[0], file, where, place, f"{column}：{said}" if column else said, in_chinese(repair)]


def _table(main: ET.Element, headings: list[str], rows: Iterable[list[str]]) -> None:
    table = _add(main, "table")
    line = _add(_add(table, "thead"), "tr")
    for heading in headings:
        _add(line, "th", heading)
    body = _add(table, "tbody")
    for row in rows:
        line = _add(body, "tr")
        for cell in row:
            _add(line, "td", cell)


def _guesses(main: ET.Element, result: CheckResult) -> None:
    entries = entries_table(result)
    entries = entries[entries["kind"].str.startswith("推断")]
    guesses = _once([(row[4], row[3]) for row in _cells(entries, result)])
    for one in result.files:
        if str(one.report.facts.get("coordinate system evidence", "")).startswith("assumed"):
            system = in_chinese(str(one.report.facts["coordinate system"]))
            guesses.append([f"{one.file}：坐标系按 {system} 读取（文件未说明）", ""])
    if guesses:
        _section(main, f"规划时将采用的推断（{len(guesses)}）", "what will be guessed")
        _table(main, ["推断", "涉及"], guesses[:LISTED])


def _once(guesses: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return guesses with those that several groups share told once, the groups in front."""
    heads: dict[tuple[str, str], list[str]] = {}
    for sentence, place in guesses:
        head, colon, rest = sentence.partition("：")
        heads.setdefault((rest if colon else sentence, place), []).append(head if colon else "")
    return [
        [f"{'、'.join(filter(None, who))}：{said}" if any(who) else said, place] for (said, place), who in heads.items()
    ]


def _file(grid: ET.Element, one: FileAccount, shapes: dict[str, Any]) -> None:
    card = _add(grid, "section", **{"class": "file"})
    _add(card, "h3", ROLES[one.role])
    _add(card, "div", one.file, **{"class": "name"})
    thumb = _add(card, "div", **{"class": "thumb"})
    frame = [Drawn(shapes["boundary"], "boundary")] if "boundary" in shapes else []
    if one.usable and one.role in shapes:
        drawn = [*frame, Drawn(shapes[one.role], one.role)]
        thumb.append(picture(drawn, shapes["bounds"], 200))
    else:
        _add(thumb, "span", "表格，无位置" if one.usable else "未能读取")
    facts = one.report.facts
    read, refused, skipped = (facts.get("rows_read"), one.report.count("refused"), one.report.count("skipped"))
    if isinstance(read, int) and read:
        bar = _add(card, "div", **{"class": "bar"})
        kept = facts.get("rows_kept", read - refused)
        for style, count in (("kept", kept), ("refused", refused), ("skipped", skipped)):
            _add(
                bar, "i", **{"class": style, "style": f"width:{100 * count / max(read, kept + refused + skipped):.2f}%"}
            )
    items = {name: facts[name] for name in _SHORT if fact(facts.get(name, "")) != ""}
    items |= {kind: one.report.count(kind) for kind in ("repaired", "refused") if one.report.count(kind)}
    items |= {name: value for name, value in facts.items() if name.startswith("total ")}
    items |= {name: text for name, text in (("licence", one.licence), ("date", one.date)) if text}
    listing = _add(card, "dl")
    for name, value in items.items():
        label = f"{name.removeprefix('total ')}合计" if name.startswith("total ") else FACTS.get(name, name)
        _add(listing, "dt", label)
        _add(listing, "dd", in_chinese(fact(value)))
    for fault in one.faults:
        _add(card, "p", told(fault), **{"class": "notice"})
    rest = {name: value for name, value in facts.items() if name not in items and name != "role"}
    if rest:
        more = _add(card, "details")
        _add(more, "summary", "技术细节")
        listing = _add(more, "dl")
        for name, value in rest.items():
            _add(listing, "dt", FACTS.get(name, name))
            _add(listing, "dd", in_chinese(fact(value)))


def _classes(main: ET.Element, result: CheckResult) -> None:
    counts = class_counts(result)
    if counts.empty:
        return
    _section(main, "兴趣点类别", "places by class")
    listing = _add(main, "ul", **{"class": "classes"})
    for name, count in zip(counts["name"], counts["count"], strict=True):
        item = _add(listing, "li")
        _add(item, "span", name)
        _add(item, "span", fact(int(count)))
