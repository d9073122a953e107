"""Location models on arrays: problem types, engines, solutions, checks."""

from planner.locate.evaluate import Evaluation as Evaluation
from planner.locate.evaluate import evaluate as evaluate
from planner.locate.lscp import lscp as lscp
from planner.locate.mclp import mclp as mclp
from planner.locate.solution import Solution as Solution
