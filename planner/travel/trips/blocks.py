"""The blocks of a travel problem, solved by any number of workers within a memory limit, finished ones never twice.

Workers are those of joblib: threads here unless a ``joblib.parallel_config`` says otherwise (processes, Dask).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import joblib
import pyarrow as pa
import pyarrow.parquet as pq

from planner.errors import ScenarioError
from planner.travel.trips.shelf import Shelf
from planner.travel.trips.trips import Problem, Shape, Trips, solve_block
from planner.units import check_jobs

__all__ = ["Progress", "solved_blocks"]

Progress = Callable[[int, int], None]
"""Called with the number of finished blocks and of all blocks."""

_AHEAD = 4  # blocks per worker and round: enough that workers rarely wait for each other


def solved_blocks(
    shape: Shape,
    problem: Callable[[], Problem],
    *,
    shelf: Shelf | None,
    jobs: int | None,
    memory: float | None,
    progress: Progress | None,
) -> Iterator[Trips]:
    """Yield the trips of all blocks in their order; blocks on the shelf are read, others are solved and put there.

    ``problem`` is asked for only when a block is missing. ``jobs``: workers, None for those of the joblib configuration
    in force (else one). ``memory``: bytes that the blocks in work may take together. Raises
    :class:`planner.errors.ScenarioError` when a single block needs more.
    """
    workers, width = _round(shape, joblib.effective_n_jobs(check_jobs(jobs)), memory)
    with joblib.Parallel(n_jobs=workers, prefer="threads") as parallel:
        for first in range(0, shape.blocks, width):
            numbers = range(first, min(first + width, shape.blocks))
            read = {number: _read(shelf, number) for number in numbers} if shelf else {}
            blocks = {number: block for number, block in read.items() if block is not None}
            missing = [number for number in numbers if number not in blocks]
            solved = parallel(joblib.delayed(solve_block)(problem(), number) for number in missing) if missing else []
            for number, block in zip(missing, solved, strict=True):
                blocks[number] = block
                if shelf:
                    shelf.put(_name(number), _written(block))
            del read, solved
            for number in numbers:
                block = blocks.pop(number)
                if progress:
                    progress(number + 1, shape.blocks)
                yield block


_COLUMNS = ("origin", "destination", "seconds", "metres")


def _read(shelf: Shelf, number: int) -> Trips | None:
    data = shelf.get(_name(number))
    if data is None:
        return None
    table = pq.read_table(pa.BufferReader(data))
    return Trips(*(table[name].to_numpy() for name in _COLUMNS))


def _name(number: int) -> str:
    return f"block-{number:06d}.parquet"


def _written(block: Trips) -> bytes:
    table = pa.table({name: getattr(block, name) for name in _COLUMNS})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none", use_dictionary=["origin"], write_statistics=False)
    return bytes(sink.getvalue())


def _round(shape: Shape, workers: int, memory: float | None) -> tuple[int, int]:
    """Return how many workers, and how many blocks at a time, keep within the memory."""
    if memory is None:
        return workers, _AHEAD * workers
    fits = int(memory // shape.block_bytes)
    if not fits:
        raise ScenarioError(
            f"memory is too small: one block of {shape.block_sources} sources takes up to "
            f"{shape.block_bytes / 1e6:.0f} MB. Raise it."
        )
    return min(workers, fits), min(_AHEAD * workers, fits)
