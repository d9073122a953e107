"""What a caller may write for a number: read in one place, so that no odd value reaches the arithmetic."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "array", "as_number"]

LARGEST = 1e12
"""Weights, costs and capacities up to here: sums stay exact enough, and the searches end."""


def as_number(value: object) -> float:
    """Return a plain real number as a float; NaN for all else (True, text, arrays), infinity for one too large.

    >>> as_number(3), as_number(True), as_number("3")
    (3.0, nan, nan)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def array(value: object) -> NDArray[np.generic]:
    """Return an array; one without dimensions for what is none, lists of unequal length included.

    What is masked is blank.
    """
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "biuf":
        return np.where(np.ma.getmaskarray(value), np.nan, np.ma.getdata(value))
    try:
        return np.asarray(value)
    except ValueError:
        return np.asarray(None)
