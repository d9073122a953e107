"""Prices: what each decision costs, and what each station and each substitute would, exactly and before deciding.

The price of forcing a site is the best value without the force less the best value with it: people of the first
objective. A price is *given the others* when everything else that is decided holds in both, *alone* when nothing else
is decided in either. Both are differences of two proven optima (:mod:`planner.locate.network.forced`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed

from planner.analysis.forces import decided_forces, free_tables, waiting
from planner.analysis.network_figures import NetworkFigures
from planner.locate.network.forced import Flip, Flipped, Flipper
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.rounds import sign_of
from planner.network.rules import network_goals, network_labels, network_rules
from planner.network.tables import NetworkTables, PairTables, make_tables, network_problem
from planner.plan import Plan
from planner.scenario import Scenario
from planner.siting import Siting

__all__ = ["decision_prices", "site_prices"]

Ints = npt.NDArray[np.int64]
Force = tuple[frozenset[str], frozenset[str]]
_OPTIMAL = "optimal"
_SHARES = 4
_LEAST = 0.05  # seconds


def site_prices(
    plan: Plan, *, substitutes: int | None = None, jobs: int = 1, time_limit: float = math.inf
) -> pd.DataFrame:
    """Return what it costs to do without each station, and to take each substitute, before anything is decided.

    One row per site, indexed by its id: ``forced`` ("out" for stations, "in" for the others, the ``substitutes`` with
    the most people added, all by default; all within ``time_limit`` seconds, shared out), ``price`` (in the first
    objective; NaN where no plan keeps the rules or the
    time did not suffice), ``bound`` (the price is at least this), ``status``, ``best_instead`` (the site that comes in
    for a station; the station that leaves for a substitute) and, for stations, the change of each figure of
    :class:`planner.analysis.network_figures.NetworkFigures` (``people:riders``, ``money`` …).

    >>> site_prices(plan, substitutes=26)  # doctest: +SKIP
    """
    tables = make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)
    siting = _Pricing.of(plan.scenario, tables, plan.pairs)
    chosen = [str(site) for site in plan.stations.index]
    others = plan.candidates[(plan.candidates["status"] != "excluded") & ~plan.candidates.index.isin(chosen)]
    others = others.sort_values(["people_added", "people_alone"], ascending=False, kind="stable")
    listed = [str(site) for site in others.index[:substitutes] if site in siting.tables.sites.index]
    held = frozenset(siting.required)
    siting.flipper.time_limit = min(siting.flipper.time_limit, time_limit / 4)
    base = siting.flipper.best(siting.flip(held, ()), settled=True)
    tasks = [_Task(site, siting.flip(held - {site}, (site,)), settled=True) for site in chosen]
    tasks += [_Task(site, siting.flip(held | {site}, ()), settled=False) for site in listed]
    found = _solved(siting.flipper, tasks, jobs, time_limit * 3 / 4)
    rows = []
    for task, outcome in zip(tasks, found, strict=True):
        row = {"site": task.site, "forced": "out" if task.settled else "in"} | siting.price(base, outcome)
        row["best_instead"] = siting.instead(task.site, chosen, outcome, out=task.settled)
        rows.append(row | (siting.changes(base, outcome) if task.settled else {}))
    return pd.DataFrame(rows).set_index("site")


def decision_prices(undecided: Siting, decisions: pd.DataFrame, *, jobs: int = 1) -> pd.DataFrame:
    """Return what each decision costs, given the others and alone.

    ``undecided`` is the siting problem prepared with :func:`planner.decided.offered`. One row per decision, indexed by
    site: ``verdict``, ``price`` and ``alone`` (in the first objective; NaN where no plan keeps the rules), ``bound``,
    ``status``, ``best_instead`` (sites that stand with the decision and not without it), and the change of each figure
    of :class:`planner.analysis.network_figures.NetworkFigures` that the decision brings given the others. A site put
    off to a later phase has no price (status "later phase") and is held back in all others.

    >>> decision_prices(prepare(scenario, decisions=offered(decisions)), decisions)  # doctest: +SKIP
    """
    later = waiting(undecided.scenario, decisions)
    decisions = decisions[~decisions["site"].isin(later)]
    forces = {str(row["site"]): decided_forces({str(name): value for name, value in row.items()})
              for row in decisions.to_dict("records")}  # fmt: skip
    held_back = (*undecided.scenario.deferred, *later)
    scenario = undecided.scenario.model_copy(update={"deferred": held_back})
    siting = _Pricing.of(scenario, undecided.tables, undecided.pairs)
    siting = siting.without({site for opened, _ in forces.values() for site in opened})
    everything = siting.joined(forces.values())
    tasks = [_Task("", everything, settled=True), _Task("", siting.joined(()), settled=True)]
    for site in forces:
        tasks.append(
            _Task(site, siting.joined(force for other, force in forces.items() if other != site), settled=True)
        )
        tasks.append(_Task(site, siting.joined([forces[site]]), settled=False))
    together, free, *each = _solved(siting.flipper, tasks, jobs, math.inf)
    rows = []
    for number, row in enumerate(decisions.to_dict("records")):
        without, alone = each[2 * number], each[2 * number + 1]
        price = siting.price(without, together)
        priced = {"site": row["site"], "verdict": row["verdict"]} | price
        priced["alone"] = siting.price(free, alone)["price"]
        priced["best_instead"] = siting.entered(without, together)
        rows.append(priced | siting.changes(without, together))
    for site in later:
        rows.append({"site": site, "verdict": "deferred", "status": "later phase", "best_instead": ""})
    columns = ["site", "verdict", "price", "bound", "status", "alone", "best_instead"]
    return pd.DataFrame(rows, columns=None if forces else columns).set_index("site")


@dataclass(frozen=True)
class _Task:
    site: str
    flip: Flip
    settled: bool


@dataclass(frozen=True)
class _Pricing:
    """The siting problem of a plan, with what must stand taken out of the rules: it is forced instead."""

    tables: NetworkTables
    problem: NetworkProblem
    flipper: Flipper
    figures: NetworkFigures
    required: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario, tables: NetworkTables, pairs: PairTables) -> _Pricing:
        scenario, tables, required = free_tables(scenario, tables)
        problem = network_problem(scenario, tables, pairs)
        flipper = Flipper(
            problem,
            network_rules(scenario, tables, pairs),
            network_goals(scenario, tables, pairs, None),
            network_labels(scenario, tables),
            time_limit=scenario.solve.time_limit,
            seed=scenario.solve.seed,
        )
        figures = NetworkFigures(scenario, tables, pairs, problem)
        return cls(tables, problem, flipper, figures, required)

    def without(self, sites: Collection[str]) -> _Pricing:
        """Return it with these sites no longer held open: decisions speak of them."""
        return replace(self, required=tuple(site for site in self.required if site not in sites))

    def flip(self, opened: Iterable[str], shut: Iterable[str]) -> Flip:
        """Return sites by id as a flip by position."""
        index = self.tables.sites.index
        return Flip(*(tuple(sorted(index.get_indexer(pd.Index(sorted(ids))).tolist())) for ids in (opened, shut)))

    def joined(self, forces: Iterable[Force]) -> Flip:
        """Return the flip of several decisions; a place that one decision shuts is not opened by another one's move."""
        both = list(forces)
        shut = {site for _, sites in both for site in sites if site in self.tables.sites.index}
        opened = {site for sites, _ in both for site in sites} | set(self.required)
        return self.flip(opened - shut, shut)

    def price(self, without: Flipped, with_it: Flipped) -> dict[str, object]:
        """Return the loss of the first objective, and what it is at least."""
        sign = sign_of(self.flipper.goals[0].objective)
        proven = without.status == with_it.status == _OPTIMAL
        return {
            "price": sign * (without.value - with_it.value) + 0.0 if proven else math.nan,
            "bound": sign * (without.value - with_it.bound) + 0.0,
            "status": with_it.status if without.status == _OPTIMAL else without.status,
        }

    def changes(self, without: Flipped, with_it: Flipped) -> dict[str, float]:
        """Return the change of every figure from one network to the other."""
        if without.network is None or with_it.network is None:
            return {}
        change = self.figures.of(with_it.network) - self.figures.of(without.network)
        return {str(name): float(value) for name, value in change.items()}

    def open_sites(self, outcome: Flipped) -> set[str]:
        if outcome.network is None:
            return set()
        return set(self.tables.sites.index[self.problem.option_site[outcome.network.options]])

    def entered(self, without: Flipped, with_it: Flipped) -> str:
        """Return the sites that are open with a decision and not without it."""
        return "; ".join(sorted(self.open_sites(with_it) - self.open_sites(without)))

    def instead(self, site: str, chosen: Sequence[str], outcome: Flipped, *, out: bool) -> str:
        """Return the nearest site that takes the place of a station, or whose place a substitute takes."""
        opened = self.open_sites(outcome)
        moved = sorted(opened - set(chosen) if out else set(chosen) - opened)
        if not opened or not moved:
            return ""
        geometry = self.tables.sites.geometry
        here = geometry[site]
        known = [one for one in moved if one in geometry.index]
        return min(known, key=lambda one: (geometry[one].distance(here), one), default="")


def _solved(flipper: Flipper, tasks: Sequence[_Task], jobs: int, time_limit: float) -> list[Flipped]:
    """Return the outcome of each task; several processes each take over the cuts found so far.

    Of a limited time each task may take a few times its even share, so that the hard ones draw on the easy ones.
    """
    if jobs > 1:
        parts = [tasks[at::jobs] for at in range(jobs)]
        own = replace(flipper, found=list(flipper.found))
        done = Parallel(n_jobs=jobs)(delayed(_solved)(own, part, 1, time_limit) for part in parts)
        return [done[at % jobs][at // jobs] for at in range(len(tasks))]
    each, end = flipper.time_limit, time.monotonic() + time_limit
    outcomes = []
    for number, task in enumerate(tasks):
        share = max(end - time.monotonic(), 0.0) / (len(tasks) - number)
        flipper.time_limit = min(each, max(_SHARES * share, _LEAST))
        outcomes.append(flipper.best(task.flip, settled=task.settled))
    flipper.time_limit = each
    return outcomes
