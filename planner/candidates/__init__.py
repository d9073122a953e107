"""Candidate sites: places in centres where a station may stand, screened, refused ones with their reasons."""

from planner.candidates.duplicates import same_places
from planner.candidates.find import find_candidates
from planner.candidates.gather import EXISTING

__all__ = ["EXISTING", "find_candidates", "same_places"]
