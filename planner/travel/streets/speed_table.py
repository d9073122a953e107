"""A user's table of speeds and peak factors, by class of street, mode and time of day, laid over a mode.

Columns: ``highway`` (a class; blank: all), ``mode`` (blank: all), ``from`` and ``to`` (times of day; blank: always),
and ``speed`` in km/h or ``factor``; ``note`` for remarks, and no others. A row holds for a trip that departs in
``[from, to)``; a period may pass midnight.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

import pandas as pd

from planner.errors import Fault, InputError, ScenarioError
from planner.travel.streets.modes import MODES, Mode, get_mode

__all__ = ["parse_time", "with_speed_table"]

_COLUMNS = ("highway", "mode", "from", "to", "speed", "factor")
_CLASSES = frozenset(kind for mode in MODES.values() for kind in mode.speeds)
_TIME = re.compile(r"([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：][0-5]\d)?")


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    value: float
    is_factor: bool


def with_speed_table(mode: str | Mode, table: pd.DataFrame, depart: str = "") -> Mode:
    """Return the mode with the speeds and factors that the table gives it at the time of departure.

    A speed replaces the class speed, and a signed limit only caps it; a factor multiplies what results. Of several rows
    for one class the last one counts. Without ``depart`` only rows without a period hold.

    Raises :class:`planner.errors.InputError` with every row that cannot be used, and
    :class:`planner.errors.ScenarioError` for a ``depart`` that is no time.

    >>> peak = pd.DataFrame({"highway": ["primary"], "from": ["07:00"], "to": ["09:00"], "factor": [0.6]})
    >>> with_speed_table("car", peak, "08:00").factors, with_speed_table("car", peak, "12:00").factors
    ({'primary': 0.6}, {})
    """
    mode = get_mode(mode)
    now = None if not depart else parse_time(depart)
    if depart and now is None:
        raise ScenarioError(f'depart = {depart!r} is not a time of day. Write it as "08:00".')
    faults = _unknown_columns(table)
    rows = [_row(mode, cells, now, number, faults) for number, cells in _cells(table)]
    if faults:
        raise InputError(faults)
    held = [row for row in rows if row is not None]
    speeds = {
        kind: row.value for row in held if not row.is_factor for kind in ([row.kind] if row.kind else mode.speeds)
    }
    return mode.with_speeds(**speeds).with_factors({row.kind: row.value for row in held if row.is_factor})


def parse_time(text: str) -> int | None:
    """Return the minutes since midnight of a time of day; None when it is none.

    >>> parse_time("07:30"), parse_time("24:00"), parse_time("7.30")
    (450, 1440, None)
    """
    match = _TIME.fullmatch(text.strip())
    minutes = int(match.group(1)) * 60 + int(match.group(2)) if match else None
    return None if minutes is None or minutes > 1440 else minutes


def _unknown_columns(table: pd.DataFrame) -> list[Fault]:
    """Return a fault for each column that is none: a class under another heading would leave its row to all classes."""
    names = [str(name) for name in table.columns if str(name) not in (*_COLUMNS, "_row", "note", "备注")]
    repair = f"Columns are {', '.join(_COLUMNS)}, and note for remarks."
    return [Fault(f"the table of speeds has no column {name!r}", column=name, repair=repair) for name in names]


def _cells(table: pd.DataFrame) -> list[tuple[int, dict[str, str]]]:
    """Return rows of text with their number in the file."""
    known = table.columns.intersection(list(_COLUMNS))
    numbers = table["_row"] if "_row" in table else range(1, len(table) + 1)
    texts = table[known].astype(object).where(table[known].notna(), "").astype(str)
    return list(zip(map(int, numbers), texts.to_dict("records"), strict=True))  # type: ignore[arg-type]


def _row(mode: Mode, cells: dict[str, str], now: int | None, number: int, faults: list[Fault]) -> _Row | None:
    """Return what a row says for the mode now; None when it speaks of another mode or time, or has a fault."""
    cells = {key: cell.strip() for key, cell in cells.items()}
    wanted, kind = cells.get("mode", ""), cells.get("highway", "")
    begin, end = (parse_time(cells[key]) if cells.get(key) else None for key in ("from", "to"))
    wrong = _fault(cells, begin, end)
    if wrong:
        faults.append(Fault(wrong[0], row=number, column=wrong[1], repair=wrong[2]))
        return None
    if (
        wanted not in ("", mode.name)
        or not _holds(now, begin, end)
        or (kind and not wanted and kind not in mode.speeds)
    ):
        return None
    is_factor = bool(cells.get("factor"))
    try:
        row = _Row(kind, float(cells["factor"] if is_factor else cells["speed"]), is_factor)
        mode.with_factors({row.kind: row.value})
    except ScenarioError as error:
        faults.append(Fault(str(error), row=number, column="highway"))
        return None
    return row


def _fault(cells: dict[str, str], begin: int | None, end: int | None) -> tuple[str, str, str] | None:
    """Return what is wrong with a row, in which column, and the repair."""
    if cells.get("mode") and cells["mode"] not in MODES:
        return (
            f"{cells['mode']!r} is not a travel mode",
            "mode",
            f"Write one of {', '.join(MODES)}, or nothing for all.",
        )
    if cells.get("highway") and cells["highway"] not in _CLASSES:
        near = difflib.get_close_matches(cells["highway"], sorted(_CLASSES), n=1, cutoff=0.0)[0]
        return f"{cells['highway']!r} is not a class of streets", "highway", f"Did you mean {near!r}?"
    for key, time in (("from", begin), ("to", end)):
        if cells.get(key) and time is None:
            return f"{cells[key]!r} is not a time of day", key, "Write it as 07:30."
    if (begin is None) != (end is None):
        return "a period needs both its ends", "from" if begin is None else "to", "Fill in from and to, or neither."
    given = [key for key in ("speed", "factor") if cells.get(key)]
    if len(given) != 1:
        return "a row needs either a speed or a factor", "speed", "Fill in one of the two."
    try:
        value = float(cells[given[0]])
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        return f"{cells[given[0]]!r} is not a number above zero", given[0], "Write km/h, or a factor such as 0.6."
    return None


def _holds(now: int | None, begin: int | None, end: int | None) -> bool:
    """Return whether a time lies in a period; a period may pass midnight."""
    if begin is None or end is None:
        return True
    if now is None:
        return False
    return begin <= now < end if begin <= end else now >= begin or now < end
