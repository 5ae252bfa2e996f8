"""A paper as a PDF file: typeset by Typst in this process, from one template, offline, the same bytes every time."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from coursesite.lib import pdf
from payments import papers
from payments.models import Receipt

if TYPE_CHECKING:
    import typst

TEMPLATE = settings.BASE_DIR / "templates" / "payments" / "paper.typ"
ROPE = settings.BASE_DIR / "static" / "img" / "letter-rope.svg"
# Readable by screen readers, and for as long as papers must be kept. Both forbid a letter that no font can draw.
STANDARDS: "list[typst.PDFStandard]" = ["ua-1", "a-2a"]
SECONDS = pdf.SECONDS
# Whoever pays in dollars most likely has a printer with Letter in it; everywhere else paper is A4. Nothing on the
# page hangs on it: both leave room for the other's cut.
LETTER_CURRENCIES = ("usd", "cad")
NotDrawnError = pdf.NotDrawnError


def draw(paper: Receipt) -> bytes:
    """The paper as a PDF; the same paper always gives the same bytes on the same machine. Raises NotDrawnError."""
    given = {"paper": json.dumps(_given(paper)), "rope": pdf.by_day(Path(ROPE).read_text())}
    return pdf.draw(TEMPLATE, given, at=paper.issued_at, standards=STANDARDS, seconds=SECONDS)


def _given(paper: Receipt) -> dict[str, object]:
    """All that the template knows. Typst reads it as data: nothing a person typed is ever its source."""
    return {
        **asdict(papers.sheet(paper)),
        "size": "us-letter" if paper.currency in LETTER_CURRENCIES else "a4",
        "issued": [paper.issued_at.year, paper.issued_at.month, paper.issued_at.day],
    }
