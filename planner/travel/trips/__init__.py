"""The travel matrix: blocks, search, cache, workers."""
