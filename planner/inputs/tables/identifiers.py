"""Ids of the rows of a table or layer: always text, never a number, unique.

One rule for both: rows that are equal are one row; polygons that differ in their outline only are parts of one place,
lines that share an id pieces of one line; an id that stands for different things is refused with all its rows, whatever
their order. A column found by its heading in which most values repeat holds no ids but codes of something else, and row
numbers are taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.report import Report
from planner.inputs.safety import FORMULA_ERROR
from planner.inputs.tables.accounts import Account

__all__ = ["are_ids", "recoded", "row_ids", "unique_rows"]

_DIVISION = 6  # digits of the code of a district
_ROUNDED = re.compile(r"\d\.\d+[eE]\+\d{2}")  # "4.20106E+17"
_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d")
_ENOUGH = 10  # ids from which on repetitions tell that they are none
Mask = npt.NDArray[np.bool_]


def are_ids(texts: Sequence[str]) -> bool:
    """Return whether the values of a column can be ids: of ten or more, at least half are distinct.

    >>> are_ids(["a", "a"]), are_ids(["5122"] * 12)
    (True, False)
    """
    filled = [text for text in texts if text]
    return len(filled) < _ENOUGH or len(set(filled)) * 2 >= len(filled)


def recoded(ids: pd.Index, codes: Mapping[str, str], report: Report) -> pd.Index:
    """Return ids with outdated codes replaced, whole or by their first six digits or more; each change is reported.

    >>> recoded(pd.Index(["450127000000", "7"]), {"450127": "450181"}, Report("areas")).tolist()
    ['450181000000', '7']
    """
    now = list(map(str, ids))
    for old, new in codes.items():
        start = len(old) >= _DIVISION and old.isdigit()
        changed = [at for at, one in enumerate(now) if one == old or (start and one.startswith(old))]
        for at in changed:
            now[at] = new + now[at][len(old) :]
        what = f"the code {old} is read as {new} in {len(changed)} rows, as the scenario says"
        report.add("repaired" if changed else "warning", what, id=old)
    return pd.Index(now, name=ids.name, dtype="str")


def row_ids(table: pd.DataFrame, found: Mapping[str, str], report: Report, *, given: bool = False) -> list[str]:
    """Return the ids of the rows: the id column, else the names where they are unique, else the row numbers.

    A blank id becomes "row 7". ``given`` says that the user named the column. What is assumed is in the report.
    """
    rows = table["_row"].to_numpy()
    if "id" in found and not given and not are_ids(table[found["id"]].tolist()):
        report.add("assumed", "most values repeat, so they are no ids; row numbers are taken", column=found["id"])
        return [str(row) for row in rows]
    if "id" in found:
        ids = table[found["id"]].tolist()
        ids = ["" if FORMULA_ERROR.fullmatch(text) else text for text in ids]
        blank = [at for at, text in enumerate(ids) if not text]
        for at in blank:
            ids[at] = f"row {rows[at]}"
        Account(report, rows, ids).tell(
            "assumed", blank, "the id is blank; the row number is taken", column=found["id"]
        )
        rounded = [at for at, text in enumerate(ids) if _ROUNDED.fullmatch(text)]
        what = "the id is a number that a spreadsheet program has rounded; its last digits are lost"
        Account(report, rows, ids).tell(
            "warning", rounded, what, column=found["id"], repair="Write ids as text in the file they come from."
        )
        dates = [at for at, text in enumerate(ids) if _DAY.fullmatch(text)]
        what = "the id is a date; a spreadsheet program may have made it of a number such as 3-1"
        Account(report, rows, ids).tell(
            "warning", dates, what, column=found["id"], repair="Compare it with its source; write ids as text."
        )
        return ids
    if "name" in found and table[found["name"]].ne("").all() and table[found["name"]].is_unique:
        report.add("assumed", "there is no id column; names are taken as ids", column=found["name"])
        return table[found["name"]].tolist()
    report.add("assumed", "there is no id column; row numbers are taken as ids")
    return [str(row) for row in rows]


def unique_rows(table: pd.DataFrame, keep: Mask, account: Account) -> Mask:
    """Return which rows stay: of rows with equal cells one, of rows that only share an id none (whatever the order)."""
    stay = np.ones(len(table), dtype=bool)
    ids = pd.Series(account.ids, dtype=object)
    twice = np.asarray(ids.where(keep).duplicated(keep=False)) & keep
    if not twice.any():
        return stay
    cells = table.drop(columns="_row").astype(object)
    for _, group in pd.Series(np.flatnonzero(twice)).groupby(ids[twice].to_numpy()):
        positions = group.to_numpy()
        rows = ", ".join(str(account.rows[at]) for at in positions)
        if len(cells.iloc[positions].drop_duplicates()) == 1:
            stay[positions[1:]] = False
            account.tell("skipped", positions[1:], f"rows {rows} are equal; one of them is kept")
        else:
            stay[positions] = False
            what = f"the id stands in rows {rows} for different things"
            account.tell("refused", positions, what, repair="Give each place its own id.")
    return stay
