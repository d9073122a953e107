"""The ledger: every decision on a study area kept for good in one SQLite file that can only grow.

An entry is never changed or removed: triggers refuse it, and each entry carries the hash of itself and of the entry
before it, so that a change made by other means is seen. Undoing is a new entry. What holds now is the view
``current``: of each site the last decision that no later entry undoes.

The file keeps a rollback journal and no write-ahead log, which needs memory shared between processes and so does not
work on a network drive (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from planner.errors import Fault, InputError, PlannerError
from planner.files import writable
from planner.review.decisions.read import COLUMNS

__all__ = ["Appended", "ChainState", "Ledger"]

_WAIT: Final = 60.0  # seconds for another writer to end
_GENESIS: Final = "0" * 64
_FIELDS: Final = ("recorded", "kind", "undoes", *COLUMNS)
_SAME: Final = ("source_hash", "row", "site", "verdict", "by")
_KNOWN: Final = "SELECT 1 FROM standing WHERE " + " AND ".join(f'"{name}" IS ?' for name in _SAME)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, recorded TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('decision', 'undo')),
  undoes INTEGER REFERENCES entries (seq), site TEXT NOT NULL, name TEXT NOT NULL, verdict TEXT NOT NULL,
  longitude REAL, latitude REAL, "to" TEXT NOT NULL, reason TEXT NOT NULL, "by" TEXT NOT NULL, date TEXT NOT NULL,
  plan TEXT NOT NULL, source TEXT NOT NULL, row INTEGER, source_hash TEXT NOT NULL,
  previous_hash TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE);
CREATE TRIGGER IF NOT EXISTS no_change BEFORE UPDATE ON entries
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never changed'); END;
CREATE TRIGGER IF NOT EXISTS no_removal BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never removed'); END;
CREATE TRIGGER IF NOT EXISTS no_replacement BEFORE INSERT ON entries
  WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never replaced'); END;
CREATE VIEW IF NOT EXISTS standing AS SELECT * FROM entries WHERE kind = 'decision'
  AND seq NOT IN (SELECT undoes FROM entries WHERE kind = 'undo');
CREATE VIEW IF NOT EXISTS current AS SELECT * FROM standing
  WHERE seq IN (SELECT MAX(seq) FROM standing GROUP BY site) ORDER BY site;
"""


@dataclass(frozen=True, slots=True)
class Appended:
    """How many decisions were new, how many were there already from the same row of the same file."""

    new: int
    already: int


@dataclass(frozen=True, slots=True)
class ChainState:
    """How many entries there are, the hash of the last one, and what does not hold (nothing, in a sound ledger).

    Entries cut off at the end leave a chain that holds; compare ``head`` with the one noted elsewhere.
    """

    entries: int
    head: str
    faults: tuple[Fault, ...]


