"""Markdown tokens as plain text for the text part of a letter."""

import textwrap
from collections.abc import Iterable

from markdown_it.token import Token

WIDTH = 78


def write(tokens: Iterable[Token]) -> str:
    """Paragraphs wrapped, lists with dashes or numbers, links as "text: address"."""
    blocks: list[str] = []
    indent: list[str] = []
    counters: list[int | None] = []
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
            case "list_item_open":
                number = counters[-1]
                indent.append("- " if number is None else f"{number}. ")
                counters[-1] = None if number is None else number + 1
            case "list_item_close":
                indent.pop()
            case "hr":
                blocks.append("-" * 20)
            case "fence" | "code_block":
                blocks.append(token.content.rstrip())
            case "inline":
                blocks.append(paragraph(inline(token.children or []), indent))
                indent = ["  " if part.strip() else part for part in indent]
    return "\n\n".join(blocks) + "\n"


def paragraph(text: str, indent: list[str]) -> str:
    first = "".join(indent)
    rest = " " * len(first)
    return "\n".join(
        textwrap.fill(
            line,
            WIDTH,
            initial_indent=first if number == 0 else rest,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(text.split("\n"))
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
