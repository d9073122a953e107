"""Colours and shapes of the map: never colour alone, and distinct for colour-blind readers.

The first three hues are Paul Tol's high-contrast scheme (technical note SRON/EPS/TN/09-002), which also separates in
grey; the others come from his vibrant and muted schemes. Page and still pictures read the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CENTRE_COLOURS", "GROUND", "LAND", "UNCOVERED", "Symbol", "symbol"]

GROUND = {"paper": "#f5f3ee", "street": "#ffffff", "casing": "#d8d3c7", "border": "#8d8a9c"}
LAND = {"water": ("#cadde6", "#a9c6d3"), "green": ("#d5e2c8", "#bccfaa"), "restricted": ("#d9c2b8", "#a8806c")}
UNCOVERED = "#2d1e2f"
CENTRE_COLOURS = {"business_district": "#9a8c5f", "industrial_park": "#7d8a99", "business_centre": "#8d7f93"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """The look of one station type and its group: shape, strong colour, colour of signs on it, light tint."""

    shape: str
    colour: str
    on_colour: str
    tint: str


_SYMBOLS = (
    Symbol("circle", "#004488", "#ffffff", "#6699cc"),
    Symbol("diamond", "#e0a526", "#1f1a10", "#eccb6b"),
    Symbol("square", "#b3445a", "#ffffff", "#e59aa8"),
    Symbol("pentagon", "#117733", "#ffffff", "#7cb894"),
    Symbol("triangle", "#33a9c8", "#10242b", "#9ad6e4"),
    Symbol("hexagon", "#aa3377", "#ffffff", "#d494bb"),
    Symbol("star", "#5b5b66", "#ffffff", "#a9a9b3"),
)


def symbol(position: int) -> Symbol:
    """Return the symbol of the type or group at a position of the scenario's list; they repeat after seven.

    >>> symbol(0).shape, symbol(2).shape
    ('circle', 'square')
    """
    return _SYMBOLS[position % len(_SYMBOLS)]
