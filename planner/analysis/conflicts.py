"""Decisions that cannot hold together: the smallest sets of them to revisit, each with what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.analysis.forces import decided_forces, free_tables, waiting
from planner.locate.network.revisions import smallest_revisions
from planner.network.rules import network_rules
from planner.network.tables import network_problem
from planner.siting import Siting

__all__ = ["Revision", "conflicts"]


@dataclass(frozen=True, slots=True)
class Revision:
    """Decisions (site and verdict) that, taken back together, let all the others hold."""

    decisions: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return one line."""
        return "; ".join(f"{site} {verdict}" for site, verdict in self.decisions)


def conflicts(undecided: Siting, decisions: pd.DataFrame, *, time_limit: float = 60.0) -> list[Revision]:
    """Return the smallest sets of decisions to revisit; none where all hold together, or where none would help.

    ``undecided`` is the siting problem prepared with :func:`planner.decided.offered`. Sites put off to a later phase
    are held back throughout: that is a rule of the scenario, and is not named.

    >>> conflicts(prepare(scenario, decisions=offered(decisions)), decisions)  # doctest: +SKIP
    """
    later = waiting(undecided.scenario, decisions)
    decisions = decisions[~decisions["site"].isin(later)]
    held_back = {"deferred": (*undecided.scenario.deferred, *later)}
    scenario, tables, held = free_tables(undecided.scenario.model_copy(update=held_back), undecided.tables)
    problem = network_problem(scenario, tables, undecided.pairs)
    rules = network_rules(scenario, tables, undecided.pairs)
    known = tables.sites.index
    rows = decisions.to_dict("records")
    each = [decided_forces({str(name): value for name, value in row.items()}) for row in rows]
    ruled_out = {site for _, shut in each for site in shut}
    # a later decision on the new place of a moved site takes the place of the move
    opened = [{site for site in opens if row["verdict"] == "approved" or site not in ruled_out}
              for row, (opens, _) in zip(rows, each, strict=True)]  # fmt: skip
    forces = [
        ([int(at) for at in known.get_indexer(pd.Index(sorted(opens))) if at >= 0],
         [int(at) for at in known.get_indexer(pd.Index(sorted(shut))) if at >= 0])
        for opens, (_, shut) in zip(opened, each, strict=True)
    ]  # fmt: skip
    decided = {site for opens, _ in each for site in opens}
    required = [int(at) for at in known.get_indexer(pd.Index([site for site in held if site not in decided]))]
    forces.append((required, []))
    found = smallest_revisions(problem, rules, forces, time_limit=time_limit)
    return [
        Revision(tuple((str(rows[at]["site"]), str(rows[at]["verdict"])) for at in one))
        for one in found
        if one and len(rows) not in one
    ]
