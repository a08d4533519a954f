"""What users wrote, as messages show it: one line of printable characters, and not a long one."""

from __future__ import annotations

import datetime
import reprlib
from itertools import islice
from typing import Any

MOST = 80
"""Characters of a value that a message shows."""


class _Excerpts(reprlib.Repr):
    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """As the base class does, in the order of the user's."""
        if level <= 0 and x:
            return "{...}"
        shown = [f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in islice(x.items(), self.maxdict)]
        return "{" + ", ".join([*shown, *(["..."] if len(x) > self.maxdict else [])]) + "}"


_EXCERPTS = _Excerpts()
_EXCERPTS.maxstring = _EXCERPTS.maxother = _EXCERPTS.maxlong = 2 * MOST
_EXCERPTS.maxlist = _EXCERPTS.maxtuple = _EXCERPTS.maxdict = _EXCERPTS.maxset = 6
_EXCERPTS.maxlevel = 3


def printable(text: str) -> str:
    """A text with escapes for what does not print: control characters, surrogates, ends of lines."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shortened(text: object) -> str:
    """A text of at most MOST characters on one line: of a longer one the begin and the end, and escapes for what does not
    print."""
    found = str(text) if len(str(text)) <= 2 * MOST else f"{str(text)[:MOST]}...{str(text)[-MOST:]}"
    found = printable(found)
    return found if len(found) <= MOST else f"{found[: MOST - 28]} ... {found[-23:]}"


def quoted(value: object) -> str:
    """A value as Python writes it: texts between quotes, "nothing" for None; shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        mark = '"' if "'" in value and '"' not in value else "'"
        return f"{mark}{shortened(value)}{mark}"
    if isinstance(value, datetime.date):  # YAML reads 2026-01-31 as one
        return f"'{value.isoformat()}'"
    try:
        return shortened(_EXCERPTS.repr(value))
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "an integer of more than 4000 digits"
