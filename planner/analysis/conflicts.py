"""Decisions that cannot hold together: the smallest sets of them to revisit, each with what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.analysis.forces import decided_forces, free_tables
from planner.locate.revisions import smallest_revisions
from planner.network_rules import network_rules
from planner.network_tables import network_problem
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

    ``undecided`` is the siting problem prepared with :func:`planner.decided.offered`.

    >>> conflicts(prepare(scenario, decisions=offered(decisions)), decisions)  # doctest: +SKIP
    """
    scenario, tables, held = free_tables(undecided.scenario, undecided.tables)
    problem = network_problem(scenario, tables, undecided.pairs)
    rules = network_rules(scenario, tables, undecided.pairs)
    known = tables.sites.index
    forces = []
    rows = decisions.to_dict("records")
    for row in rows:
        opened, shut = decided_forces({str(name): value for name, value in row.items()})
        at = [known.get_indexer(pd.Index(sorted(ids))) for ids in (opened, shut)]
        forces.append(([int(one) for one in at[0] if one >= 0], [int(one) for one in at[1] if one >= 0]))
    decided = {site for row in rows for site in decided_forces({str(name): value for name, value in row.items()})[0]}
    required = [int(at) for at in known.get_indexer(pd.Index([site for site in held if site not in decided]))]
    forces.append((required, []))
    found = smallest_revisions(problem, rules, forces, time_limit=time_limit)
    return [
        Revision(tuple((str(rows[at]["site"]), str(rows[at]["verdict"])) for at in one))
        for one in found
        if one and len(rows) not in one
    ]
