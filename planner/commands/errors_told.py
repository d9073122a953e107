"""An error as the command line prints it: in English, and in Chinese above that where the system is Chinese."""

from __future__ import annotations

import locale
from collections.abc import Mapping

from planner.errors import InputError, PlannerError
from planner.review.check.words import in_chinese, told

__all__ = ["error_text", "is_chinese"]


def error_text(error: PlannerError, *, chinese: bool) -> str:
    """Return the text of an error; ``chinese`` puts the sentences that have a Chinese wording in front.

    >>> from planner.errors import Fault
    >>> print(error_text(InputError(Fault("the file is empty", file="a.csv")), chinese=True))
    a.csv：文件是空的
    a.csv: the file is empty.
    """
    plain = str(error)
    if not chinese:
        return plain
    if isinstance(error, InputError):
        lines = [told(fault) for fault in error.faults if in_chinese(fault.what) != fault.what]
    else:
        lines = [said for line in plain.splitlines() if (said := in_chinese(line)) != line]
    return "\n".join([*lines, plain])


def is_chinese(environment: Mapping[str, str]) -> bool:
    """Return whether messages are wanted in Chinese: by LC_ALL, LC_MESSAGES or LANG, in this order, else the system.

    >>> is_chinese({"LANG": "zh_CN.UTF-8"}), is_chinese({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"})
    (True, False)
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), locale.getlocale()[0] or "")
    return said.lower().startswith(("zh", "chinese"))
