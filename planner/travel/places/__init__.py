"""Points on streets."""
