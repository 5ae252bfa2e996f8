"""Exercise cards and materials as PDF files, from the same words as their pages: one template, `courses/leaf.typ`."""

import datetime as dt
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.utils.text import capfirst

from courses import blocks, queries, wording
from courses.models import Course, Material, Picture
from coursesite.lib import markdown, pdf, printed, svg

TEMPLATE: Path = settings.BASE_DIR / "templates" / "courses" / "leaf.typ"
ROPE: Path = settings.BASE_DIR / "static" / "img" / "letter-rope.svg"
WIDTH = 1200  # dots of a photograph on paper
PAPERS = {"letter": ("us-letter", "Letter"), "a4": ("a4", "A4")}
UNDATED = dt.datetime(
    2000, 1, 1, tzinfo=dt.UTC
)  # a sheet carries no date, or each day would give other bytes
EDUCATION = "Education, not medical advice, diagnosis or treatment."
FONT = re.compile(r'font-family="[^"]*"')
Node = printed.Node


def paper(asked: str) -> str:
    """The paper somebody chose, or the site's own."""
    return asked if asked in PAPERS else settings.PAPER


def choices() -> list[tuple[str, str]]:
    """Each paper as (word in the address, name), the site's own first and without a word."""
    own = settings.PAPER
    rest = [word for word in PAPERS if word != own]
    return [("", PAPERS[own][1]), *((word, PAPERS[word][1]) for word in rest)]


def material(one: Material, course: Course, *, size: str) -> bytes:
    """Raises pdf.NotDrawnError. The same words give the same bytes."""
    found = list(markdown.stretches(one.body, markdown.PHOTO))
    known = queries.pictures(course.pk, [ref for kind, ref in found if kind])
    nodes: list[Node] = []
    for kind, said in found:
        nodes += photo(known.get(said)) if kind else printed.nodes(said, wording.values(course))
    return draw(one.title, nodes, course, size=size)


def photo(picture: Picture | None) -> list[Node]:
    """Nothing where it is gone."""
    if picture is None:
        return []
    try:
        with picture.of_width(WIDTH).open() as file:
            data = file.read()
    except OSError:
        return []
    return [{"kind": "photo", "data": list(data), "alt": picture.alt, "caption": picture.caption}]


def card(one: blocks.Card, course: Course, *, size: str) -> bytes:
    """Always one page. Raises pdf.NotDrawnError. The same words give the same bytes."""
    nodes = [
        {"kind": "lede", "children": printed.words(one.exercise.purpose)},
        *drawing(one),
        terms(one),
        {"kind": "callout", "name": "doctor", "title": "Stop if", "children": stops(one)},
    ]
    kicker = f"Exercise {one.number}" if one.number else ""
    return draw(one.exercise.name, nodes, course, size=size, kicker=kicker, closing=EDUCATION)


def drawing(one: blocks.Card) -> list[Node]:
    if not one.picture_svg:
        return []
    captions = [text for text in (one.exercise.caption_start, one.exercise.caption_finish) if text]
    return [
        {
            "kind": "drawing",
            "svg": plain_svg(one.picture_svg),
            "alt": told(one.picture_svg) or one.exercise.name,
            "captions": captions,
        }
    ]


def plain_svg(drawn: str) -> str:
    """By day, and with letters that Typst brings along."""
    return FONT.sub('font-family="Libertinus Serif"', pdf.by_day(drawn))


def told(drawn: str) -> str:
    """What the drawing says of itself to who cannot see it."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 - cleaned by coursesite.lib.svg when it came in
    parts = (root.findtext(f"{{{svg.NAMESPACE}}}{name}", "").strip() for name in ("title", "desc"))
    return ". ".join(part.rstrip(".") for part in parts if part)


def terms(one: blocks.Card) -> Node:
    exercise = one.exercise
    steps: list[Node] = [
        {"kind": "list", "start": 1, "items": [[paragraph(step)] for step in exercise.steps]}
    ]
    rows: list[tuple[str, list[Node]]] = [
        ("At hand", [paragraph(capfirst(", ".join(exercise.needs)))] if exercise.needs else []),
        ("Start", [paragraph(exercise.start)]),
        ("Steps", steps),
        ("Dose", [paragraph(one.dose_text)]),
        ("Easier", [paragraph(exercise.easier)] if exercise.easier else []),
        ("Harder", [paragraph(exercise.harder)] if exercise.harder else []),
    ]
    return {"kind": "terms", "rows": [{"name": name, "children": said} for name, said in rows if said]}


def stops(one: blocks.Card) -> list[Node]:
    safety = "Use the get-checked list"
    told = [
        one.exercise.stop_if,
        one.stop_all,
        f"{safety}. In an emergency call {settings.EMERGENCY_NUMBER}.",
    ]
    return [paragraph(text) for text in told if text]


def paragraph(text: str) -> Node:
    return {"kind": "paragraph", "children": printed.words(text)}


def draw(
    title: str, nodes: Sequence[Node], course: Course, *, size: str, kicker: str = "", closing: str = ""
) -> bytes:
    leaf: dict[str, Any] = {
        "title": title,
        "kicker": kicker,
        "author": settings.SITE_NAME,
        "size": PAPERS[size][0],
        "nodes": list(nodes),
        "foot": " ".join(part for part in (f"{course.title}.", course.tagline, closing) if part),
    }
    given = {"leaf": json.dumps(leaf), "rope": pdf.by_day(ROPE.read_text(encoding="utf-8"))}
    return pdf.draw(TEMPLATE, given, at=UNDATED)
