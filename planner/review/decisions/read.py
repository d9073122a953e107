"""Decisions that come back: filled workbooks, tables and marks of the map page, read and settled by stated rules.

- A row counts when its cell under 意见 says something; what it says is read by
  :mod:`planner.review.decisions.verdicts`.
- The id says which site is meant, else the name where only one site has it (compared as
  :mod:`planner.review.decisions.known_sites` does). An id and a name that belong to different sites are for a person:
  part of the list was sorted without the rest.
- A row made from another plan (column 方案编号, or the plan of the marks) counts where its site is still a candidate at
  the same place; else it is refused.
- What an opinion says beyond its verdict (同意，需落实消防验收) stands in front of the reason.
- Of two opinions on one site the same verdict counts once. Of one person's two dated ones the later counts. Any other
  two are for a person.

What is for a person is refused with file and row; one refused row refuses all, so that nothing is done by halves.
"""

from __future__ import annotations

import math
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from planner.files import sha256
from planner.inputs.report import Report
from planner.inputs.tables.values import parse_number
from planner.review.decisions.known_sites import Judged, KnownSite, KnownSites, alike, known_sites
from planner.review.decisions.new_places import NewPlace, metres_between, read_place
from planner.review.decisions.opinions import Opinion, read_file
from planner.review.decisions.standing import meant
from planner.review.decisions.verdicts import VERDICTS, is_day, is_undecided, read_day, read_verdict, remark

__all__ = ["COLUMNS", "read_decisions", "read_opinions", "settle", "settled_last"]

COLUMNS: Final = (
    "site", "name", "verdict", "longitude", "latitude", "to", "reason", "by", "date", "plan", "source", "row",
    "source_hash",
)  # fmt: skip
_SAME_PLACE: Final = 5.0  # metres
_NOWHERE: Final = math.nan


def read_decisions(*sources: str | Path, plan: Judged | None = None, report: Report | None = None) -> pd.DataFrame:
    """Return the decisions of one or more files, one per site, as a table with the columns of :data:`COLUMNS`.

    With the ``plan`` (or its record) that was decided on, names stand for ids, a candidate may be a new place, and
    rows of another plan are recognised. What is to be told of the files (rows with a reason and no opinion, colours,
    nobody who decided …) is given as one Python warning; pass a ``report`` to have it there instead, with all that was
    repaired and skipped. Raises :class:`planner.errors.InputError` with every row that cannot be understood.

    >>> read_decisions("outputs/approval/decisions.xlsx", plan=plan)  # doctest: +SKIP
    """
    opinions, account = read_opinions(*sources, plan=plan)
    settled = settle(opinions, account)
    if report is not None:
        report.facts |= account.facts
        report.extend(account)
    account.stop_if_refused()
    told = [str(fault) for fault in account.of("warning")]
    if told and report is None:
        warnings.warn("\n".join([f"{len(told)} warnings about the decisions:", *told]), stacklevel=2)
    return settled


def read_opinions(*sources: str | Path, plan: Judged | None = None) -> tuple[pd.DataFrame, Report]:
    """Return every opinion that is understood (columns as :data:`COLUMNS`), and what was not, refused by row.

    >>> opinions, report = read_opinions("labour.xlsx", "housing.csv", "marks.json", plan=plan)  # doctest: +SKIP
    """
    report = Report("decisions")
    sites = known_sites(plan)
    rows = []
    for path, name in _named(sources).items():
        opinions, digest = read_file(path, report), sha256(path)
        for opinion in opinions:
            row = _understood(replace(opinion, source=name), sites, plan.id if plan is not None else "", report)
            if row is not None:
                rows.append(row | {"source_hash": digest})
    _tell_nameless(rows, report)
    report.facts |= {"files": len(sources), "opinions": len(rows)}
    return pd.DataFrame(rows, columns=list(COLUMNS)), report


def _tell_nameless(rows: Iterable[Mapping[str, Any]], report: Report) -> None:
    """Tell which rows name nobody as having decided: the ledger then cannot say who did."""
    nameless: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if not row["by"]:
            nameless[row["source"]].append(str(row["row"]))
    for source, numbers in nameless.items():
        shown = ", ".join(numbers[:20]) + (" …" if len(numbers) > 20 else "")
        what = f"{len(numbers)} decisions name nobody who decided (rows {shown})"
        report.add("warning", what, file=source, repair="Fill in 决定人.")


def _named(sources: Iterable[str | Path]) -> dict[Path, str]:
    """Return how each file is called: by its name, with its folder where two have the same name."""
    paths = [Path(source) for source in sources]
    names = [path.name for path in paths]
    return {path: path.name if names.count(path.name) == 1 else f"{path.parent.name}/{path.name}" for path in paths}


