"""Travel: streets and a mode make a network; points on it make the table of legal trips."""

from planner.travel.changes import with_closed
from planner.travel.isochrones import coverage_area, isochrones
from planner.travel.matrix import Direction, travel_matrix
from planner.travel.modes import MODES, Mode, get_mode, truck
from planner.travel.network import Network, network
from planner.travel.route import Route, route, routes
from planner.travel.snapping import Snapped, snap

__all__ = [
    "MODES",
    "Direction",
    "Mode",
    "Network",
    "Route",
    "Snapped",
    "coverage_area",
    "get_mode",
    "isochrones",
    "network",
    "route",
    "routes",
    "snap",
    "travel_matrix",
    "truck",
    "with_closed",
]
