"""Words in a row that content/ shares with texts of others, which lie in a folder outside this repository.

`manage.py check_content --against FOLDER` compares; each .txt in it is called what its source is called in a lesson.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from courses.proofreading.shelf import Stretch

LEAST = 5  # words in a row
WORD = re.compile(r"[a-z0-9]+(?:['’.-][a-z0-9]+)*")


@dataclass(frozen=True)
class Run:
    """Words of ours that stand so in a source, as many in a row as there are."""

    page: str
    source: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {len(self.words)} words as in {self.source}: {' '.join(self.words)}"


def sources(folder: Path) -> dict[str, list[str]]:
    """The words of each text. Raises FileNotFoundError when there is none, which would pass for no match."""
    found = {path.stem: words(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.txt"))}
    if not found:
        raise FileNotFoundError(f"No .txt file in {folder}.")
    return found


def words(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("’", "'"))


def rows(found: list[str]) -> set[tuple[str, ...]]:
    return {tuple(found[at : at + LEAST]) for at in range(len(found) - LEAST + 1)}


def shared(stretches: Iterable[Stretch], others: dict[str, list[str]]) -> Iterator[Run]:
    """Every run of LEAST words or more, the longest of each place."""
    known = {name: rows(found) for name, found in others.items()}
    for stretch in stretches:
        ours = words(stretch.text)
        for name, theirs in known.items():
            yield from runs(stretch.page, name, ours, theirs)


def runs(page: str, name: str, ours: list[str], theirs: set[tuple[str, ...]]) -> Iterator[Run]:
    at = 0
    while at <= len(ours) - LEAST:
        end = at
        while tuple(ours[end : end + LEAST]) in theirs:
            end += 1
        if end > at:
            yield Run(page, name, tuple(ours[at : end + LEAST - 1]))
        at = max(end, at + 1)
