"""Limits of the scenario that can hardly be meant: 5 m for 5 km, 10 s for 10 min."""

from __future__ import annotations

from collections.abc import Iterator

from planner.scenario import Scenario
from planner.units import format_duration, format_length

__all__ = ["implausible"]

_TIME = (60.0, 7200.0)  # seconds within which a service standard or a limit of links is plausible


def implausible(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what is limited implausibly, in Chinese and in English, each with the limit as it was read.

    >>> list(implausible(scenario))  # doctest: +SKIP
    [('骑手的服务标准为 0.1667 min，可能写错了单位', 'the service standard of riders is 0.1667 min: …')]
    """
    times = [
        (f"{group.name}的服务标准", f"the service standard of {group.id}", step.within)
        for group in scenario.groups
        for step in group.standards
    ]
    if any(source.role == "lounges" and source.path is not None for source in scenario.files):
        times.append(("联动时限", "the limit of links", scenario.links.limit))
    for zh, en, seconds in times:
        if not _TIME[0] <= seconds <= _TIME[1]:
            yield _said(zh, en, format_duration(seconds))
    rules, travel = scenario.candidates, scenario.travel
    lengths = [
        ("候选点到道路的最大距离", "candidates.max_road_distance", rules.max_road_distance, 5.0, 2000.0),
        ("同一处的判定距离", "candidates.same_place_within", rules.same_place_within, 0.0, 100.0),
        ("到路网的最大距离", "travel.max_access", travel.max_access, 20.0, 5000.0),
        ("商圈合并距离", "centres.merge_within", scenario.centres.merge_within, 0.0, 500.0),
    ]
    lengths += [("驿站间距", "rules.spacing", rule.at_least, 20.0, 20_000.0) for rule in scenario.rules.spacing]
    for zh, en, metres, low, high in lengths:
        if not low <= metres <= high:
            yield _said(zh, en, format_length(metres))


def _said(zh: str, en: str, value: str) -> tuple[str, str]:
    return f"{zh}为 {value}，可能写错了单位或数字", f"{en} is {value}: check the unit and the number"
