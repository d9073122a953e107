"""Phases: what is opened in each stays within its money and number; some sites wait, some stand already.

    Σ_o c_o (v_ok - v_o,k-1) ≤ B_k,   Σ_{o new} (v_ok - v_o,k-1) ≤ n_k,   v_o1 = 0  (deferred),   v_o1 = y_o  (standing)

v_ok says that option o is open at the end of phase k (v_o0 = 0, v_oK = y_o); ``structure`` holds v_ok ≤ v_o,k+1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Floats, Ints, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Deferred", "PhaseBudget", "PhaseCount", "Standing"]


@dataclass(frozen=True)
class PhaseBudget:
    """What is opened in one phase costs no more than ``limit``; ``cost`` holds the money of each option.

    ``saved`` holds, for the first phase, what each option changes in what is spent whatever is chosen (``fixed``): a
    station that stays saves what closing it would cost.
    """

    phase: int
    name: str
    cost: Floats
    limit: float
    saved: Floats | None = None
    fixed: float = 0.0

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        money = f"{self.limit:,.0f}"
        return f"{self.name}费用不超过 {money} 元 what is opened in {self.name} costs {money} yuan at most together"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the budget, in shares of it (so that its coefficients stay near one)."""
        unit = max(self.limit, 1.0)
        at, values = opened_in(columns, self.phase, np.arange(problem.n_options), self.cost / unit)
        if self.saved is not None:
            at, values = np.append(at, np.arange(problem.n_options)), np.append(values, self.saved / unit)
        return Rows.of([(at, values)], -np.inf, (self.limit - self.fixed) / unit, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return what the cheapest and the dearest station cost."""
        low, high = (self.cost.min(), self.cost.max()) if len(self.cost) else (0.0, 0.0)
        return f"一座驿站 {low:,.0f} 至 {high:,.0f} 元 one station costs {low:,.0f} to {high:,.0f} yuan"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        more = amount * max(self.limit, 1.0)
        return f"{self.name}预算增加 {more:,.0f} 元 if the budget of {self.name} were {more:,.0f} yuan more"


@dataclass(frozen=True)
class PhaseCount:
    """At most ``at_most`` stations are opened in one phase; ``new`` marks the options that are not there already."""

    phase: int
    name: str
    at_most: int
    new: Ints

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"{self.name}至多开办 {self.at_most} 站 at most {self.at_most} stations are opened in {self.name}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the count."""
        entry = opened_in(columns, self.phase, self.new, np.ones(len(self.new)))
        return Rows.of([entry], -np.inf, float(self.at_most), columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many phases there are."""
        return f"共分 {problem.n_phases} 期 there are {problem.n_phases} phases"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{self.name}多开办 {amount:g} 站 if {amount:g} more stations could be opened in {self.name}"


@dataclass(frozen=True)
class Deferred:
    """These sites open after the first phase, or not at all."""

    sites: tuple[int, ...]
    names: tuple[str, ...]
    first: str

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"{self.first}不在缓建点设站 no station opens in {self.first} at {', '.join(self.names)}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per site."""
        open_first = columns.by_end(0)
        entries = [(open_first[problem.option_site == site], 1.0) for site in self.sites]
        return Rows.of(entries, -np.inf, 0.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many sites wait."""
        count = len(self.sites)
        return f"缓建 {count} 处 {count} of {problem.n_sites} candidate sites are deferred"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{amount:g} 处不缓建 if {amount:g} of the deferred sites could open in {self.first}"


@dataclass(frozen=True)
class Standing:
    """Stations that stand today and stay (``options``) belong to the first phase."""

    options: tuple[int, ...]

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return "现有驿站归第一期 a station that stands today belongs to the first phase"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per standing option; none where there is one phase only."""
        options = self.options if columns.n_phases > 1 else ()
        first = columns.by_end(0)
        entries = [(np.array([option, first[option]]), np.array([1.0, -1.0])) for option in options]
        return Rows.of(entries, 0.0, 0.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many stations stand today."""
        return f"现有 {len(self.options)} 站 {len(self.options)} stations stand today"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{amount:g} 座现有驿站归入后期 if {amount:g} of the standing stations could be counted in a later phase"


def opened_in(columns: Columns, phase: int, options: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Return the columns and coefficients of Σ_o value_o (v_ok - v_o,k-1) over some options."""
    at = columns.by_end(phase)[options]
    if phase == 0:
        return at, values
    return np.append(at, columns.by_end(phase - 1)[options]), np.append(values, -values)
