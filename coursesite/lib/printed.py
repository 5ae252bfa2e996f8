"""Markdown as data for a printed page: the same tokens as on the screen, walked by a Typst template.

A node is a dict with its `kind`. Whatever was typed stands in values only, so no letter of it can be markup.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from coursesite.lib import markdown

Node = dict[str, Any]
PARTS = re.compile(r"(_{3,}|☐)")  # places to write on, boxes to tick
OUTSIDE = ("https://", "http://", "mailto:")
INLINE = {"strong": "strong", "em": "emphasis", "s": "inline"}
BREAKS = {"softbreak": " ", "hardbreak": "\n"}
NARROW = 14  # letters that a column may hold without growing
LEADING = 4.0  # the widest column is so many times as wide as an empty one


def nodes(text: str, values: Mapping[str, str] | None = None) -> list[Node]:
    return blocks(SyntaxTreeNode(markdown.parser().parse(markdown.fill(text, values))))


def words(text: str) -> list[Node]:
    """A line that is not Markdown."""
    return list(pieces(text))


def blocks(tree: SyntaxTreeNode) -> list[Node]:
    return [made for child in tree.children for made in block(child)]


def block(one: SyntaxTreeNode) -> Iterator[Node]:
    if one.type == "heading":
        yield {"kind": "heading", "level": int(one.tag[1:]), "children": lines(one)}
    elif one.type == "paragraph":
        yield {"kind": "paragraph", "children": lines(one)}
    elif one.type in ("bullet_list", "ordered_list"):
        items = [blocks(item) for item in one.children]
        yield {
            "kind": "list",
            "start": one.attrs.get("start", 1) if one.type == "ordered_list" else None,
            "items": items,
        }
    elif one.type == "table":
        yield table(one)
    elif one.type.removeprefix("container_") in markdown.CALLOUTS:
        name, _, title = one.info.strip().partition(" ")
        yield {
            "kind": "callout",
            "name": name,
            "title": title.strip() or markdown.CALLOUTS[name],
            "children": blocks(one),
        }
    elif one.type in ("fence", "code_block"):
        yield {"kind": "paragraph", "children": words(one.content.rstrip("\n"))}
    elif one.type == "hr":
        yield {"kind": "rule"}
    else:  # a quotation, and whatever is new: its words are kept
        yield from blocks(one)


def lines(one: SyntaxTreeNode) -> list[Node]:
    """The inline children of a paragraph, heading or cell, neighbouring words joined."""
    return joined([made for inline in one.children for child in inline.children for made in piece(child)])


def piece(one: SyntaxTreeNode) -> Iterator[Node]:
    if one.type in ("text", "code_inline"):
        yield {"kind": "text", "text": one.content}
    elif one.type in BREAKS:
        yield {"kind": "text", "text": BREAKS[one.type]}
    elif one.type == "image":
        yield {"kind": "text", "text": one.content}
    else:
        children = [made for child in one.children for made in piece(child)]
        href = str(one.attrs.get("href", ""))
        if href.startswith(OUTSIDE):
            yield {"kind": "link", "href": href, "children": joined(children)}
        elif one.type in INLINE:
            yield {"kind": INLINE[one.type], "children": joined(children)}
        else:
            yield from children


def joined(children: Sequence[Node]) -> list[Node]:
    """Markdown reads a run of underscores one by one: only joined words show where one writes."""
    made: list[Node] = []
    for child in children:
        if child["kind"] == "text" and made and made[-1]["kind"] == "text":
            made[-1] = {"kind": "text", "text": made[-1]["text"] + child["text"]}
        else:
            made.append(child)
    return [
        part for child in made for part in (pieces(child["text"]) if child["kind"] == "text" else [child])
    ]


def pieces(text: str) -> Iterator[Node]:
    """Words, places to write on, boxes; a box stays on the line of its word."""
    for part in PARTS.split(text.replace("☐ ", "☐\N{NO-BREAK SPACE}")):
        if part == "☐":
            yield {"kind": "box"}
        elif part.startswith("___"):
            yield {"kind": "blank", "letters": len(part)}
        elif part:
            yield {"kind": "text", "text": part}


# ---- tables ----
def table(one: SyntaxTreeNode) -> Node:
    head, *body = ([lines(cell) for cell in row.children] for part in one.children for row in part.children)
    return {"kind": "table", "columns": columns(head, body), "head": head, "rows": body, "tall": tall(body)}


def columns(head: Sequence[list[Node]], body: Sequence[Sequence[list[Node]]]) -> list[float]:
    """How wide each column is beside the others; 0: as wide as its words."""
    to_fill = written_on(body)
    longest = [max(map(length, column)) for column in zip(head, *body, strict=True)]
    if not any(to_fill) and all(letters <= NARROW for letters in longest):
        return [1.0 for _ in longest]
    empty = 1.0 if sum(to_fill) > 2 else 1.6
    return [
        empty if is_empty else 0.0 if letters <= NARROW else min(1 + letters / 25, LEADING)
        for is_empty, letters in zip(to_fill, longest, strict=True)
    ]


def tall(body: Sequence[Sequence[list[Node]]]) -> list[bool]:
    """The rows that somebody writes into: a column is all empty, or most of the row is, its first cell left aside."""
    to_fill = written_on(body)
    return [
        any(not cell and is_empty for cell, is_empty in zip(row, to_fill, strict=True))
        or 3 * sum(not cell for cell in row) >= 2 * (len(row) - 1)
        for row in body
    ]


def written_on(body: Sequence[Sequence[list[Node]]]) -> list[bool]:
    """The columns that hold nothing, or boxes here and there."""
    return [
        not all(column) and all(one["kind"] == "box" for cell in column for one in cell)
        for column in zip(*body, strict=True)
    ]


def length(cell: Sequence[Node]) -> int:
    """Letters of a cell, places to write on counted."""
    return sum(
        len(one.get("text", ""))
        + one.get("letters", 0)
        + (1 if one["kind"] == "box" else length(one.get("children", [])))
        for one in cell
    )
