"""Report entries about rows of a table: each with its row number and id, long runs of them summed up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from planner.inputs.report import Kind, Report

__all__ = ["Account"]

_SINGLY: Final = 10_000  # rows told one by one; what follows is summed up


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to tell about rows by their position: row numbers of the file and ids."""

    report: Report
    rows: npt.NDArray[np.int64]
    ids: Sequence[str] | None = None

    def tell(
        self, kind: Kind, positions: Sequence[int] | npt.NDArray[Any], what: str | Callable[[int], str], **where: Any
    ) -> None:
        """Add one entry per row; ``what`` is a text or gives the text of a position."""
        for position in positions[:_SINGLY]:
            at = int(position)
            text = what if isinstance(what, str) else what(at)
            place = {"row": int(self.rows[at]), "id": "" if self.ids is None else self.ids[at]}
            self.report.add(kind, text, **place, **where)
        rest = positions[_SINGLY:]
        if len(rest):
            first, last = int(self.rows[int(rest[0])]), int(self.rows[int(rest[-1])])
            text = what if isinstance(what, str) else what(int(rest[0]))
            self.report.add(kind, f"{len(rest):,} more rows from {first} to {last}, for example: {text}", **where)
