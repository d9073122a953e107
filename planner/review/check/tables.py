"""The check report as text for the terminal, and the tables that page and workbook are made of."""

from __future__ import annotations

import pandas as pd

from planner.categories import class_names, classify
from planner.review.check.result import CheckResult
from planner.review.check.words import FACTS, KINDS, ROLES, VERDICTS, fact

__all__ = ["check_text", "class_counts", "entries_table", "files_table", "key_figures", "verdict"]

_ESTIMATES = ("POI activity", "population")  # sources of demand that nobody counted


def verdict(result: CheckResult) -> tuple[str, str, str]:
    """Return level, Chinese and English sentence of the whole check."""
    level = "stop" if result.exit_code else ("warning" if result.findings else "ok")
    return (level, *VERDICTS[level])


def check_text(result: CheckResult) -> str:
    """Return the report for the terminal: verdict, findings, one line per file, what will be guessed."""
    _, zh, en = verdict(result)
    lines = [f"{result.scenario.district.name}：{zh}", en, ""]
    marks = {"stop": "✗", "warning": "!"}
    for finding in result.findings:
        lines += [f"{marks[finding.level]} {finding.zh}", f"  {finding.en}"]
    lines += ["", "文件 files"]
    for one in result.files:
        facts = ", ".join(f"{name} {fact(value)}" for name, value in one.report.facts.items() if name != "role")
        lines.append(f"- {ROLES[one.role]} {one.file}: {facts if one.usable else '未能使用 could not be used'}")
    guesses = [str(fault) for report in result.reports for fault in report.of("assumed")]
    guesses += [str(fault) for one in result.files for fault in one.report.of("assumed")]
    if guesses:
        lines += ["", "将采用的推断 what will be guessed", *(f"- {guess}" for guess in guesses)]
    return "\n".join(lines)


def files_table(result: CheckResult) -> pd.DataFrame:
    """Return one row per file and fact."""
    rows = []
    for one in result.files:
        counts = {kind: one.report.count(kind) for kind in ("repaired", "assumed", "skipped", "refused", "warning")}
        facts = {**one.report.facts, **counts, "licence": one.licence or one.report.facts.get("licence", "")}
        facts |= {"date": one.date, "usable": "是 yes" if one.usable else "否 no"}
        rows += [
            [ROLES[one.role], one.file, FACTS.get(name, name), fact(value)]
            for name, value in facts.items()
            if name != "role" and fact(value) != ""
        ]
    return pd.DataFrame(rows, columns=["用途 role", "文件 file", "项目 item", "内容 value"])


def entries_table(result: CheckResult) -> pd.DataFrame:
    """Return one row per repaired, assumed, skipped or refused row and per warning, of files and of later stages."""
    reports = [one.report for one in result.files] + list(result.reports)
    known = {id(report) for report in reports}
    reports += [report for report in (result.district.reports if result.district else ()) if id(report) not in known]
    tables = [report.to_frame() for report in reports if report.entries]
    faults = [
        ["unusable", f.file, f.sheet, f.row, f.id, f.column, f.what, f.repair]
        for one in result.files
        for f in one.faults
    ]
    columns = ["kind", "file", "sheet", "row", "id", "column", "what", "repair"]
    table = pd.concat([pd.DataFrame(faults, columns=columns).astype(object), *(t.astype(object) for t in tables)])
    return table.assign(kind=table["kind"].map(KINDS)).reset_index(drop=True)


def class_counts(result: CheckResult) -> pd.DataFrame:
    """Return how many POIs of each class there are, those without a class last."""
    if result.district is None or not len(result.district.pois):
        return pd.DataFrame(columns=["class", "name", "count"])
    counts = classify(result.district.pois).value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    names = class_names() | {"": "未识别类别"}
    table = pd.DataFrame(
        {"class": counts.index, "name": [names[str(c)] for c in counts.index], "count": counts.to_numpy()}
    )
    return pd.concat([table[table["class"] != ""], table[table["class"] == ""]]).reset_index(drop=True)


def key_figures(result: CheckResult) -> list[tuple[str, float]]:
    """Return the figures that say what was read: people of each group, centres, candidates, lounges, stations."""
    if result.district is None:
        return []
    figures: list[tuple[str, float]] = []
    if result.demand is not None:
        people = result.demand.groupby("group")["weight"].sum()
        counted = set(result.demand.loc[~result.demand["source"].isin(_ESTIMATES), "group"])
        figures += [
            (f"{group.name}（{'人' if group.id in counted else '人，估计'}）", round(float(people.get(group.id, 0.0))))
            for group in result.scenario.groups
        ]
    if result.centres is not None:
        figures.append(("商圈、园区与商务中心", len(result.centres)))
    if result.candidates is not None:
        usable = int((result.candidates["status"] != "excluded").sum())
        figures.append((f"可用候选点（另有 {len(result.candidates) - usable} 个未通过）", usable))
    figures.append(("现有会客厅", len(result.district.lounges)))
    figures.append(("计划建设驿站", sum(kind.quota[0] for kind in result.scenario.types)))
    return figures
