"""Location models on arrays: problem types, engines, solutions, checks.

All of them raise :class:`planner.errors.InputError`, which lists every fault of the tables, and
:class:`planner.errors.ScenarioError` for an argument that cannot be meant; a problem without an answer is no error but
a :class:`Solution` whose ``status`` says so.
"""

from planner.locate.backup_cover import backup_cover
from planner.locate.capacitated_median import capacitated_p_median, split_p_median
from planner.locate.check import check
from planner.locate.dispersion import max_sum_dispersion, p_dispersion
from planner.locate.evaluate import Evaluation, evaluate
from planner.locate.flow_cover import flow_cover
from planner.locate.lexicographic import Goal, lexicographic
from planner.locate.lscp import lscp
from planner.locate.mclp import mclp
from planner.locate.p_center import p_center, weighted_p_center
from planner.locate.p_median import p_median
from planner.locate.partial_lscp import partial_lscp
from planner.locate.points import Points
from planner.locate.solution import Solution

__all__ = [
    "Evaluation",
    "Goal",
    "Points",
    "Solution",
    "backup_cover",
    "capacitated_p_median",
    "check",
    "evaluate",
    "flow_cover",
    "lexicographic",
    "lscp",
    "max_sum_dispersion",
    "mclp",
    "p_center",
    "p_dispersion",
    "p_median",
    "partial_lscp",
    "split_p_median",
    "weighted_p_center",
]
