"""Street tags whose value is a known word but for its capitals and blanks, read as that word.

OpenStreetMap writes its words in small letters (https://wiki.openstreetmap.org/wiki/Any_tags_you_like), and modes know
them letter by letter: as it is written, ``highway=Residential`` is a class that no mode may use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from planner.categories import read_data
from planner.inputs.report import Report
from planner.inputs.roads.read import Tags

__all__ = ["NODE_CLASSES", "respelt", "word"]

NODE_CLASSES: Final = frozenset({"traffic_signals", "crossing", "stop", "give_way", "toll_gantry"})
"""Values of ``highway`` on nodes."""
_CLASSES: Final = NODE_CLASSES | frozenset(read_data("streets.csv")["highway"])
_NO_WORDS: Final = frozenset({"maxspeed", "maxweight", "maxheight", "maxweightrating", "maxwidth", "duration", "layer"})
_SUFFIXES: Final = frozenset({
    "forward", "backward", "left", "right", "both", "oneway", "bicycle", "electric_bicycle", "foot", "goods", "hgv",
    "motorcar", "motor_vehicle", "vehicle",
})  # fmt: skip
"""What may follow in a key whose value is a word; bridge:name is a text."""


def word(value: str) -> str:
    """Return a value as OpenStreetMap writes its words.

    >>> word(" Residential")
    'residential'
    """
    return value.strip().lower()


def respelt(sets: Sequence[Tags], counts: Iterable[int], things: str, report: Report) -> tuple[Tags, ...]:
    """Return sets of tags with their words in small letters; what differed is told with the ``counts`` of the sets.

    >>> respelt([{"highway": "Residential", "maxspeed": "CN:urban"}], [2], "ways", Report("streets"))
    ({'highway': 'residential', 'maxspeed': 'CN:urban'},)
    """
    found = Counter[tuple[str, str]]()
    read: list[Tags] = []
    for tags, count in zip(sets, counts, strict=True):
        other = {key: value for key, value in tags.items() if value != word(value) and _is_word(key, value)}
        read.append({**tags, **{key: word(value) for key, value in other.items()}} if other else tags)
        found.update({pair: int(count) for pair in other.items()})
    for (key, value), count in sorted(found.items()):
        report.add("repaired", f"{count} {things} have {key}={value!r}, read as {word(value)!r}")
    return tuple(read)


def _is_word(key: str, value: str) -> bool:
    """Return whether the value of a key is a word: of classes a known one, of other keys any."""
    first, *suffixes = key.split(":")
    if first in _NO_WORDS or " " in word(value) or not _SUFFIXES.issuperset(suffixes):
        return False
    return first != "highway" or word(value) in _CLASSES