def settle(opinions: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Return one opinion per site, sorted by site; two that differ are refused in the report unless a rule decides.

    >>> settle(pd.DataFrame(columns=list(COLUMNS)), Report("decisions")).empty
    True
    """
    kept = []
    for site in sorted(set(opinions["site"])):
        rows = opinions[opinions["site"] == site]
        chosen = rows.iloc[-1]
        if len({meant(row) for _, row in rows.iterrows()}) > 1:
            latest = _latest_of_one_person(rows)
            said = "; ".join(
                f"{row.source} row {row.row}: {row.verdict} ({row.by or '?'})" for row in rows.itertuples()
            )
            if latest is None:
                report.add("refused", f"two opinions on one site: {said}", id=site, file="",
                           repair="Settle it, and keep one.")  # fmt: skip
                continue
            chosen = latest
            report.add("warning", f"the later of one person's opinions counts: {said}", id=site, file="")
        kept.append(chosen)
    return pd.DataFrame(kept, columns=list(opinions.columns)).reset_index(drop=True)


def settled_last(opinions: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """Return all opinions with those that :func:`settle` chose at the end, so that in a ledger they are what holds."""
    where = ["source_hash", "row", "site", "verdict", "by"]
    chosen = set(settled[where].itertuples(index=False, name=None))
    last = pd.Series([key in chosen for key in opinions[where].itertuples(index=False, name=None)], dtype=bool)
    return pd.concat([opinions[~last.to_numpy()], opinions[last.to_numpy()]], ignore_index=True)


class _ForAPersonError(Exception):
    """What is unclear in a row, and how it may be mended."""

    def __init__(self, what: str, repair: str) -> None:
        super().__init__(what)
        self.what, self.repair = what, repair


def _understood(opinion: Opinion, sites: KnownSites, plan: str, report: Report) -> dict[str, Any] | None:
    """Return an opinion as a row of the table; None where it is undecided, or refused in the report."""
    if is_undecided(opinion.verdict) and is_undecided(opinion.new_place):
        return None
    where = {"file": opinion.source, "sheet": opinion.sheet, "row": opinion.row, "id": opinion.site}
    try:
        site = _site(opinion, sites)
        if plan and opinion.plan and opinion.plan != plan:
            same = _same_site(opinion, sites[site], plan)
            report.add("warning", f"made from the plan {opinion.plan}; {same} in {plan}", **where)
        verdict, place = _verdict(opinion, sites, site)
    except _ForAPersonError as unclear:
        report.add("refused", unclear.what, repair=unclear.repair, **where)
        return None
    date = read_day(opinion.date)
    if date and not is_day(date):
        report.add("warning", f"the date {date!r} is no single day and is kept as it is", **where)
    name = opinion.name or (sites[site].name if site in sites else "")
    reason = "；".join(filter(None, (remark(opinion.verdict), opinion.reason)))
    values = (site, name, verdict, place.longitude, place.latitude, place.to, reason, opinion.by, date)
    return dict(zip(COLUMNS, (*values, opinion.plan, opinion.source, opinion.row, ""), strict=True))


def _verdict(opinion: Opinion, sites: KnownSites, site: str) -> tuple[str, NewPlace]:
    """Return the verdict of a row, and where a moved site goes."""
    verdict = read_verdict(opinion.verdict)
    if verdict is None:
        raise _ForAPersonError(
            f"the opinion {opinion.verdict!r} is not clear", f"Write {', '.join(VERDICTS.values())}."
        )
    if verdict != "moved":
        if not is_undecided(opinion.new_place):
            what = f"a new place is given, but the opinion is {opinion.verdict!r}"
            raise _ForAPersonError(what, "Write 换址, or clear the place.")
        return verdict, NewPlace(_NOWHERE, _NOWHERE)
    place = read_place(opinion.new_place or _place_in(opinion.verdict), sites, site)
    if isinstance(place, str):
        repair = "Give longitude and latitude, for example 121.43, 28.67, or the id of a candidate."
        raise _ForAPersonError(place, repair)
    return verdict, place


def _site(opinion: Opinion, sites: KnownSites) -> str:
    """Return the id of the site that a row means."""
    repair = "Write the 编号 id as it stands in the list."
    if not sites:
        if not opinion.site:
            raise _ForAPersonError("the id is blank; names alone need the plan that they belong to", repair)
        return opinion.site
    text = opinion.site or opinion.name
    called = sites.called(text)
    if len(called) > 1:
        raise _ForAPersonError(f"{len(called)} sites are called {text!r}: {', '.join(called[:5])}", repair)
    if not called:
        raise _ForAPersonError(f"no candidate has the id or the name {text!r}", repair)
    known = sites[called[0]].name
    if alike(opinion.name) != alike(known) and sites.named(opinion.name):
        what = f"the id belongs to {known!r} and the name is {opinion.name!r}: the row does not hold together"
        raise _ForAPersonError(what, "Look whether a part of the list was sorted without the rest.")
    return called[0]


def _same_site(opinion: Opinion, site: KnownSite, plan: str) -> str:
    """Return what is known of the site of a row of another plan; refuse the row where the site is not what it was."""
    longitude, latitude = parse_number(opinion.longitude), parse_number(opinion.latitude)
    stated = math.isfinite(longitude) and math.isfinite(latitude)
    distance = metres_between(NewPlace(longitude, latitude), site) if stated else 0.0
    fault = "" if site.usable else "the site is no longer a candidate"
    if opinion.plan.rpartition("-")[0] != plan.rpartition("-")[0]:
        fault = "that is the plan of another district"
    elif distance > _SAME_PLACE:
        fault = f"the site stood {distance:.0f} m from where it stands now"
    if fault:
        what = f"the row was made from the plan {opinion.plan}, and {fault}"
        raise _ForAPersonError(what, "Decide on the newest list.")
    return "the site is at the same place" if stated else "the site (where it stood is not stated) is a candidate"


def _place_in(verdict: str) -> str:
    """Return what follows 至, 到 or "to" in an opinion: 换址至121.43,28.67."""
    match = re.search(r"(?:换|迁|移|改|调整|搬)[址地]?(?:至|到)\s*(.+)|\bto\s+(.+)", verdict)
    return (match[1] or match[2]).strip(" 。.;；") if match else ""


def _latest_of_one_person(rows: pd.DataFrame) -> pd.Series | None:
    days = rows["date"].tolist()
    dated = all(map(is_day, days)) and days.count(max(days)) == 1
    alone = len(set(rows["by"])) == 1 and rows["by"].iloc[0] != ""
    return rows.sort_values("date").iloc[-1] if dated and alone else None
