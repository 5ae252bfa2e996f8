"""A text file with TOML front matter between two lines `+++`, as all of content/ is written."""

import tomllib
from typing import Any

NUL = "There is a NUL character (U+0000) in it, which no text holds. Take it out."


class BadFile(ValueError):
    """A content file that cannot be read; the message says what is wrong in plain words."""


def parse(text: str) -> tuple[dict[str, Any], str]:
    """Split into (front matter, body). Raises BadFile."""
    if has_nul(text):
        raise BadFile(NUL)
    lines = text.replace("\r\n", "\n").split("\n")
    if not lines or lines[0].strip() != "+++":
        raise BadFile("The file must begin with a line +++ and its front matter.")
    try:
        end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == "+++")
    except StopIteration:
        raise BadFile("The front matter is not closed by a line +++.") from None
    said = "\n".join(["", *lines[1:end]])  # the line above counts, so that a fault names the line of the file
    return parse_toml(said), "\n".join(lines[end + 1 :]).strip() + "\n"


def parse_toml(text: str) -> dict[str, Any]:
    """Raises BadFile with tomllib's line and column."""
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise BadFile("Not valid TOML: lists stand in lists without end.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"Not valid TOML: {error}") from error
    if has_nul(found):
        raise BadFile(NUL)
    return found


def has_nul(value: Any) -> bool:
    """Is there a character in it that PostgreSQL stores in no text?"""
    if isinstance(value, dict):
        return any(has_nul(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(map(has_nul, value))
    return isinstance(value, str) and "\0" in value
