"""What the multipliers of one leaf prove, added up in exact fractions; who reaches whom is read from the pair tables.

The formula stands in :mod:`planner.locate.network.dual`; nothing of the code is shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from planner.units import TOLERANCE
from planner.verify.bound_rules import Option, rule_row
from planner.verify.coverage import pair_rows, share_within
from planner.verify.room import most_gain
from planner.verify.sites import allowed_types

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["LeafBounds", "pair"]

Gains = defaultdict[Any, Fraction]
_NONE = Fraction(0)


@dataclass(frozen=True)
class _Step:
    """A share of a point: its weight, who of those that reach the point with it or more gains all of that weight.

    These are lounges and, without limits, options; with limits ``own`` are the options that reach it with that share.
    """

    weight: Fraction
    by: frozenset[Any]
    own: tuple[Option, ...]


class LeafBounds:
    """Who reaches whom in a plan, by ids: an option is a pair of site and type, a lounge its id."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._options = [(str(s), t) for s in plan.candidates.index for t in _types(plan, s)]
        limits = {kind.id: (kind.least_load, kind.capacity) for kind in plan.scenario.types}
        self._limits = {
            kind: (Fraction(least), None if most is None else Fraction(most)) for kind, (least, most) in limits.items()
        }
        self._limited = any(kind.has_limits for kind in plan.scenario.types)
        by_site: dict[str, list[Option]] = defaultdict(list)
        for option in self._options:
            by_site[option[0]].append(option)
        self._runs: dict[str, list[Option]] = defaultdict(list)
        for lounge, site, impedance in pair_rows(plan.pairs.links):
            if impedance <= plan.scenario.links.limit + TOLERANCE:
                self._runs[lounge] += by_site[site]
        self._steps = dict(self._all_steps(self._reach(by_site)))
        self._people = {str(point): Fraction(people) for point, people in plan.demand["weight"].items()}

    def bound(self, leaf: Mapping[str, Any]) -> Fraction:
        """Return what the multipliers of a leaf prove; 0 where one of its stations can never serve the people it must.

        Raises ``ValueError`` where a multiplier is not allowed, or is of a rule or a step that is not there.
        """
        total, gain, served = self._of_people(leaf)
        total += self._of_lounges(leaf, gain)
        for named in leaf["rules"]:
            row, low, high = rule_row(self._plan, named, self._options)
            multiplier = _number(named["multiplier"])
            limit = high if multiplier > 0 else low
            if limit is None:
                raise ValueError(f"the rule {named['rule']} has no limit on that side")
            total += multiplier * limit
            for option, coefficient in row.items():
                gain[option] -= multiplier * coefficient
        closed, opened = ({pair(o) for o in leaf[key]} for key in ("closed", "opened"))
        for option in self._options:
            if option in closed:
                continue
            own = most_gain(served[option], *self._limits[option[1]]) if self._limited else _NONE
            if own is not None:
                total += own + gain[option] if option in opened else max(_NONE, own + gain[option])
            elif option in opened:
                return _NONE
        return total

    def _of_people(
        self, leaf: Mapping[str, Any]
    ) -> tuple[Fraction, Gains, dict[Option, list[tuple[Fraction, Fraction]]]]:
        """Return the constant, what each lounge (and each option without limits) gains, and whom options may serve.

        Those are the gain and the people of each point, in falling order of the gain of one.
        """
        total, gain = Fraction(0), Gains(Fraction)
        parts: list[tuple[Fraction, Fraction, tuple[Option, ...]]] = []
        for point, steps in self._steps.items():
            multipliers = leaf["points"].get(point, [float(self._limited)] * len(steps))
            if len(multipliers) != len(steps):
                raise ValueError(f"{point} has {len(steps)} steps, the proof says {len(multipliers)}")
            once = _number(leaf.get("once", {}).get(point, 0)) if self._limited else _NONE
            if once < 0:
                raise ValueError(f"the multiplier of serving {point} once is negative")
            total += once
            counted = -once
            for step, value in zip(reversed(steps), reversed(multipliers), strict=True):
                number = _number(value)
                if not 0 <= number <= 1:
                    raise ValueError(f"the multiplier {value} of {point} is not between 0 and 1")
                weighted = step.weight * number
                total += step.weight - weighted
                counted += weighted
                for one in step.by if number else ():
                    gain[one] += weighted
                if step.own:
                    parts.append((counted, self._people[point], step.own))
        served: dict[Option, list[tuple[Fraction, Fraction]]] = defaultdict(list)
        for value, people, own in sorted(parts, key=lambda part: part[0] / part[1], reverse=True):
            for option in own:
                served[option].append((value, people))
        return total, gain, served

    def _of_lounges(self, leaf: Mapping[str, Any], gain: Gains) -> Fraction:
        """Return what lounges gain beyond their multipliers, which go to the options that can run them."""
        total = Fraction(0)
        for lounge in set(self._runs) | {one for one in gain if isinstance(one, str)}:
            number = _number(leaf["lounges"].get(lounge, 0))
            if number < 0:
                raise ValueError(f"the multiplier of {lounge} is negative")
            total += max(_NONE, gain[lounge] - number)
            for option in self._runs.get(lounge, ()):
                gain[option] += number
        return total

    def _reach(self, by_site: Mapping[str, list[Option]]) -> dict[str, dict[Fraction, set[Any]]]:
        """Return for each point who reaches it at which share."""
        plan = self._plan
        reach: dict[str, dict[Fraction, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for group in plan.scenario.groups:
            serving = {kind.id for kind in plan.scenario.types if group.id in kind.groups}
            for point, site, impedance in pair_rows(plan.pairs.access[group.id]):
                if share := share_within(group, impedance):
                    reach[point][Fraction(share)] |= {o for o in by_site[site] if o[1] in serving}
        outreach = plan.scenario.links.outreach
        if outreach is not None:
            for point, lounge, impedance in pair_rows(plan.pairs.outreach):
                if impedance <= outreach.within + TOLERANCE:
                    reach[point][Fraction(outreach.share)].add(lounge)
        return reach

    def _all_steps(self, reach: Mapping[str, Mapping[Fraction, set[Any]]]) -> Iterator[tuple[str, list[_Step]]]:
        """Yield the steps of each point, the largest share first."""
        weight = {group.id: Fraction(group.weight) for group in self._plan.scenario.groups}
        demand = self._plan.demand
        for point, group, people in zip(demand.index.astype(str), demand["group"], demand["weight"], strict=True):
            shares = sorted((share for share, by in reach.get(point, {}).items() if by), reverse=True)
            if people > 0 and shares:
                by: frozenset[Any] = frozenset()
                steps = []
                for share, following in zip(shares, [*shares[1:], Fraction(0)], strict=True):
                    reached = reach[point][share]
                    own = sorted(one for one in reached if not isinstance(one, str)) if self._limited else ()
                    by = by | reached.difference(own)
                    steps.append(_Step(weight[group] * Fraction(people) * (share - following), by, tuple(own)))
                yield point, steps


def pair(option: Any) -> Option:
    """Return an option as a proof names it."""
    site, kind = option
    return str(site), str(kind)


def _number(value: Any) -> Fraction:
    """Return a number of a proof exactly. Raises ``ValueError`` where it is none."""
    try:
        return Fraction(value)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{value!r} is no multiplier") from error


def _types(plan: Plan, site: object) -> list[str]:
    row = plan.candidates.loc[site]
    if row["status"] == "excluded" or not row["types"]:
        return []
    return allowed_types(plan, site)
