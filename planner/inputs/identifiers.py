"""Ids of the rows of a table: always text, never a number, unique."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.accounts import Account
from planner.inputs.report import Report

__all__ = ["row_ids", "unique_rows"]

Mask = npt.NDArray[np.bool_]


def row_ids(table: pd.DataFrame, found: Mapping[str, str], report: Report) -> list[str]:
    """Return the ids of the rows: the id column, else the names where they are unique, else the row numbers.

    A blank id becomes "row 7". What is assumed is in the report.
    """
    rows = table["_row"].to_numpy()
    if "id" in found:
        ids = table[found["id"]].tolist()
        blank = [at for at, text in enumerate(ids) if not text]
        for at in blank:
            ids[at] = f"row {rows[at]}"
        Account(report, rows, ids).tell(
            "assumed", blank, "the id is blank; the row number is taken", column=found["id"]
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
