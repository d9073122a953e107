"""Layers of points, lines and polygons in every format that offices keep them in."""
