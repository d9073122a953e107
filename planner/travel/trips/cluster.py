"""Workers for travel: a Dask cluster in place of the threads of this machine, through joblib's Dask backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib

from planner.errors import ScenarioError

__all__ = ["on_cluster"]

_WAIT = 10  # seconds for the scheduler to answer


@contextmanager
def on_cluster(address: str) -> Iterator[None]:
    """Let the matrices made inside run on the Dask cluster whose scheduler listens at ``address``.

    Every worker needs this package in the same version. The numbers are those of a run on one machine, digit for digit.
    Raises :class:`planner.errors.ScenarioError` when dask is not installed or nothing answers.

    >>> with on_cluster("tcp://10.0.0.5:8786"):  # doctest: +SKIP
    ...     pairs = travel_matrix(roads, demand, sites, mode="ebike", cutoff="15min")
    """
    try:
        from distributed import Client
    except ImportError:
        raise ScenarioError(
            "a Dask cluster needs the packages dask and distributed. Install station-network-planner[dask]."
        ) from None
    try:
        client: Any = Client(address, timeout=_WAIT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise ScenarioError(
            f"no Dask scheduler answers at {address!r} ({error}). Start one, or write its address as tcp://host:port."
        ) from None
    with client, joblib.parallel_config(backend="dask", client=client):
        yield
