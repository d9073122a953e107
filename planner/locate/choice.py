"""How many sites may open, and for how much money: read once, used by every covering type."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.errors import ScenarioError
from planner.locate.cover.model import Side
from planner.locate.plain import as_number
from planner.locate.problem import Flags, Problem
from planner.locate.solver.mip import small_scale
from planner.locate.tables import Floats, listing

__all__ = ["Choice", "new_prices", "read_choice"]


@dataclass(frozen=True, eq=False)
class Choice:
    """At most ``count`` new sites, and new sites for at most ``budget``; infinite where not limited.

    ``price`` is the cost of each new site, zero for existing ones.
    """

    count: float
    budget: float
    price: Floats
    new: Floats

    def sides(self) -> tuple[Side, ...]:
        """Return the limits as rows of a covering model."""
        rows = [Side(-math.inf, self.count, self.new)] if math.isfinite(self.count) else []
        if math.isfinite(self.budget):
            whole = bool((self.price == np.round(self.price)).all())
            most = math.floor(self.budget * (1 + 1e-9)) + 0.5 if whole else self.budget * (1 + 1e-9)
            scale = small_scale(self.price)  # the solver's tolerance would pay for any number of sites of a millionth
            rows.append(Side(-math.inf, most / scale, self.price / scale))
        return tuple(rows)

    def allows(self, opened: Flags) -> bool:
        """Return whether these open sites keep the limits."""
        return bool(self.new[opened].sum() <= self.count and self.price[opened].sum() <= self.budget * (1 + 1e-9))


def new_prices(problem: Problem) -> Floats:
    """Return the price of each site: its cost, or 1; existing sites cost nothing."""
    return np.where(problem.existing, 0.0, 1.0 if problem.cost is None else problem.cost)


def read_choice(problem: Problem, p: int | None, budget: float | None) -> Choice:
    """Return the limits on new sites; p, a budget, or both, must be given and allow the required sites."""
    new = (~problem.existing).astype(float)
    price = new_prices(problem)
    if p is None and budget is None:
        raise ScenarioError("Say how many new sites to open (p), or for how much money (budget, with cost).")
    if budget is None:
        if problem.cost is not None:
            raise ScenarioError("cost is given without a budget. Give the budget, or leave cost out.")
        return Choice(problem.check_count(p), math.inf, price, new)
    if not 0 <= as_number(budget) < math.inf:
        raise ScenarioError(f"budget = {budget!r} must be a finite amount, zero or more.")
    if problem.cost is None:
        raise ScenarioError("A budget needs the cost of each site: cost={site id: amount}.")
    required = problem.required & ~problem.existing
    if price[required].sum() > budget * (1 + 1e-9):
        names, needed = listing(problem.sites[required]), f"{price[required].sum():,.10g}"
        raise ScenarioError(
            f"budget = {budget:,.10g} does not pay for the required sites ({names}: {needed}). Raise it."
        )
    return Choice(math.inf if p is None else problem.check_count(p), float(budget), price, new)
