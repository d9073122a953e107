"""What a planner must know before trusting a plan: reasons to stop, warnings, and what will be guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from scipy.spatial import KDTree

from planner.areas import study_crs, xy
from planner.categories import class_names, classify, page_cap
from planner.errors import Fault
from planner.inputs.report import Report
from planner.review.check.limits import implausible
from planner.review.check.words import in_chinese, told
from planner.rules import read_rules
from planner.scenario import Scenario
from planner.units import format_length

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["Finding", "judge"]

Level = Literal["stop", "warning"]
LOST_ROWS = 0.1
"""A file of which more than this share of rows was refused is not what its office believes it to be."""
UNMAPPED = 0.2
"""Share of POIs without a class above which the categories are probably read wrongly."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence for the reader, in Chinese and English, with its level."""

    level: Level
    zh: str
    en: str
    file: str = ""


def judge(
    scenario: Scenario,
    files: Sequence[tuple[str, Report]],
    faults: Sequence[Fault],
    district: District | None,
    stages: Mapping[str, Any],
    reports: Sequence[Report],
) -> list[Finding]:
    """Return all findings, reasons to stop first.

    A plan could not be trusted when a file cannot be used, streets are missing, more than a tenth of the rows of a file
    is refused, people are left without a place, a group has no demand, or fewer centres or candidates are left
    than stations are to be opened.
    """
    found = [Finding("stop", f"不能使用：{told(fault)}", f"cannot be used: {fault}", fault.file) for fault in faults]
    for _, report in files:
        found += _rows(report)
    if district is not None:
        if district.roads is None:
            zh = '没有道路文件，无法计算出行时间；请在方案中补充 role = "roads" 的文件'
            found.append(Finding("stop", zh, 'there is no street file; add one with role = "roads"'))
        found += _pois(scenario, district)
    found += [Finding("warning", zh, en) for zh, en in implausible(scenario)]
    found += _demand(scenario, stages["demand"], reports)
    found += _standards(scenario, district, stages["candidates"])
    found += _sites(scenario, stages["centres"], stages["candidates"])
    return sorted(found, key=lambda finding: finding.level != "stop")


def _rows(report: Report) -> Iterator[Finding]:
    """Yield how many rows of a file were refused, with the most frequent reason."""
    read, refused = report.facts.get("rows_read"), report.count("refused")
    if not refused:
        return
    share = refused / read if read else 1.0
    of_rows = f"{refused} / {read:,}" if read else str(refused)
    (reason, count), *others = Counter(fault.what for fault in report.of("refused")).most_common()
    zh = f"{report.source}：{of_rows} 行被拒收；{'多数' if others else ''}因为{in_chinese(reason)}（{count} 行）"
    en = f"{report.source}: {of_rows} rows were refused; {'most often' if others else 'because'}: {reason} ({count})"
    yield Finding("stop" if share > LOST_ROWS else "warning", zh, en, report.source)


def _pois(scenario: Scenario, district: District) -> Iterator[Finding]:
    if not len(district.pois):
        return
    classes = classify(district.pois)
    for source, rows in district.pois.groupby("source").groups.items():
        if page_cap(len(rows)):
            zh = f"{source}：共 {len(rows)} 行，正好是地图服务的翻页上限，数据可能没有下载完整"
            yield Finding("warning", zh, f"{source}: {page_cap(len(rows))}", str(source))
    for name, count in classes[classes != ""].value_counts().items():
        if count >= 100 and page_cap(int(count)) and count % 25 == 0:
            zh = f"兴趣点“{class_names()[str(name)]}”正好 {count} 个，可能被翻页上限截断"
            yield Finding("warning", zh, f"POIs of class {name}: {page_cap(int(count))}")
    unmapped = int((classes == "").sum())
    if unmapped > UNMAPPED * len(classes):
        zh = f"{unmapped} 个兴趣点（{unmapped / len(classes):.0%}）的类别无法识别，不参与选址与需求估计"
        yield Finding("warning", zh, f"{unmapped} POIs ({unmapped / len(classes):.0%}) have no known category")
    wanted = dict.fromkeys([*scenario.centres.classes, *(c for kind in scenario.types for c in kind.places)])
    wanted |= dict.fromkeys(c for group in scenario.groups for c in group.activity if c != "population")
    missing = [name for name in wanted if not (classes == name).any()]
    if missing:
        names = "、".join(class_names().get(name, name) for name in missing)
        zh = f"方案用到但数据中一个都没有的兴趣点类别：{names}。请确认不是漏下载"
        yield Finding("warning", zh, f"POI classes that the scenario uses but no row has: {', '.join(missing)}")


