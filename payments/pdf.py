"""A paper as a PDF file: typeset by Typst in this process, from one template, offline, the same bytes every time."""

import json
import logging
import re
import threading
from dataclasses import asdict
from pathlib import Path

import typst
from django.conf import settings

from payments import papers
from payments.models import Receipt

log = logging.getLogger(__name__)
TEMPLATE = settings.BASE_DIR / "templates" / "payments" / "paper.typ"
ROPE = settings.BASE_DIR / "static" / "img" / "letter-rope.svg"
# Readable by screen readers, and for as long as papers must be kept. Both forbid a letter that no font can draw.
STANDARDS: "list[typst.PDFStandard]" = ["ua-1", "a-2a"]
SECONDS = 10.0  # a paper takes hundredths of one
# Whoever pays in dollars most likely has a printer with Letter in it; everywhere else paper is A4. Nothing on the
# page hangs on it: both leave room for the other's cut.
LETTER_CURRENCIES = ("usd", "cad")


class NotDrawnError(Exception):
    """It could not be typeset, or not in time. The page shows and prints the same."""


def draw(paper: Receipt) -> bytes:
    """The paper as a PDF; the same paper always gives the same bytes on the same machine. Raises NotDrawnError."""
    given = {"paper": json.dumps(_given(paper)), "rope": _rope()}
    made: list[bytes] = []
    # Typst lets go of Python while it works, so that this thread can stop waiting for it.
    work = threading.Thread(target=_work, args=(paper, given, made), daemon=True)
    work.start()
    work.join(SECONDS)
    if not made:
        raise NotDrawnError(paper.number)
    return made[0]


def _work(paper: Receipt, given: dict[str, str], made: list[bytes]) -> None:
    try:
        made.append(_typeset(paper, given))
    except Exception:  # whatever it is: the page prints the same, and the log has the trace
        log.exception("Paper %s could not be typeset.", paper.number)


def _given(paper: Receipt) -> dict[str, object]:
    """All that the template knows. Typst reads it as data: nothing a person typed is ever its source."""
    return {
        **asdict(papers.sheet(paper)),
        "size": "us-letter" if paper.currency in LETTER_CURRENCIES else "a4",
        "issued": [paper.issued_at.year, paper.issued_at.month, paper.issued_at.day],
    }


def _rope() -> str:
    """The drawing with its colors by day: Typst knows no custom properties."""
    return re.sub(r"var\(--[a-z-]+,\s*(#[0-9a-f]+)\)", r"\1", Path(ROPE).read_text())


def _typeset(paper: Receipt, given: dict[str, str]) -> bytes:
    """With the fonts in the package alone; for a name they cannot write, with the machine's own fonts as well."""
    try:
        return _compiled(paper, given, strict=True)
    except typst.TypstError:
        return _compiled(paper, given, strict=False)


def _compiled(paper: Receipt, given: dict[str, str], *, strict: bool) -> bytes:
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        sys_inputs=given,
        timestamp=paper.issued_at.replace(microsecond=0),  # Typst refuses a finer one
        ignore_system_fonts=strict,
        pdf_standards=STANDARDS if strict else [],
    )
