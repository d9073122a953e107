"""The station-network planner: sites, types and links of service stations, proven best on real streets.

>>> import planner
>>> scenario = planner.read_scenario("data/geo/jiaojiang/scenario.toml")  # doctest: +SKIP
>>> plan = planner.plan(scenario)  # doctest: +SKIP
>>> planner.save_map(plan, "outputs/maps/jiaojiang.html")  # doctest: +SKIP
"""

from planner import interrupts, locate  # noqa: F401  interrupts first: the rest takes two seconds
from planner.analysis import Difference, compare
from planner.certificate import certificate
from planner.errors import InfeasibleError, InputError, PlannerError, ScenarioError
from planner.inputs.layers.read import read_layer
from planner.inputs.points import read_points
from planner.inputs.report import Report
from planner.inputs.roads.read import read_roads
from planner.inputs.tables.read import read_table
from planner.plan import Plan, Stage, plan
from planner.review.approval.export import export
from planner.review.decisions.read import read_decisions
from planner.review.map.save import save_map
from planner.review.record import Record, read_record
from planner.scenario import Scenario, read_scenario
from planner.travel import Route, coverage_area, isochrones, route, routes, travel_matrix, with_closed
from planner.verify import Violation, verify
from planner.verify.again import verify_file

__all__ = [
    "Difference",
    "InfeasibleError",
    "InputError",
    "Plan",
    "PlannerError",
    "Record",
    "Report",
    "Route",
    "Scenario",
    "ScenarioError",
    "Stage",
    "Violation",
    "certificate",
    "compare",
    "coverage_area",
    "export",
    "isochrones",
    "locate",
    "plan",
    "read_decisions",
    "read_layer",
    "read_points",
    "read_record",
    "read_roads",
    "read_scenario",
    "read_table",
    "route",
    "routes",
    "save_map",
    "travel_matrix",
    "verify",
    "verify_file",
    "with_closed",
]
