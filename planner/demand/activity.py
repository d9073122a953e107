"""How many people of a group one place of a class stands for.

The coefficients are planning assumptions, in ``data/activity.csv`` with a reason each; a scenario's ``activity`` table
replaces them, and counted workers make only their proportions matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.categories import class_names, read_data
from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.scenario import Group

__all__ = ["Activity", "group_activity"]

_PER_RESIDENT = "population"
_WORDS = {
    "riders": ("rider", "courier", "骑手", "骑士", "外卖", "快递"),
    "streamers": ("stream", "主播", "直播"),
    "drivers": ("driver", "truck", "司机", "货车", "卡车"),
}


@dataclass(frozen=True, slots=True)
class Activity:
    """People per POI of a class, people per resident, and whether they may serve as an estimate of people."""

    people: Mapping[str, float]
    per_resident: float = 0.0
    estimates: bool = False


def group_activity(group: Group, report: Report, *, needed: bool) -> Activity:
    """Return the activity of a group: the scenario's, or else the default of its kind.

    ``needed`` says that the group has no own points and no counts, so that defaults become the estimate. Raises
    :class:`planner.errors.ScenarioError` for a class that is not in ``data/classes.csv``.
    """
    if group.activity:
        unknown = sorted(set(group.activity) - set(class_names()) - {_PER_RESIDENT})
        if unknown:
            known = ", ".join([*class_names(), _PER_RESIDENT])
            raise ScenarioError(f"activity of group {group.id}: unknown class {', '.join(unknown)}. Known: {known}.")
        people = {name: value for name, value in group.activity.items() if name != _PER_RESIDENT}
        return Activity(people, group.activity.get(_PER_RESIDENT, 0.0), estimates=True)
    profile = _profile(group)
    if not profile:
        return Activity({})
    if needed:
        what = (
            f"{group.id}: no counts and no own points; estimated from POIs with the default coefficients of {profile}"
        )
        report.add("assumed", what, repair="Give counted workers, or the group's own activity.")
    table = read_data("activity.csv")
    rows = table[table["profile"] == profile]
    return Activity(dict(zip(rows["class"], rows["people"].astype(float), strict=True)), estimates=needed)


def _profile(group: Group) -> str:
    text = f"{group.id} {group.name} {group.name_en}".casefold()
    return next((profile for profile, words in _WORDS.items() if any(word in text for word in words)), "")
