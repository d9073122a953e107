"""The engine of the capacitated p-median."""
