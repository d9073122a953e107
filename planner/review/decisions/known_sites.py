"""The candidates of the plan that is decided on, found by what people write: an id, a name, or one beside the other.

Ids and names are compared in narrow letters, without blanks and without regard to capitals: ``Ｓ ００１`` is ``s001``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import pandas as pd

from planner.safe_text import without_harmful

__all__ = ["Judged", "KnownSite", "KnownSites", "alike", "known_sites"]

_BESIDE: Final = re.compile(r"(.+?)[(（\[【](.+)[)）\]】]")


class Judged(Protocol):
    """A plan, or the record of one: what the decisions are about."""

    @property
    def id(self) -> str:
        """The plan's id."""
        ...

    @property
    def candidates(self) -> pd.DataFrame:
        """The candidates with name, status and place, by site id."""
        ...


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A candidate of the plan that is decided on; the screening refused those that are not ``usable``."""

    name: str
    longitude: float
    latitude: float
    usable: bool


class KnownSites(dict[str, KnownSite]):
    """The known candidates by id; empty where no plan is given.

    >>> sites = KnownSites({"S1": KnownSite("东门", 121.43, 28.67, True)})
    >>> sites.called("ｓ 1"), sites.called("东门(S1)"), sites.called("西门(S1)")
    (['S1'], ['S1'], [])
    """

    def __init__(self, sites: Iterable[tuple[str, KnownSite]] | dict[str, KnownSite] = ()) -> None:
        super().__init__(sites)
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._names: dict[str, list[str]] = defaultdict(list)
        for site, known in self.items():
            self._ids[alike(site)].append(site)
            self._names[alike(known.name)].append(site)

    def called(self, text: str) -> list[str]:
        """Return the ids of the sites that a text may mean: by id, else by name, else by both, one in brackets."""
        plain = alike(text)
        if text in self or not plain:
            return [text] if text in self else []
        found = self._ids.get(plain) or self._names.get(plain)
        beside = None if found else _BESIDE.fullmatch(plain)
        if beside:
            return [site for site in self.called(beside[1]) if site in self.called(beside[2])]
        return list(found or ())

    def named(self, name: str) -> list[str]:
        """Return the ids of the sites with a name."""
        return list(self._names.get(alike(name), ())) if alike(name) else []


def alike(text: str) -> str:
    """Return a text in the form in which ids and names are compared."""
    return "".join(unicodedata.normalize("NFKC", without_harmful(text)[0]).split()).casefold()


def known_sites(plan: Judged | None) -> KnownSites:
    """Return the candidates of a plan by id; none without a plan."""
    if plan is None:
        return KnownSites()
    table = plan.candidates
    x, y = table.geometry.x.tolist(), table.geometry.y.tolist()
    usable = (table["status"] != "excluded").tolist()
    names = (" ".join(without_harmful(str(name))[0].split()) for name in table["name"].tolist())
    return KnownSites(zip(map(str, table.index), map(KnownSite, names, x, y, usable), strict=True))
