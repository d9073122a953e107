"""Candidate sites: places in centres where a station may stand, screened, refused ones with their reasons."""

from planner.candidates.duplicates import same_places
from planner.candidates.find import find_candidates

__all__ = ["find_candidates", "same_places"]
