"""Tables as CSV that a spreadsheet opens well and takes no orders from."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import IO

STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # of formulas (OWASP, "CSV Injection")
MARK = b"\xef\xbb\xbf"  # without it spreadsheets take UTF-8 for something else
CONTENT_TYPE = "text/csv; charset=utf-8"


def write(into: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a table into an open file, row by row; how many rows. The file stays open."""
    into.write(MARK)
    text = io.TextIOWrapper(into, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(heads)
    count = 0
    for row in rows:
        table.writerow([cell(value) for value in row])
        count += 1
    text.detach()
    return count


def cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return plain(value) if isinstance(value, str) else str(value)


def plain(text: str) -> str:
    """What a spreadsheet would take for a formula gets a quote before it, also behind blanks."""
    return f"'{text}" if text.startswith(STARTS) or text.lstrip(" \u00a0").startswith(STARTS[:4]) else text
