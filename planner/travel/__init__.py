"""Street networks per mode, points on streets, travel matrices, routes and isochrones."""
