"""Two texts, word by word."""

import difflib
import re
from dataclasses import dataclass

WORDS = re.compile(r"\s+|[^\s]+")
LONG = 6_000  # words and blanks of both texts
SHOWN = 240  # characters of what stayed the same that are shown whole


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is the same, was taken out, or was put in."""

    text: str
    how: str  # same, out, in


def pieces(before: str, after: str, *, whole: bool = False) -> list[Piece]:
    """From one to the other. What stayed the same is cut short unless `whole`; very long texts go line by line."""
    old, new = (WORDS.findall(text) for text in (before, after))
    if len(old) + len(new) > LONG:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    for how, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(Piece("".join(old[a:b]), "same"))
            continue
        found += [Piece("".join(old[a:b]), "out")] if b > a else []
        found += [Piece("".join(new[c:d]), "in")] if d > c else []
    return found if whole else [shortened(piece) for piece in found]


def shortened(piece: Piece) -> Piece:
    """What stayed the same is shown by its ends."""
    if piece.how != "same" or len(piece.text) < SHOWN:
        return piece
    return Piece(f"{piece.text[:100]} … {piece.text[-100:]}", "same")
