"""Ctrl-C on the command line ends in one sentence and status 130, also while the packages are still being imported.

Imports take two seconds, before any function of ours runs; a KeyboardInterrupt raised in them ends in a traceback of
whatever is imported just then, or in a package that takes it for a fault of its own. So, where Python was started for
the command line and for nothing else, the interrupt ends the program at once: nothing is open yet.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

__all__ = ["INTERRUPTED", "SAID", "imported", "is_command_line"]

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C."""
SAID: Final = "已中断,没有留下半成品。Interrupted; no half-written file was left."


def is_command_line(argv: Sequence[str], original: Sequence[str]) -> bool:
    """Return whether Python was started as ``planner …`` or ``python -m planner …``.

    ``argv`` as :data:`sys.argv` while the package is imported, ``original`` as :data:`sys.orig_argv`: processes that a
    library starts for us have the first of ours, but not the second.

    >>> is_command_line(["-m", "check"], ["python", "-X", "utf8", "-m", "planner", "check"])
    True
    >>> is_command_line(["notebook.py"], ["python", "notebook.py"])
    False
    """
    started = argv[0] if argv else ""
    if started == "-m":
        return "planner" in original[original.index("-m") + 1 :][:1] if "-m" in original else False
    return Path(started).stem == "planner" and started in original


def imported() -> None:
    """Let Ctrl-C raise KeyboardInterrupt again: everything is imported, and who works on says what an end means."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.stderr.write(f"{SAID}\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


if is_command_line(sys.argv, sys.orig_argv) and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)