def _demand(scenario: Scenario, demand: pd.DataFrame | None, reports: Sequence[Report]) -> Iterator[Finding]:
    names = {group.id: group.name for group in scenario.groups}
    lost = [fault for report in reports if report.source == "demand" for fault in report.of("refused")]
    for place, faults in groupby(sorted(lost, key=lambda fault: fault.id), key=lambda fault: fault.id):
        same = list(faults)
        zh = "；".join(in_chinese(fault.what, names) for fault in same)
        en = "; ".join(fault.what for fault in same)
        repair = f"。{in_chinese(same[0].repair)}" if same[0].repair else ""
        yield Finding(
            "stop", f"有人员无法落到地图上（{place}）：{zh}{repair}", f"people without a place ({place}): {en}"
        )
    if demand is None:
        return
    people = demand.groupby("group")["weight"].sum()
    for group in scenario.groups:
        if people.get(group.id, 0.0) <= 0:
            zh = f"{group.name}没有任何服务需求：请提供人数统计、需求点或兴趣点"
            yield Finding("stop", zh, f"group {group.id} has no demand: give counts, demand points or POIs")


def _sites(scenario: Scenario, centres: pd.DataFrame | None, candidates: pd.DataFrame | None) -> Iterator[Finding]:
    if centres is None or candidates is None:
        return
    usable = candidates[candidates["status"] != "excluded"]
    needed = sum(kind.quota[0] for kind in scenario.types)
    with_sites = usable["centre"].nunique()
    if with_sites < needed:
        zh = f"要建 {needed} 个驿站，但只有 {with_sites} 个中心有可用的候选点（每个中心最多一站）"
        en = f"{needed} stations are to open, but only {with_sites} centres have a usable candidate"
        yield Finding("stop", zh, en)
    for kind in scenario.types:
        hosts = len(
            {c for c, types in zip(usable["centre"], usable["types"], strict=True) if kind.id in types.split(";")}
        )
        if hosts < kind.quota[0]:
            zh = f"{kind.name}要建 {kind.quota[0]} 个，但只有 {hosts} 个中心有合适的候选点"
            en = f"{kind.quota[0]} of type {kind.id} are to open, only {hosts} centres can host one"
            yield Finding("stop", zh, en)
    empty = [str(centres.loc[one, "name"]) for one in sorted(set(centres.index) - set(usable["centre"]))]
    if empty:
        named = "、".join(empty[:8]) + ("等" if len(empty) > 8 else "")
        zh = f"{len(empty)} 个中心没有可用的候选点：{named}"
        yield Finding("warning", zh, f"{len(empty)} centres have no usable candidate: {', '.join(empty[:8])}")


def _standards(scenario: Scenario, district: District | None, candidates: pd.DataFrame | None) -> Iterator[Finding]:
    """Yield what the region's rule pack asks of the whole plan and the scenario or its candidates cannot give."""
    rules = read_rules(scenario.candidates.rules, folder=scenario.folder)
    if district is None or candidates is None:
        return
    usable = candidates[candidates["status"] != "excluded"]
    areas = usable["area"].nunique()
    planned = sum(kind.quota[1] if kind.quota[1] is not None else kind.quota[0] for kind in scenario.types)
    wanted = ceil(rules.stations_per_subdistrict * areas - 1e-9)
    if wanted > planned:
        zh = f"{rules.name}标准：{areas} 个片区应有至少 {wanted} 个驿站，方案最多建 {planned} 个"
        en = f"{rules.name_en} asks for {wanted} stations in {areas} areas; the scenario opens at most {planned}"
        yield Finding("warning", zh, en)
    if rules.max_spacing and len(usable) > 1:
        at = xy(usable, study_crs(district))
        alone = int((KDTree(at).query(at, k=[2])[0][:, 0] > rules.max_spacing).sum())
        if alone:
            limit = format_length(rules.max_spacing)
            zh = f"{rules.name}标准：驿站间距不超过 {limit}；有 {alone} 个候选点在此距离内没有别的候选点"
            en = f"{rules.name_en} asks for the next station within {limit}; {alone} candidates have no other that near"
            yield Finding("warning", zh, en)
