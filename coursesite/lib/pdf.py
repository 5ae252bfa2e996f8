"""PDF files, set by Typst from its wheel in this process: offline, tagged, fonts inside, the same bytes every time.

What stands on a page comes as data that a template reads: nothing a person typed is ever source.
"""

import datetime as dt
import logging
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

log = logging.getLogger(__name__)
SECONDS = 10.0  # a page takes hundredths of one
TOKEN = re.compile(r"var\(--[a-z0-9-]+,\s*(#[0-9a-fA-F]{3,8})\)")


class NotDrawnError(Exception):
    """It could not be typeset, or not in time. The page in the browser prints the same."""


def draw(
    template: Path,
    given: Mapping[str, str],
    *,
    at: dt.datetime,
    standards: "Sequence[typst.PDFStandard]" = ("ua-1",),
    seconds: float = SECONDS,
) -> bytes:
    """The template filled with data, dated `at`. The same data always give the same bytes on the same machine."""
    made: list[bytes] = []

    def work() -> None:
        try:
            made.append(typeset(template, given, at=at, standards=list(standards)))
        except Exception:  # whatever it is: the page prints the same, and the log has the trace
            log.exception("%s could not be typeset.", template.name)

    # Typst lets go of Python while it works, so that this thread can stop waiting for it.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not made:
        raise NotDrawnError(template.name)
    return made[0]


def typeset(
    template: Path, given: Mapping[str, str], *, at: dt.datetime, standards: "list[typst.PDFStandard]"
) -> bytes:
    """With the fonts in the package alone; for a name they cannot write, with the machine's own fonts as well."""
    import typst  # 7 MB that most processes never need, nor this one before its first page

    try:
        return compiled(template, given, at=at, standards=standards, strict=True)
    except typst.TypstError:
        return compiled(template, given, at=at, standards=[], strict=False)


def compiled(
    template: Path,
    given: Mapping[str, str],
    *,
    at: dt.datetime,
    standards: "list[typst.PDFStandard]",
    strict: bool,
) -> bytes:
    import typst

    return typst.compile(
        template,
        root=template.parent,
        format="pdf",
        sys_inputs=dict(given),
        timestamp=at.replace(microsecond=0),  # Typst refuses a finer one
        ignore_system_fonts=strict,
        pdf_standards=standards,
    )


def by_day(svg: str) -> str:
    """A drawing with its colors by day: Typst knows no custom properties."""
    return TOKEN.sub(r"\1", svg)
