"""The difference of two plans: stations kept, of another type, added and dropped; people gained or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

__all__ = ["Difference", "compare"]


class _Comparable(Protocol):
    @property
    def stations(self) -> pd.DataFrame: ...

    @property
    def measures(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Difference:
    """``stations``: by site, ``before`` and ``after`` (type, blank where there is none) and ``change``.

    ``measures``: by measure and group, ``before``, ``after`` and ``gain``.
    """

    stations: pd.DataFrame
    measures: pd.DataFrame

    @property
    def changes(self) -> int:
        """The number of stations that are not as before."""
        return int((self.stations["change"] != "kept").sum())

    def __str__(self) -> str:
        """Return the difference in lines."""
        names = {"kept": "保留 kept", "retyped": "改型 retyped", "added": "新增 added", "dropped": "取消 dropped"}
        lines = []
        for change, words in names.items():
            sites = self.stations.index[self.stations["change"] == change]
            lines.append(
                f"{words}: {len(sites)}" + (f"  ({', '.join(sites)})" if change != "kept" and len(sites) else "")
            )
        for row in self.measures.reset_index().to_dict("records"):
            if row["gain"]:
                change = f"{row['before']:.6g} → {row['after']:.6g} ({row['gain']:+.6g} {row['unit']})"
                lines.append(f"{row['measure']} {row['group']}: {change}")
        return "\n".join(lines)


def compare(before: _Comparable, after: _Comparable) -> Difference:
    """Return what has changed from one plan (or record of a plan) to another.

    >>> print(compare(plan, again))  # doctest: +SKIP
    """
    sites = before.stations.index.union(after.stations.index)
    stations = pd.DataFrame(
        {
            "before": before.stations["type"].reindex(sites).fillna(""),
            "after": after.stations["type"].reindex(sites).fillna(""),
        },
        index=sites,
    )
    stations["change"] = [
        "kept" if old == new else "added" if not old else "dropped" if not new else "retyped"
        for old, new in zip(stations["before"], stations["after"], strict=True)
    ]
    keys = ["measure", "group"]
    joined = before.measures[[*keys, "value"]].merge(
        after.measures[[*keys, "value", "unit"]], on=keys, suffixes=("_before", "_after")
    )
    measures = joined.rename(columns={"value_before": "before", "value_after": "after"}).set_index(keys)
    measures["gain"] = (measures["after"] - measures["before"]).fillna(0.0)
    return Difference(stations, measures[["before", "after", "gain", "unit"]])
