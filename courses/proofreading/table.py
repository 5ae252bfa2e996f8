"""docs/content.md: what each lesson holds, in numbers. What stands outside the two marks is written by hand."""

from courses.importing.reading import Entry
from courses.proofreading import length
from courses.proofreading.shelf import Shelf
from coursesite.lib import markdown

BEGIN, END = "<!-- table: make check-content writes from here -->", "<!-- table: to here -->"
HEAD = ("Lesson", "Words", "Grade", "Minutes", "Exercises", "Pictures", "Checks", "Sources")


def rows(shelf: Shelf) -> list[tuple[str, ...]]:
    found = [row(entry) for entry in shelf.lessons()]
    return [*found, totals([entry for entry in shelf.lessons() if length.is_written(entry)])]


def row(entry: Entry) -> tuple[str, ...]:
    return (
        f"{entry.head.get('key')} {entry.head.get('title')}",
        str(length.words(entry.body)),
        f"{length.grade(entry.body):.1f}",
        *(str(one) for one in counts(entry)),
    )


def counts(entry: Entry) -> tuple[int, ...]:
    kinds = [kind for kind, _ in markdown.references(entry.body)]
    return (
        int(entry.head.get("minutes", 0)),
        kinds.count("exercise"),
        kinds.count("figure"),
        len(entry.head.get("checks", [])),
        len(entry.head.get("sources", [])),
    )


def totals(written: list[Entry]) -> tuple[str, ...]:
    sums = [sum(column) for column in zip(*(counts(entry) for entry in written), strict=True)] or [0] * 5
    grades = [length.grade(entry.body) for entry in written]
    return (
        f"{len(written)} lessons",
        str(sum(length.words(entry.body) for entry in written)),
        f"{min(grades, default=0):.1f} to {max(grades, default=0):.1f}",
        *(str(one) for one in sums),
    )


def plain(shelf: Shelf) -> str:
    """For a terminal: columns under each other."""
    found = [HEAD, *rows(shelf)]
    wide = [max(len(line[place]) for line in found) for place in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(wide[0]), *(one.rjust(n) for one, n in zip(line[1:], wide[1:], strict=True))]
        )
        for line in found
    )


def written(shelf: Shelf) -> str:
    lines = [HEAD, ("---", *("--:" for _ in HEAD[1:])), *rows(shelf)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def into(document: str, shelf: Shelf) -> str:
    """The document with its table made anew. The second time: the same text. ValueError without both marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The marks “{BEGIN}” and “{END}” are missing.")
    return f"{before}{BEGIN}\n{written(shelf)}\n{END}{after}"
