"""Markdown as the coach writes it: CommonMark, tables, callouts, lesson directives, {placeholders}; no raw HTML."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import nh3
from django.templatetags.static import static
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from coursesite.lib import plaintext

CALLOUTS = {"tip": "Tip", "caution": "Take care", "doctor": "See a doctor"}
LEAVES = ("exercise", "figure", "check", "picture")
LEAF = re.compile(rf"^::({'|'.join(LEAVES)}) +([\w-]+) *$", re.MULTILINE)
PHOTO = re.compile(r"^::(picture) +([\w-]+) *$", re.MULTILINE)  # all that a page to print may hold
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
TAGS = {
    *"p h2 h3 h4 ul ol li a em strong code pre blockquote hr br table thead tbody tr th td aside img".split()
}  # fmt: skip
NAMED = re.compile(r"<h[2-4]>(?P<heading>.*?)</h[2-4]>|<table>(?P<table>.*?)</table>", re.DOTALL)
CELLS = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)
ATTRIBUTES = {
    "a": {"href", "title"},
    "aside": {"class"},
    "p": {"class"},
    "img": {"src", "alt"},
    "ol": {"start"},
}


@dataclass(frozen=True)
class Block:
    """A stretch of a lesson: HTML, or a reference to an exercise, a figure or a self-check."""

    kind: str  # html, or one of LEAVES
    html: SafeString = field(default_factory=SafeString)
    ref: str = ""


@dataclass
class Tables:
    """Names the tables of one page, no two alike: a frame that scrolls is a landmark, told by its name."""

    heading: str = ""
    given: Counter[str] = field(default_factory=Counter)

    def framed(self, html: str) -> str:
        return NAMED.sub(self.met, html)

    def met(self, match: re.Match[str]) -> str:
        if match["table"] is None:
            self.heading = words(match["heading"])
            return match[0]
        cells = [cell for cell in map(words, CELLS.findall(match["table"])) if cell]
        name = self.heading or ", ".join(cells)
        self.given[name] += 1
        number = f" {self.given[name]}" if self.given[name] > 1 else ""
        opening = f'<div class="scroll" tabindex="0" role="region" aria-label="Table{number}'
        return f'{opening}{f": {name}" if name else ""}">{match[0]}</div>'


def words(html: str) -> str:
    """What stands in it, fit for an attribute: entities stay, quotes are escaped."""
    return " ".join(strip_tags(html).split()).replace('"', "&quot;")


def to_html(
    text: str, values: Mapping[str, str] | None = None, *, tables: Tables | None = None
) -> SafeString:
    """Sanitised HTML. `values` fill {placeholders}; those it does not name stay as they are. `tables` is shared by
    what stands in one page."""
    # Allow-listed, so what is left is safe; icons and frames are put in afterwards because they come from us.
    html = (tables or Tables()).framed(to_plain_html(text, values))
    return mark_safe(with_icons(html).replace("☐ ", "☐\N{NO-BREAK SPACE}"))  # noqa: S308


def to_plain_html(text: str, values: Mapping[str, str] | None = None) -> str:
    """The same without icons and scrolling frames: what a letter can show. Callouts are <aside> here."""
    return nh3.clean(
        parser().render(fill(text, values)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )


def to_blocks(
    text: str, values: Mapping[str, str] | None = None, *, leaf: re.Pattern[str] = LEAF
) -> list[Block]:
    """The lesson in order: HTML stretches and, between them, what `::exercise e03` and the like stand for."""
    tables = Tables()
    return [
        Block(kind, ref=said) if kind else Block("html", html=to_html(said, values, tables=tables))
        for kind, said in stretches(text, leaf)
    ]


def stretches(text: str, leaf: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Text as ("", text), and between it what `leaf` finds as (kind, ref)."""
    parts = leaf.split(text)
    for index in range(0, len(parts), 3):
        if parts[index].strip():
            yield "", parts[index]
        if index + 2 < len(parts):
            yield parts[index + 1], parts[index + 2]


def to_text(text: str, values: Mapping[str, str] | None = None) -> str:
    """The plain text of a letter: links written out, at most 78 columns."""
    return plaintext.write(parser().parse(fill(text, values)))


def references(text: str) -> list[tuple[str, str]]:
    """Every directive as (kind, ref), in order."""
    return LEAF.findall(text)


def links(text: str) -> list[str]:
    """Where the links of a text lead, in order."""
    return [
        unquote(str(child.attrGet("href") or ""))
        for token in parser().parse(text)
        for child in token.children or []
        if child.type == "link_open"
    ]


def outside_links(text: str) -> list[str]:
    """Those that lead out of the site, each once."""
    return list(dict.fromkeys(href for href in links(text) if href.startswith(("https://", "http://"))))


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str] | None) -> str:
    """`values` must be trusted text (settings): they are read as Markdown."""
    if not values:
        return text
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    for name in CALLOUTS:
        container_plugin(md, name, render=callout)
    return md


def callout(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if token.nesting < 0:
        return "</aside>\n"
    name, _, title = token.info.strip().partition(" ")
    return str(
        format_html(
            '<aside class="callout {}"><p class="title">{}</p>\n', name, title.strip() or CALLOUTS[name]
        )
    )


def with_icons(html: str) -> str:
    for name in CALLOUTS:
        icon = f'<svg class="icon" aria-hidden="true"><use href="{static("img/icons.svg")}#{name}"/></svg>'
        html = html.replace(f'<aside class="callout {name}">', f'<div class="callout {name}">{icon}<div>')
    return html.replace("</aside>", "</div></div>")
