"""Decisions that come back: the filled workbook, a table, or the marks of the map page; read by a stated rule.

A verdict is what its first known word says: 同意, 通过, OK (approved); 不同意, 否决, 驳回 (rejected); 换址, 迁 (moved);
缓, 暂 (deferred). "不" before a word turns it. A text that holds none, or an undecided cell, is never guessed: blank
means undecided and is left out; anything else is listed with its row for a person.
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.coordinates import split_pair
from planner.inputs.tables import read_table
from planner.inputs.values import parse_date

__all__ = ["COLUMNS", "read_decisions", "read_verdict"]

COLUMNS = ("site", "name", "verdict", "longitude", "latitude", "reason", "by", "date", "plan", "source", "row")
_RULES = (
    ("rejected", r"不同意|不予|不通过|不赞成|否决|否定|驳回|拒绝|反对|reject|refuse|\bno\b"),
    ("moved", r"换址|换地|迁址|迁至|移至|另选|改址|调整至|move"),
    ("deferred", r"缓建|暂缓|缓|暂不|延期|推迟|defer|later|postpone"),
    ("approved", r"同意|通过|赞成|批准|认可|可行|approve|agree|\bok\b|\byes\b"),
)
_HEADINGS = {
    "site": ("编号", "id", "site", "站点编号"),
    "name": ("名称", "name", "站点名称"),
    "verdict": ("意见", "verdict", "审批意见", "decision"),
    "place": ("新位置", "new place", "新址"),
    "reason": ("原因", "理由说明", "reason", "备注"),
    "by": ("决定人", "decided by", "审批人", "by"),
    "date": ("日期", "date", "审批日期"),
}


def read_decisions(*sources: str | Path) -> pd.DataFrame:
    """Return the decisions of one or more files as one table with the columns of :data:`COLUMNS`.

    The same verdict on a site from several files counts once; two different ones are refused with their rows, so that
    a person settles them. Raises :class:`planner.errors.InputError` with every row that cannot be understood.

    >>> read_decisions("outputs/approval/decisions.xlsx")  # doctest: +SKIP
    """
    faults: list[Fault] = []
    parts = [_read_marks(path) if path.suffix == ".json" else _read_rows(path, faults) for path in map(Path, sources)]
    table = pd.concat([pd.DataFrame(part, columns=list(COLUMNS)) for part in parts], ignore_index=True)
    for site, rows in table.groupby("site", sort=True):
        if len(set(rows["verdict"])) > 1:
            said = "; ".join(f"{row.source} row {row.row}: {row.verdict}" for row in rows.itertuples())
            faults.append(Fault(f"two opinions on one site: {said}", id=str(site), repair="Settle it, and keep one."))
    if faults:
        raise InputError(faults)
    return table.drop_duplicates("site", keep="last").sort_values("site").reset_index(drop=True)


def read_verdict(text: str) -> str | None:
    """Return the verdict that a text means, None when it says none.

    >>> read_verdict("同意。"), read_verdict("不同意"), read_verdict("建议换址至东门"), read_verdict("再议")
    ('approved', 'rejected', 'moved', None)
    """
    found = {verdict for verdict, words in _RULES if re.search(words, text.strip(), re.IGNORECASE)}
    if "rejected" in found and "approved" in found and "不同意" in text and not re.search(r"(?<!不)同意", text):
        found.discard("approved")
    return found.pop() if len(found) == 1 else None


def _read_rows(path: Path, faults: list[Fault]) -> list[dict[str, object]]:
    table, _ = read_table(path)
    columns = {kind: _heading(table, words) for kind, words in _HEADINGS.items()}
    missing = [kind for kind in ("site", "verdict") if columns[kind] is None]
    if missing:
        known = ", ".join("/".join(_HEADINGS[kind][:2]) for kind in missing)
        raise InputError(Fault(f"there is no column {known}", file=path.name, repair="Use the exported list."))
    rows = []
    for record in table.to_dict("records"):
        cell = {kind: str(record[name]).strip() if name else "" for kind, name in columns.items()}
        if not cell["verdict"]:
            continue
        where = partial(Fault, file=path.name, row=int(record["_row"]), id=cell["site"])
        verdict = read_verdict(cell["verdict"])
        place = _place(cell["place"])
        if verdict is None:
            repair = "Write 同意, 否决, 换址 or 缓建."
            faults.append(where(f"the opinion {cell['verdict']!r} is not clear", repair=repair))
        elif verdict == "moved" and place is None:
            repair = "Give longitude and latitude, for example 121.43, 28.67."
            faults.append(where(f"the new place {cell['place']!r} cannot be read", repair=repair))
        else:
            longitude, latitude = place or (float("nan"), float("nan"))
            date = parse_date(cell["date"]) or cell["date"]
            rows.append(cell | {"verdict": verdict, "longitude": longitude, "latitude": latitude, "date": date,
                                "plan": "", "source": path.name, "row": int(record["_row"])})  # fmt: skip
    return rows


def _read_marks(path: Path) -> list[dict[str, object]]:
    try:
        file = json.loads(path.read_text(encoding="utf-8-sig"))
        marks = file["marks"] if file.get("format") == "planner-marks/1" else None
    except (ValueError, KeyError, AttributeError):
        marks = None
    if not isinstance(marks, list):
        raise InputError(Fault("not a file of marks", file=path.name, repair="Save it from the map page again."))
    rows = []
    for number, mark in enumerate(marks, 1):
        longitude, latitude = mark.get("place") or (float("nan"), float("nan"))
        texts = {name: str(mark.get(name) or "") for name in ("site", "name", "verdict", "reason", "by", "date")}
        rows.append(texts | {"longitude": longitude, "latitude": latitude, "plan": str(file.get("plan") or ""),
                             "source": path.name, "row": number})  # fmt: skip
    return rows


def _heading(table: pd.DataFrame, words: tuple[str, ...]) -> str | None:
    """Return the first column whose heading, or its Chinese or Latin part, is one of the words."""
    keys: dict[str, str] = {}
    for name in map(str, table.columns):
        chinese = "".join(re.findall(r"[\u4e00-\u9fff]+", name))
        latin = " ".join(re.findall(r"[A-Za-z]+", name)).lower()
        for key in (name.strip().lower(), chinese, latin):
            keys.setdefault(key, name)
    return next((keys[word] for word in words if word in keys), None)


def _place(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude of a text; in China they never overlap, so there either order is understood."""
    try:
        first, second = (float(part) for part in split_pair(text))
    except ValueError:
        return None
    swapped = 73 <= second <= 136 and 3 <= first <= 54
    longitude, latitude = (second, first) if swapped else (first, second)
    return (longitude, latitude) if abs(longitude) <= 180 and abs(latitude) <= 90 else None
