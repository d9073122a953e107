"""What every location problem has, however its travel is given: ids, weights, rules on sites, costs.

Text ids outside, positions inside. Sites and demand are sorted by id, so that the order of the user's rows changes
nothing, and ties go to the smaller id.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.plain import LARGEST, as_number
from planner.locate.tables import Floats, Ids, Ints, ValuesInput, counted, listing, read_values, text_ids, unknown

__all__ = ["Flags", "Rules", "Setting", "positions", "read_rules", "unreached_note"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rules:
    """What is said of each site; the numbers are None where not given."""

    required: Flags
    excluded: Flags
    existing: Flags
    cost: Floats | None
    capacity: Floats | None


@dataclass(frozen=True, eq=False)
class Setting(ABC):
    """Demand and sites by sorted ids, the weights, and the rules on sites.

    ``required`` sites are open and count among the p; ``existing`` ones are open, free and do not count;
    ``excluded`` ones stay closed. ``order`` is the order in which results list the demand. ``by_position`` are the
    demand ids and the site ids in the user's order, which values without ids go by (None: they have no order).
    """

    demand: Ids
    sites: Ids
    weights: Floats
    rules: Rules
    order: Ints
    attrs: dict[str, Any]
    notes: tuple[str, ...]
    by_position: tuple[Ids | None, Ids | None] = field(default=(None, None), kw_only=True)

    @property
    def required(self) -> Flags:
        """The sites that are open and count among the p."""
        return self.rules.required

    @property
    def excluded(self) -> Flags:
        """The sites that stay closed."""
        return self.rules.excluded

    @property
    def existing(self) -> Flags:
        """The sites that stand already: open, free, not counted."""
        return self.rules.existing

    @property
    def cost(self) -> Floats | None:
        """What each site costs, if given."""
        return self.rules.cost

    @property
    def capacity(self) -> Floats | None:
        """How much each site can serve, if given."""
        return self.rules.capacity

    @property
    def unit(self) -> str:
        """The unit of the impedances: "s", "m", or blank when unknown."""
        return str(self.attrs.get("unit") or "")

    @property
    def grain(self) -> float:
        """The largest weight, one at most: sums of weights are told apart by a small share of it."""
        return min(1.0, float(self.weights.max(initial=0.0)))

    @property
    def candidates(self) -> Ints:
        """The sites that may be newly opened, required ones included."""
        return np.flatnonzero(~self.excluded & ~self.existing)

    @property
    def state(self) -> NDArray[np.int8]:
        """What the rules say of each site: 1 open (required, existing), −1 closed (excluded), 0 free."""
        return np.where(self.excluded, -1, np.where(self.required | self.existing, 1, 0)).astype(np.int8)

    @property
    @abstractmethod
    def reached(self) -> Flags:
        """Which demand has a reachable site that is not excluded."""

    @abstractmethod
    def nearest(self, opened: Flags, limit: float = np.inf) -> tuple[Ints, Floats]:
        """Return each demand's nearest open site within the limit (−1: none) and its impedance (NaN: none)."""

    @abstractmethod
    def times_within(self, opened: Flags, standard: float) -> Ints:
        """Return how many open sites each demand has within the standard; two stands for two and more."""

    @abstractmethod
    def typical(self) -> float:
        """Return the impedance of a typical pair, to judge whether a number is in the same unit."""

    def flags(self, sites: Iterable[object]) -> Flags:
        """Return which sites are among these ids; unknown ids raise :class:`planner.errors.InputError`."""
        faults: list[Fault] = []
        flags = _flags(sites, self.sites, "sites", faults)
        if faults:
            raise InputError(faults)
        return flags

    def check_count(self, p: object) -> int:
        """Return p as a number of new sites that the rules allow, or raise ScenarioError."""
        whole = isinstance(p, int | np.integer) or (isinstance(p, float | np.floating) and float(p).is_integer())
        if isinstance(p, bool) or not whole:
            raise ScenarioError(f"p = {p!r} is not a whole number. Say how many new sites to open.")
        required, most = int((self.required & ~self.existing).sum()), len(self.candidates)
        count: int = int(p)  # type: ignore[call-overload]
        if count < 0:
            raise ScenarioError(f"p = {count} is negative. Say how many new sites to open.")
        if count > most:
            raise ScenarioError(
                f"p = {count} is more than the {counted(most, 'candidate site')}. Lower p or add candidates."
            )
        if count < required:
            names = listing(self.sites[self.required & ~self.existing])
            raise ScenarioError(
                f"p = {count} is less than the {counted(required, 'required site')} ({names}). Raise p."
            )
        return count


