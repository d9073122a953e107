"""Decisions of new lists against those that stand already: what a list replaces is told, and what is older refused.

An old list that is saved again is another file, so nothing but its dates tells that its opinions were overtaken.
"""

from __future__ import annotations

import pandas as pd

from planner.inputs.report import Report
from planner.review.decisions.verdicts import is_day

__all__ = ["against_standing", "meant"]


def against_standing(news: pd.DataFrame, standing: pd.DataFrame, report: Report) -> None:
    """Tell which standing decisions a list replaces, and refuse, by row, those of an earlier day than what stands.

    That is so where both say the same, too: entered, it would take the day back that a third one is measured by. Both
    tables have one decision per site and the columns of :data:`planner.review.decisions.read.COLUMNS`.

    >>> report = Report("decisions")
    >>> row = {"longitude": 0.0, "latitude": 0.0, "to": "", "by": "", "source": "a.xlsx", "row": 5}
    >>> old = pd.DataFrame([row | {"site": "S1", "verdict": "rejected", "date": "2026-02-01"}])
    >>> new = pd.DataFrame([row | {"site": "S1", "verdict": "approved", "date": "2026-01-01"}])
    >>> against_standing(new, old, report)
    >>> print(report.entries[0].fault.what)
    approved (?, 2026-01-01) is older than what stands: rejected (?, 2026-02-01)
    """
    before = {row["site"]: row for _, row in standing.iterrows()}
    for _, row in news.iterrows():
        held = before.get(row["site"])
        if held is None:
            continue
        where = {"file": row["source"], "row": row["row"], "id": row["site"]}
        if is_day(row["date"]) and is_day(held["date"]) and row["date"] < held["date"]:
            what = f"{_said(row)} is older than what stands: {_said(held)}"
            report.add("refused", what, repair="Leave the row blank, or date it anew if it is to hold now.", **where)
        elif meant(row) != meant(held):
            report.add("warning", f"{_said(row)} replaces what stood until now: {_said(held)}", **where)


def meant(row: pd.Series) -> tuple[object, ...]:
    """Return what a decision says: its verdict, and the new place of a site that moves."""
    place = (row["to"],) if row["to"] else (round(row["longitude"], 5), round(row["latitude"], 5))
    return (row["verdict"], *(place if row["verdict"] == "moved" else ()))


def _said(row: pd.Series) -> str:
    return f"{row['verdict']} ({row['by'] or '?'}, {row['date'] or 'no date'})"
