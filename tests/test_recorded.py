"""What the benchmarks recorded is in agreement: no solver's answer lies beyond what another one proved."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

_SENSE = {"lscp": 1, "mclp": -1, "p_median": 1, "capacitated_p_median": 1, "p_center": 1, "p_dispersion": -1}
"""1: the least value is asked for; −1: the largest. Backup covering is left out: its peer counts without weights."""


@pytest.mark.parametrize("kind", _SENSE)
def test_peers_and_ours_agree(root: Path, kind: str) -> None:
    """Peers solve the first of our lines: no value is better than any bound, and proven ones are equal."""
    rows = json.loads((root / "benchmarks" / "results" / "sizes.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if row["type"] == kind and row["value"] is not None]
    first = next(row["line"] for row in rows if not row["peer"])
    compared = 0
    for size in {row["size"] for row in rows}:
        told = [row for row in rows if row["size"] == size and (row["peer"] or row["line"] == first)]
        value = {row["line"]: _SENSE[kind] * row["value"] for row in told}
        bound = {row["line"]: value[row["line"]] - _open(row) * abs(row["value"]) for row in told}
        assert max(bound.values()) <= min(value.values()) + 1e-6 * abs(min(value.values())), (size, value, bound)
        compared += len(told) > 1
    assert compared


def _open(row: dict[str, float]) -> float:
    """Return the share by which a value may be off: nothing if proven, anything if there is no bound."""
    return 0.0 if row["proven"] else row["gap"] if row["gap"] is not None else math.inf