def read_rules(
    sites: Ids,
    faults: list[Fault],
    *,
    by_position: Ids | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    capacity: ValuesInput | float | None = None,
) -> Rules:
    """Return the rules by position; ids that are not sites, contradictions and bad numbers become faults.

    ``by_position`` are the site ids in the user's order, for costs and capacities without ids.
    """
    rules = {"required": required, "excluded": excluded, "existing": existing}
    flags = {name: _flags(given, sites, name, faults) for name, given in rules.items()}
    _refuse_contradictions(sites, flags, faults)
    values = {"cost": cost, "capacity": capacity}
    numbers = {name: _site_values(given, sites, name, faults, by_position) for name, given in values.items()}
    return Rules(flags["required"], flags["excluded"], flags["existing"], numbers["cost"], numbers["capacity"])


def positions(ids: Ids, known: Ids) -> Ints:
    """Return the position of each id among the known ones, −1 where it is not known."""
    if known is ids:
        return np.arange(len(ids))
    index = pd.Index(known, dtype=object)
    first = np.flatnonzero(~index.duplicated())
    at = np.asarray(index[first].get_indexer(pd.Index(ids, dtype=object)), np.int64)
    return np.where(at >= 0, first[at], -1) if len(first) else at


def _flags(given: Iterable[object], sites: Ids, name: str, faults: list[Fault]) -> Flags:
    ids = text_ids(list(dict.fromkeys(_listed(given, name, faults))), name, faults)
    at = positions(ids, sites)
    unknown(ids[at < 0], sites, name, faults)
    flags = np.zeros(len(sites), bool)
    flags[at[at >= 0]] = True
    return flags


def _listed(given: Iterable[object], name: str, faults: list[Fault]) -> list[object]:
    if given is None:
        return []
    if isinstance(given, str | bytes):
        faults.append(Fault(f"{name} is the text {given!r}, not a list", repair=f"Write {name}=[{given!r}]."))
        return []
    try:
        ids = list(given)
    except TypeError:
        faults.append(Fault(f"{name} = {given!r} is not a list of site ids", repair=f"Write {name}=[{str(given)!r}]."))
        return []
    strange = [one for one in ids if not pd.api.types.is_scalar(one)]
    if strange:
        faults.append(Fault(f"{name} holds {strange[0]!r}, which is no id", repair="Write the ids in one plain list."))
    return [one for one in ids if pd.api.types.is_scalar(one)]


def _refuse_contradictions(sites: Ids, flags: dict[str, Flags], faults: list[Fault]) -> None:
    for name in ("required", "existing"):
        both = flags[name] & flags["excluded"]
        if both.any():
            repair = "Take them out of one of the lists."
            faults.append(Fault(f"these sites are both {name} and excluded: {listing(sites[both])}", repair=repair))


def _site_values(
    given: ValuesInput | float | None, sites: Ids, name: str, faults: list[Fault], by_position: Ids | None
) -> Floats | None:
    if given is None:
        return None
    if isinstance(given, bool):
        faults.append(Fault(f"{name} = {given} is not a number", repair="Give one number, or a number for each site."))
        return np.zeros(len(sites))
    if isinstance(given, int | float | Real):
        if not 0 <= as_number(given) <= LARGEST:
            faults.append(Fault(f"{name} = {given} is not a finite number, zero or more, {LARGEST:g} at most"))
        return np.full(len(sites), as_number(given))
    ids, numbers = read_values(given, name, faults, by_position=by_position)
    at = positions(sites, ids)
    if len(ids) and (at < 0).any():
        faults.append(Fault(f"{name} lacks the sites {listing(sites[at < 0])}", repair="Give a number for each site."))
    return np.where(at >= 0, numbers[at], 0.0) if len(ids) else np.zeros(len(sites))


def unreached_note(setting: Setting) -> tuple[str, ...]:
    """Return a note that names the demand that no site reaches, or nothing."""
    lost = np.flatnonzero(~setting.reached)
    if not len(lost):
        return ()
    weight = float(setting.weights[lost].sum())
    return (f"no site reaches {listing(setting.demand[lost])} (weight {weight:,.10g})",)
