"""Service standards: impedances with their unit, steps with falling shares, decay curves, and the printed rule."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from planner.errors import ScenarioError
from planner.locate.plain import as_number
from planner.locate.problem import Problem
from planner.locate.setting import Setting
from planner.locate.tables import Floats
from planner.units import TOLERANCE, parse_impedance, tolerance

__all__ = ["RULE", "Decay", "Standard", "StandardInput", "Steps", "read_standard", "read_steps", "refuse_mixed"]

RULE = "≤, tolerance 1 mm"
_PLAUSIBLE = 30.0

Decay: TypeAlias = Callable[[Floats], Floats]
Standard: TypeAlias = "float | str"
StandardInput: TypeAlias = "float | str | Sequence[tuple[float | str, float]] | Decay"


@dataclass(frozen=True, eq=False)
class Steps:
    """What share of a demand counts at each impedance: steps (``limits`` rise, ``shares`` fall), or a decay curve."""

    limits: tuple[float, ...]
    shares: tuple[float, ...]
    decay: Decay | None = None

    @property
    def limit(self) -> float:
        """The largest impedance at which anything counts."""
        return self.limits[-1] if self.decay is None else float("inf")

    def share(self, impedance: Floats) -> Floats:
        """Return the share that counts at each impedance."""
        if self.decay is None:
            ends = np.array([limit + tolerance(limit) for limit in self.limits])
            at = np.searchsorted(ends, impedance, side="left")
            return np.append(np.array(self.shares), 0.0)[at]
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                values = np.asarray(self.decay(impedance.copy()), float)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            values = np.empty(0)
        if values.shape != impedance.shape or not bool(((values >= 0) & (values <= 1)).all()):
            raise ScenarioError("The decay curve must give one share from 0 to 1 for each impedance.")
        return values


def read_standard(standard: Standard, problem: Setting, *, name: str = "standard") -> tuple[float, tuple[str, ...]]:
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
    elif math.isnan(value := as_number(standard)):
        raise ScenarioError(f'{name} = {standard!r} is not a number or a text like "600m" or "10min".')
    else:
        if 0 < value < _PLAUSIBLE and (unit or problem.typical() > 10 * value):
            what = {"s": "seconds", "m": "metres"}.get(unit, "the unit of the pairs (metres or seconds)")
            repair = 'write the unit, like "5km" or "5min"'
            notes.append(f"{name} = {value:.10g} is taken in {what}: implausibly small; {repair}")
    if not np.isfinite(value) or value < 0:
        raise ScenarioError(f"{name} = {standard!r} must be a finite number, zero or more.")
    _check_cutoff(problem, value, name)
    return value, (f"{name} = {value:.10g} {unit or '(unit of the pairs)'}: within means {_rule(value, unit)}", *notes)


def read_steps(standard: StandardInput, problem: Problem) -> tuple[Steps, tuple[str, ...]]:
    """Return the steps of one standard, of several with falling shares, or of a decay curve, and notes on them."""
    if callable(standard):
        steps = Steps((), (), standard)
        _refuse_rise(steps, problem.impedance)
        return steps, ("the share that counts falls with the impedance by the given curve",)
    if isinstance(standard, str) or not isinstance(standard, Sequence):
        value, notes = read_standard(standard, problem)
        return Steps((value,), (1.0,)), notes
    if not standard or not all(isinstance(step, Sequence) and len(step) == 2 for step in standard):
        raise ScenarioError('Several standards are written as pairs: [("5min", 1.0), ("10min", 0.5)].')
    refuse_mixed([step[0] for step in standard])
    read = [read_standard(step[0], problem, name=f"standard {i + 1}") for i, step in enumerate(standard)]
    limits, shares = tuple(value for value, _ in read), tuple(_share(step[1]) for step in standard)
    if any(a >= b for a, b in itertools.pairwise(limits)) or any(a <= b for a, b in itertools.pairwise(shares)):
        raise ScenarioError("Each further standard needs a larger impedance and a smaller share than the one before.")
    notes = tuple(f"{notes[0]}, counts {share:.10g}" for (_, notes), share in zip(read, shares, strict=True))
    return Steps(limits, shares), notes + tuple(note for _, more in read for note in more[1:])


def refuse_mixed(standards: Iterable[object]) -> None:
    """Refuse standards of which some are lengths and some are times: no table holds both."""
    units = {parse_impedance(one)[1] for one in standards if isinstance(one, str)}
    if len(units) > 1:
        raise ScenarioError("Some standards are lengths and some are times. Write all in the unit of the pairs.")


def _refuse_rise(steps: Steps, impedance: Floats) -> None:
    order = np.argsort(impedance, kind="stable")
    share = steps.share(impedance[order])
    rises = np.flatnonzero(share[1:] > share[:-1] + 1e-9)
    if len(rises):
        (near, less), (far, more) = ((impedance[order[k]], share[k]) for k in (rises[0], rises[0] + 1))
        told = f"a share of {less:.6g} at {near:.10g} and of {more:.6g} at {far:.10g}"
        raise ScenarioError(f"The decay curve rises: {told}. Farther demand cannot count for more.")


def _share(value: Any) -> float:
    if not 0 < as_number(value) <= 1:
        raise ScenarioError(f"The share {value!r} of a standard must be a number above 0, 1 at most.")
    return float(value)


def _rule(limit: float, unit: str) -> str:
    if (beyond := tolerance(limit)) < TOLERANCE:
        return f"≤, tolerance {beyond:.6g}{unit and ' '}{unit}"
    return RULE.replace("mm", "ms") if unit == "s" else RULE


def _check_cutoff(problem: Setting, value: float, name: str) -> None:
    cutoff = problem.attrs.get("cutoff")
    if isinstance(cutoff, str):
        cutoff = parse_impedance(cutoff, name="cutoff")[0]
    if isinstance(cutoff, int | float) and value > float(cutoff) + 1e-9:
        raise ScenarioError(
            f"{name} = {value:.10g} is beyond the cutoff {float(cutoff):.10g} of the pairs: longer trips are not in "
            f"the table. Make the pairs with a cutoff of {value:.10g} or more."
        )
