"""Location models on arrays: problem types, engines, solutions, checks."""
