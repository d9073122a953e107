"""Travel: streets and a mode make a network; points on it make the table of legal trips."""

from planner.travel.added import with_link, with_links
from planner.travel.changes import with_closed
from planner.travel.cluster import on_cluster
from planner.travel.isochrones import coverage_area, isochrones
from planner.travel.matrix import Direction, travel_matrix, travel_parts
from planner.travel.modes import MODES, Mode, get_mode, truck
from planner.travel.network import Network, network
from planner.travel.route import Route, route, routes
from planner.travel.snapping import Snapped, snap
from planner.travel.speed_table import with_speed_table

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
    "on_cluster",
    "route",
    "routes",
    "snap",
    "travel_matrix",
    "travel_parts",
    "truck",
    "with_closed",
    "with_link",
    "with_links",
    "with_speed_table",
]
