"""One thing that does not hold in a plan."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that does not hold: the rule, what was found, and the ids it concerns."""

    rule: str
    found: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.rule}: {self.found}" + (f" ({', '.join(self.ids[:5])})" if self.ids else "")
