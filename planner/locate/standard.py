"""The service standard: one impedance with its unit, and the rule that is printed with it."""

from __future__ import annotations

import numpy as np

from planner.errors import ScenarioError
from planner.locate.problem import Problem
from planner.units import parse_impedance

__all__ = ["RULE", "read_standard"]

RULE = "≤, tolerance 1 mm"
_PLAUSIBLE = 30.0


def read_standard(standard: float | str, problem: Problem, *, name: str = "standard") -> tuple[float, tuple[str, ...]]:
    """Return the standard in the unit of the pairs, and notes on it.

    A text carries its unit ("600m", "10min", "5km"), which must be that of the pairs when they say theirs. A bare
    number is in the unit of the pairs; so small a number that it looks like minutes or kilometres is noted.
    """
    unit = problem.unit
    notes: list[str] = []
    if isinstance(standard, str):
        value, given = parse_impedance(standard, name=name)
        if unit and unit != given:
            kind = {"s": "seconds", "m": "metres"}.get(unit, unit)
            raise ScenarioError(f"{name} = {standard!r} does not fit the pairs, whose impedance is in {kind}.")
        unit = given
    elif isinstance(standard, bool) or not isinstance(standard, int | float | np.number):
        raise ScenarioError(f'{name} = {standard!r} is not a number or a text like "600m" or "10min".')
    else:
        value = float(standard)
        if 0 < value < _PLAUSIBLE and (unit or _much_larger(problem, value)):
            what = {"s": "seconds", "m": "metres"}.get(unit, "the unit of the pairs (metres or seconds)")
            notes.append(
                f'{name} = {value:g} is taken in {what}: implausibly small; write the unit, like "5km" or "5min"'
            )
    if not np.isfinite(value) or value < 0:
        raise ScenarioError(f"{name} = {standard!r} must be a finite number, zero or more.")
    _check_cutoff(problem, value, name)
    return value, (f"{name} {value:g} {unit or '(unit of the pairs)'}: within means {_rule(unit)}", *notes)


def _rule(unit: str) -> str:
    return RULE.replace("mm", "ms") if unit == "s" else RULE


def _much_larger(problem: Problem, value: float) -> bool:
    """Whether typical pairs are so much longer that the number must be in another unit."""
    return bool(len(problem.impedance)) and float(np.median(problem.impedance)) > 10 * value


def _check_cutoff(problem: Problem, value: float, name: str) -> None:
    cutoff = problem.attrs.get("cutoff")
    if isinstance(cutoff, str):
        cutoff = parse_impedance(cutoff, name="cutoff")[0]
    if isinstance(cutoff, int | float) and value > float(cutoff) + 1e-9:
        raise ScenarioError(
            f"{name} = {value:g} is beyond the cutoff {float(cutoff):g} of the pairs: longer trips are not in the "
            f"table. Make the pairs with a cutoff of {value:g} or more."
        )
