"""Decisions as sites forced open or shut over a siting problem in which nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.candidates import EXISTING
from planner.decided import moved_id
from planner.network.tables import NetworkTables
from planner.scenario import Scenario

__all__ = ["decided_forces", "free_tables", "waiting"]


def free_tables(scenario: Scenario, tables: NetworkTables) -> tuple[Scenario, NetworkTables, tuple[str, ...]]:
    """Return the scenario and tables with no site required, and the sites that were; existing stations stay bound.

    >>> scenario, tables, required = free_tables(plan.scenario, tables)  # doctest: +SKIP
    """
    sites = tables.sites
    bound = (sites["status"] == "required") & (sites["source"] != EXISTING)
    free = sites.assign(status=sites["status"].where(~bound, "optional"))
    required = tuple(str(site) for site in sites.index[bound])
    return scenario.model_copy(update={"required": ()}), replace(tables, sites=free), required


def decided_forces(decision: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the sites that a decision (a row of the table of decisions) opens, and those that it shuts.

    >>> decided_forces({"site": "S1", "verdict": "moved", "to": "S2"})
    (frozenset({'S2'}), frozenset({'S1'}))
    """
    site, verdict = str(decision["site"]), decision["verdict"]
    if verdict == "approved":
        return frozenset({site}), frozenset()
    if verdict == "moved":
        return frozenset({str(decision.get("to") or moved_id(site))}), frozenset({site})
    return frozenset(), frozenset({site})


def waiting(scenario: Scenario, decisions: pd.DataFrame) -> tuple[str, ...]:
    """Return the sites that decisions put off to a later phase: none where the scenario has no later one.

    They are neither open nor shut, and so no force: the rules of the scenario hold them back (``deferred``).

    >>> waiting(scenario, decisions)  # doctest: +SKIP
    ()
    """
    deferred = decisions.loc[decisions["verdict"] == "deferred", "site"]
    return tuple(map(str, deferred)) if len(scenario.phases) > 1 else ()
