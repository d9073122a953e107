"""Engines of the covering problems, and of the p-center, which asks covering questions."""
