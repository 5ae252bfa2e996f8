"""Markdown tokens as plain text for the text part of a letter."""

import re
import textwrap
from collections.abc import Iterable

from markdown_it.token import Token

WIDTH = 78
UNFILLED = "{"  # how long a line with a placeholder is shows when that is filled: broken then, by `rewrapped`
HANG = re.compile(r" *(?:- |\d+\. )?")


def write(tokens: Iterable[Token]) -> str:
    """Paragraphs wrapped unless a placeholder is in them, lists with dashes or numbers and as close as they were
    written, links as "text: address"."""
    text, gap = "", ""
    indent: list[str] = []
    counters: list[int | None] = []
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                is_ordered = token.type == "ordered_list_open"
                counters.append(int(token.attrGet("start") or 1) if is_ordered else None)
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                gap = gap if counters else "\n\n"
            case "list_item_open":
                number = counters[-1]
                indent.append("- " if number is None else f"{number}. ")
                counters[-1] = None if number is None else number + 1
            case "list_item_close":
                indent.pop()
            case "hr":
                text, gap = f"{text}{gap}{'-' * 20}", "\n\n"
            case "fence" | "code_block":
                text, gap = f"{text}{gap}{token.content.rstrip()}", "\n\n"
            case "inline":
                text, gap = text + gap + paragraph(inline(token.children or []), indent), "\n\n"
                indent = ["  " if part.strip() else part for part in indent]
            case "paragraph_close" if token.hidden:  # of a list without empty lines
                gap = "\n"
    return f"{text}\n"


def paragraph(text: str, indent: list[str]) -> str:
    first = "".join(indent)
    lines = [(" " * len(first) if number else first) + line for number, line in enumerate(text.split("\n"))]
    return "\n".join(line if UNFILLED in line else wrapped(line) for line in lines)


def rewrapped(text: str) -> str:
    """Lines that are too long are broken, those of a list under its text; an address never is."""
    return "\n".join(line if len(line) <= WIDTH else wrapped(line) for line in text.split("\n"))


def wrapped(line: str) -> str:
    hang = HANG.match(line)
    return textwrap.fill(
        line,
        WIDTH,
        subsequent_indent=" " * (hang.end() if hang else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def inline(tokens: Iterable[Token]) -> str:
    out: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                out.append(token.content)
            case "softbreak":
                out.append(" ")
            case "hardbreak":
                out.append("\n")
            case "image":
                out.append(token.content)
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(out)))
            case "link_close":
                href, start = links.pop()
                if href.removeprefix("mailto:") != "".join(out[start:]):
                    out.append(f": {href.removeprefix('mailto:')}")
    return "".join(out)
