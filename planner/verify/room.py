"""What a station can gain by the people it serves, when it has room for so many only, or needs so many."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["most_gain"]


def most_gain(people: Sequence[tuple[Fraction, Fraction]], least: Fraction, most: Fraction | None) -> Fraction | None:
    """Return the most that parts of these people gain; each entry is what all of one point gain, and how many they are.

    They stand in falling order of the gain of one of them. At least ``least`` must be served, at most ``most``
    (None: any number). None where there are not so many. It is a knapsack of which parts may be taken (Dantzig, 1957):
    the best first, until there is no room, or nothing to be gained and enough are served.

    >>> a, b = (Fraction(6), Fraction(2)), (Fraction(-4), Fraction(4))
    >>> most_gain([a, b], Fraction(0), Fraction(1)), most_gain([a, b], Fraction(3), None)
    (Fraction(3, 1), Fraction(5, 1))
    >>> most_gain([a], Fraction(3), None) is None
    True
    """
    if most is not None and most < least:
        return None
    total, served = Fraction(0), Fraction(0)
    for gain, count in people:
        needed = count if gain > 0 else least - served
        taken = min(count, needed) if most is None else min(count, needed, most - served)
        if taken <= 0:
            break
        total += gain if taken == count else gain * taken / count
        served += taken
    return total if served >= least else None