class Ledger:
    """The ledger of one study area. The file is made when the first decision is written.

    Raises :class:`planner.errors.PlannerError` when the file is no ledger, or stays locked.

    >>> ledger = Ledger("data/geo/jiaojiang/decisions.sqlite")  # doctest: +SKIP
    >>> ledger.append(planner.read_decisions("list.xlsx"))  # doctest: +SKIP
    Appended(new=12, already=0)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def append(self, decisions: pd.DataFrame, *, when: datetime.datetime | None = None) -> Appended:
        """Write decisions (columns of :data:`planner.review.decisions.read.COLUMNS`), all or none; return the count.

        A decision of one person from the same row of the same file that still stands is not written twice, so that a
        call that was cut short may be repeated.
        """
        rows = [_fields(row, when) for row in _records(decisions)]
        new = 0
        with self._writing() as database:
            for row in rows:
                if not _is_known(database, row):
                    _add(database, row)
                    new += 1
        return Appended(new, len(rows) - new)

    def news(self, decisions: pd.DataFrame) -> pd.DataFrame:
        """Return the decisions that :meth:`append` would write: those that do not stand here from the same row."""
        if not self.path.exists():
            return decisions
        with self._opened() as database:
            known = [_is_known(database, _fields(row, None)) for row in _records(decisions)]
        return decisions[~pd.Series(known, index=decisions.index, dtype=bool)]

    def undo(self, seq: int, *, by: str, reason: str = "", when: datetime.datetime | None = None) -> None:
        """Take back one decision by a new entry; what was decided on the site before it holds again."""
        with self._writing() as database:
            found = database.execute("SELECT site, name, verdict FROM standing WHERE seq = ?", (seq,)).fetchone()
            if found is None:
                raise InputError(
                    Fault(f"there is no standing decision {seq}", file=self.path.name, repair="See planner decisions.")
                )
            texts = dict(zip(("site", "name", "verdict"), found, strict=True)) | {"by": by, "reason": reason}
            blank: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {"longitude": None, "latitude": None, "row": None}
            _add(database, _fields(blank | texts, when) | {"kind": "undo", "undoes": seq})

    def entries(self) -> pd.DataFrame:
        """Return all entries in order, indexed by their number."""
        return self._table("SELECT * FROM entries ORDER BY seq")

    def current(self) -> pd.DataFrame:
        """Return what holds now, one decision per site, as a table that :func:`planner.plan` takes."""
        table = self._table("SELECT * FROM current")
        places = {name: pd.to_numeric(table[name], errors="coerce") for name in ("longitude", "latitude")}
        return table.assign(**places)[list(COLUMNS)].reset_index(drop=True)

    def verify(self) -> ChainState:
        """Recompute every hash and return the state of the chain."""
        faults, previous = [], _GENESIS
        table = self.entries()
        for number, (seq, row) in enumerate(zip(table.index, _records(table), strict=True), start=1):
            repair = "Restore the file from a copy; compare the copies with planner decisions --verify."
            if seq != number or row["previous_hash"] != previous:
                faults.append(Fault("an entry before this one is missing", self.path.name, row=int(seq), repair=repair))
            if row["hash"] != _hash(row, row["previous_hash"]):
                faults.append(Fault("the entry was changed", self.path.name, row=int(seq), repair=repair))
            previous = str(row["hash"])
        return ChainState(len(table), previous, tuple(faults))

    def _table(self, query: str) -> pd.DataFrame:
        if not self.path.exists():
            return pd.DataFrame(columns=[*_FIELDS, "previous_hash", "hash"], index=pd.Index([], name="seq"))
        with self._opened() as database:
            cursor = database.execute(query)
            names = [part[0] for part in cursor.description]
            return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object).set_index("seq")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one right to write from before the first look until all is on disk."""
        with writable(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = DELETE")
                database.execute("PRAGMA synchronous = FULL")
                names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
                if names and "current" not in names:
                    what, repair = "this is a database of something else, and no ledger", "Give the decisions.sqlite."
                    raise InputError(Fault(what, file=str(self.path), repair=repair))
                if not names:
                    database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                yield database
        except sqlite3.OperationalError as error:
            raise PlannerError(f"{self.path}: {_words(str(error))} ({error}).") from None
        except sqlite3.DatabaseError as error:
            raise PlannerError(f"{self.path}: this is not a sound ledger ({error}). Restore it from a copy.") from None


def _words(error: str) -> str:
    if "lock" in error:
        return (
            f"the ledger stayed locked for {_WAIT:.0f} s. Another program is writing, or the folder is on a network "
            "drive that does not lock files: put the ledger on a local disk, or share it through one machine"
        )
    if "I/O" in error:
        return "the drive broke off. If it is a network drive, put the ledger on a local disk; nothing was half-written"
    return "the ledger cannot be opened or written. Check the folder and its rights"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _fields(row: Mapping[str, Any], when: datetime.datetime | None) -> dict[str, Any]:
    """Return a decision as the fields of an entry."""
    moment = (when or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC)
    texts = {name: "" if _missing(row.get(name)) else str(row[name]) for name in COLUMNS}
    places = {name: None if _missing(row.get(name)) else float(row[name]) for name in ("longitude", "latitude")}
    number = {"row": None if _missing(row.get("row")) or row["row"] == "" else int(row["row"])}
    start = {"recorded": moment.isoformat(timespec="seconds"), "kind": "decision", "undoes": None}
    return start | texts | places | number


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_known(database: sqlite3.Connection, row: Mapping[str, Any]) -> bool:
    """Whether a decision of the same person from the same row of the same file stands."""
    key = tuple(row[name] for name in _SAME)
    return row["source_hash"] != "" and database.execute(_KNOWN, key).fetchone() is not None


def _add(database: sqlite3.Connection, row: Mapping[str, Any]) -> None:
    last = database.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone() or (0, _GENESIS)
    names = ", ".join(f'"{name}"' for name in ("seq", *_FIELDS, "previous_hash", "hash"))
    values = [last[0] + 1, *(row[name] for name in _FIELDS), last[1], _hash(row, last[1])]
    database.execute(f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(values))})", values)


def _hash(row: Mapping[str, Any], previous: str) -> str:
    text = json.dumps([previous, *(row[name] for name in _FIELDS)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
