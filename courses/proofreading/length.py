"""How long a lesson is and how hard it is to read."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import textstat
from markdown_it.token import Token

from courses.importing.reading import Entry
from courses.models import Lesson
from coursesite.lib import markdown

LEAST, MOST = 450, 900  # words of a lesson's own text
HARDEST = 8.0  # the Flesch-Kincaid grade; there is no easiest, see content/README.md
PROSE = {"paragraph_open"}  # headings and cells of tables are no sentences
DIRECTIVE = re.compile(r"^::.*$", re.MULTILINE)


def is_written(entry: Entry) -> bool:
    return entry.head.get("status") == Lesson.Status.PUBLISHED


def words(body: str) -> int:
    """Words of the text as read: headings, lists, tables and callouts counted, cards and drawings not."""
    return sum(len(text.split()) for text in inlines(body, every=True))


def grade(body: str) -> float:
    """Flesch-Kincaid of the sentences. An item of a list without a full stop is a sentence of its own."""
    sentences = [text if text[-1] in ".!?" else f"{text}." for text in inlines(body, every=False)]
    return round(float(textstat.flesch_kincaid_grade(" ".join(sentences))), 1) if sentences else 0.0


def inlines(body: str, *, every: bool) -> Iterator[str]:
    tokens = markdown.parser().parse(callout_titles(body, kept=every))
    for before, token in pairwise(tokens):
        if token.type == "inline" and (every or before.type in PROSE):
            text = " ".join(said(token.children or []).split()).strip("*_ ")
            if text:
                yield text


def callout_titles(body: str, *, kept: bool) -> str:
    """Directives taken out; the title after `::: tip` is read too, so it is counted where all words are."""

    def title(match: re.Match[str]) -> str:
        words = match[0].lstrip(":").split()[1:]
        return f"\n{' '.join(words)}\n" if kept and match[0].startswith(":::") else "\n"

    return DIRECTIVE.sub(title, body)


def said(children: Iterable[Token]) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline") else " " if "break" in child.type else ""
        for child in children
    )


def faults(lessons: Iterable[Entry]) -> Iterator[str]:
    for entry in lessons:
        if not is_written(entry):
            continue
        number, level = words(entry.body), grade(entry.body)
        if not LEAST <= number <= MOST:
            yield f"{entry.file}: {number} words; a lesson has {LEAST} to {MOST}."
        if level > HARDEST:
            yield f"{entry.file}: reads like grade {level}; {HARDEST:g} is the most."
