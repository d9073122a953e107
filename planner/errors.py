"""The few named errors: what is wrong, where, and what to do.

Every error that a planner can cause is a :class:`PlannerError`. The command line prints its text and
ends with :attr:`PlannerError.exit_code`; a traceback means a fault of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Fault", "InfeasibleError", "InputError", "PlannerError", "ScenarioError"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an input: what, where, and how to repair it.

    ``row`` is the row number that the user sees in the file, counted from 1 with the header.
    """

    what: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    id: str = ""
    column: str = ""
    repair: str = ""

    def __str__(self) -> str:
        """Return one line: place, fault, repair."""
        place = [self.file, f"sheet {self.sheet}" if self.sheet else ""]
        place += [f"row {self.row}" if self.row is not None else "", f"column {self.column}" if self.column else ""]
        place += [f"id {self.id}" if self.id else ""]
        where = ", ".join(part for part in place if part)
        line = f"{where}: {self.what}" if where else self.what
        return f"{line.rstrip('.')}. {self.repair}".rstrip()


class PlannerError(Exception):
    """A fault that a planner can mend; its text is a sentence to read."""

    exit_code = 2


class ScenarioError(PlannerError, ValueError):
    """The scenario or an argument says something that cannot be meant."""


class InputError(PlannerError, ValueError):
    """An input cannot be used; all faults found in it are reported together."""

    def __init__(self, faults: str | Fault | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = [Fault(faults)]
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InfeasibleError(PlannerError, ValueError):
    """No plan can keep all the stated rules; the text names those that cannot hold together."""

    exit_code = 1
