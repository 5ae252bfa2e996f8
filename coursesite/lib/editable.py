"""Markdown for the desk's editor: HTML that it reads, and beside each block the very words that it stands for.

The editor gives back those words for every block that nobody touched: mending one sentence changes one sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from django.utils.html import format_html
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from coursesite.lib import markdown

TAGS = {*markdown.TAGS, "div"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "aside": {"data-callout", "data-title"},
    "div": {"data-leaf", "data-ref"},
    "img": {"src", "alt", "title", "data-kept"},
    "ol": {"start", "data-tight"},
    "ul": {"data-tight"},
    "code": {"class"},
}
ENCODED = re.compile(r"%7B([a-z_]+)%7D")


@dataclass(frozen=True)
class Editable:
    """`sources` has one text for each block at the top of `html`, in order."""

    html: str
    sources: list[str]


def read(text: str) -> Editable:
    """The text as the editor takes it. Placeholders stay as they are written."""
    pieces: list[str] = []
    sources: list[str] = []
    parts = markdown.LEAF.split(text)
    for index in range(0, len(parts), 3):
        for html, source in blocks(parts[index]):
            pieces.append(html)
            sources.append(source)
        if index + 2 < len(parts):
            kind, ref = parts[index + 1], parts[index + 2]
            pieces.append(str(format_html('<div data-leaf="{}" data-ref="{}"></div>', kind, ref)))
            sources.append(f"::{kind} {ref}")
    cleaned = nh3.clean(
        "\n".join(pieces),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return Editable(ENCODED.sub(r"{\1}", cleaned), sources)


def blocks(text: str) -> list[tuple[str, str]]:
    """Each block at the top as (HTML, source). A text that names its links at the end is written anew as a whole."""
    md = parser()
    named: dict[str, Any] = {}
    tokens = mark(md.parse(text, named))
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if not depth:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    begins = [(group[0].map or [0])[0] for group in groups]
    lines = text.split("\n")
    found = []
    for group, first, last in zip(groups, begins, [*begins, len(lines)][1:], strict=True):
        source = "" if named.get("references") else "\n".join(lines[first:last]).rstrip()
        found.append((str(md.renderer.render(group, md.options, named)), source))
    return found


def mark(tokens: list[Token]) -> list[Token]:
    """Lists say whether blank lines part their items; pictures that they are ours and not pasted."""
    for index, token in enumerate(tokens):
        if token.type in {"bullet_list_open", "ordered_list_open"} and not is_tight(tokens, index):
            token.attrSet("data-tight", "no")
        for child in token.children or []:
            if child.type == "image":
                child.attrSet("data-kept", "yes")
    return tokens


def is_tight(tokens: Sequence[Token], index: int) -> bool:
    level = tokens[index].level
    for token in tokens[index + 1 :]:
        if token.level == level:
            break
        if token.type == "paragraph_open" and token.level == level + 2:
            return token.hidden
    return True


def parser() -> MarkdownIt:
    md = markdown.parser()
    for name in markdown.CALLOUTS:
        md.add_render_rule(f"container_{name}_open", callout)
        md.add_render_rule(f"container_{name}_close", callout)
    return md


def callout(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    if tokens[index].nesting < 0:
        return "</aside>\n"
    name, _, title = tokens[index].info.strip().partition(" ")
    return str(format_html('<aside data-callout="{}" data-title="{}">', name, title.strip()))
