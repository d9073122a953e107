"""What a plan means: compared with another one."""

from planner.analysis.compare import Difference, compare

__all__ = ["Difference", "compare"]
