"""The siting problem under wider limits of travel: what would have to change where no plan keeps the rules.

A limit is raised in steps of half a minute, up to three times what the scenario says. Each further pair of a lounge and
a site, or of people and a site, only adds to what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from planner.locate.network.constraints import LeastLoad, Rule
from planner.locate.network.explain import Wider
from planner.locate.network.problem import NetworkProblem
from planner.network.tables import NetworkTables, PairTables, network_problem
from planner.network.travel import PlanTravel
from planner.scenario import Group, Scenario
from planner.units import TOLERANCE, format_duration

__all__ = ["wider_limits"]

_STEP = 30.0
_MOST = 3.0


def wider_limits(
    scenario: Scenario, tables: NetworkTables, pairs: PairTables, travel: PlanTravel, rules: Sequence[Rule]
) -> Iterator[Wider]:
    """Yield the problem under wider limits of travel that may help these rules: of links, and of those to be served."""
    if any(rule.needs_links for rule in rules):
        yield _wider_links(scenario, tables, pairs, travel)
    if any(isinstance(rule, LeastLoad) for rule in rules):
        asked = {group for kind in scenario.types if kind.least_load > 0 for group in kind.groups}
        for group in (group for group in scenario.groups if group.id in asked):
            yield _wider_standard(scenario, tables, pairs, travel, group)


def _wider_links(scenario: Scenario, tables: NetworkTables, pairs: PairTables, travel: PlanTravel) -> Wider:
    now = scenario.links.limit
    far = travel.links(_MOST * now)

    def within(limit: float) -> NetworkProblem:
        near = far[far["impedance"] <= limit + TOLERANCE]
        return network_problem(scenario, tables, replace(pairs, links=near))

    return _steps(far, now, within, ("联动时限", "the link limit"))


def _wider_standard(
    scenario: Scenario, tables: NetworkTables, pairs: PairTables, travel: PlanTravel, group: Group
) -> Wider:
    *steps, last = group.standards
    far = travel.access(group, _MOST * last.within)
    more = replace(pairs, access={**pairs.access, group.id: far})

    def within(limit: float) -> NetworkProblem:
        standards = (*steps, last.model_copy(update={"within": limit}))
        wide = group.model_copy(update={"standards": standards})
        groups = tuple(wide if one.id == group.id else one for one in scenario.groups)
        return network_problem(scenario.model_copy(update={"groups": groups}), tables, more)

    return _steps(far, last.within, within, (f"{group.name}的服务时限", f"the service standard of {group.name}"))


def _steps(far: pd.DataFrame, now: float, within: Callable[[float], NetworkProblem], what: tuple[str, str]) -> Wider:
    """Return the limits at which more pairs are within, in whole steps, the smallest first."""
    beyond = far.loc[far["impedance"] > now + TOLERANCE, "impedance"].to_numpy(float)
    limits = np.unique(np.ceil((beyond - TOLERANCE) / _STEP) * _STEP)
    chinese, english = what
    before = format_duration(now)
    words = [
        f"{chinese}由 {before} 改为 {limit} if {english} were {limit}, not {before}"
        for limit in map(format_duration, limits.tolist())
    ]
    return [(told, partial(within, limit)) for told, limit in zip(words, limits.tolist(), strict=True)]
