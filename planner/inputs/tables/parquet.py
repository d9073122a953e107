"""Parquet tables as text cells: every digit of a number, ISO dates, blank for null."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from planner.errors import Fault, InputError
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.sheets import Sheet
from planner.inputs.tables.values import number_text

__all__ = ["read_parquet"]


def read_parquet(path: Path, *, limits: Limits | None = None) -> Sheet:
    """Return the table of a Parquet file as one sheet whose first row holds the column names.

    Raises :class:`planner.errors.InputError` when the file is damaged, too large, or has columns that hold no text.
    """
    limits = limits or Limits()
    try:
        file = pq.ParquetFile(path)
        meta = file.metadata
        if meta.num_columns > limits.columns or meta.num_rows > limits.rows:
            what = f"{meta.num_rows:,} rows and {meta.num_columns:,} columns"
            raise InputError(Fault(what, file=path.name, repair="Split the file."))
        if meta.num_rows * meta.num_columns > limits.cells:
            raise InputError(Fault(f"more than {limits.cells:,} cells", file=path.name, repair="Split the file."))
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise InputError(Fault(f"the file is damaged ({error})", file=path.name, repair="Save it again.")) from None
    faults = [
        Fault(f"the column holds {field.type}, not text or numbers", file=path.name, column=field.name)
        for field in table.schema
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
    ]
    if faults:
        raise InputError(faults)
    columns = [_texts(table.column(at)) for at in range(table.num_columns)]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Sheet("", [list(table.column_names), *rows], facts={"format": "Parquet"})


def _texts(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        values = column.to_pylist()
        return ["" if v is None or v != v else number_text(v) for v in values]
    if pa.types.is_timestamp(column.type):
        return ["" if v is None else v.isoformat(sep=" ").removesuffix(" 00:00:00") for v in column.to_pylist()]
    return list(pc.fill_null(column.cast(pa.string()), "").to_pylist())
