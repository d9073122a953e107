"""What was read, repaired, assumed, skipped and refused: one report per input, nothing lost quietly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from planner.errors import Fault, InputError

__all__ = ["Entry", "Kind", "Report"]

Kind = Literal["repaired", "assumed", "skipped", "refused", "warning"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event while reading: its kind, and what happened where."""

    kind: Kind
    fault: Fault


@dataclass
class Report:
    """The account of one input.

    ``facts`` holds what is known of the whole (``rows_read``, ``rows_kept``, ``encoding``, ``datum``, totals …);
    ``entries`` holds one event per repaired, assumed, skipped or refused row, and the warnings.

    >>> report = Report("stations.csv")
    >>> report.add("refused", "longitude is blank", row=3, id="S2", repair="Fill in the coordinates.")
    >>> report.count("refused")
    1
    """

    source: str
    facts: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def add(self, kind: Kind, what: str, **where: Any) -> None:
        """Record one event; ``where`` takes the fields of :class:`planner.errors.Fault`."""
        where.setdefault("file", self.source)
        self.entries.append(Entry(kind, Fault(what, **where)))

    def of(self, kind: Kind) -> Iterator[Fault]:
        """Iterate over the events of one kind."""
        return (entry.fault for entry in self.entries if entry.kind == kind)

    def count(self, kind: Kind) -> int:
        """Return how many events of one kind there are."""
        return sum(1 for _ in self.of(kind))

    def extend(self, other: Report) -> None:
        """Take over the events of a part (a sheet, a layer, a later step)."""
        self.entries.extend(other.entries)

    def stop_if_refused(self) -> None:
        """Raise :class:`InputError` with every refused thing, if there is one."""
        refused = tuple(self.of("refused"))
        if refused:
            raise InputError(refused)

    def to_frame(self) -> pd.DataFrame:
        """Return the events as a table: kind, file, sheet, row, id, column, what, repair."""
        names = ["file", "sheet", "row", "id", "column", "what", "repair"]
        rows = [[entry.kind, *(getattr(entry.fault, name) for name in names)] for entry in self.entries]
        return pd.DataFrame(rows, columns=["kind", *names])

    def __str__(self) -> str:
        """Return the account in a few lines."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        lines = [f"{self.source}: {facts}" if facts else self.source]
        lines += [f"  {entry.kind}: {entry.fault}" for entry in self.entries]
        return "\n".join(lines)
