"""Location models on arrays: problem types, engines, solutions, checks."""

from planner.locate.backup_cover import backup_cover as backup_cover
from planner.locate.capacitated_median import capacitated_p_median as capacitated_p_median
from planner.locate.capacitated_median import split_p_median as split_p_median
from planner.locate.check import check as check
from planner.locate.dispersion import max_sum_dispersion as max_sum_dispersion
from planner.locate.dispersion import p_dispersion as p_dispersion
from planner.locate.evaluate import Evaluation as Evaluation
from planner.locate.evaluate import evaluate as evaluate
from planner.locate.flow_cover import flow_cover as flow_cover
from planner.locate.lexicographic import Goal as Goal
from planner.locate.lexicographic import lexicographic as lexicographic
from planner.locate.lscp import lscp as lscp
from planner.locate.mclp import mclp as mclp
from planner.locate.p_center import p_center as p_center
from planner.locate.p_center import weighted_p_center as weighted_p_center
from planner.locate.p_median import p_median as p_median
from planner.locate.partial_lscp import partial_lscp as partial_lscp
from planner.locate.points import Points as Points
from planner.locate.solution import Solution as Solution
