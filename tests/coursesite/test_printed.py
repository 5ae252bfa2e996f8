"""Markdown as data for paper."""

from typing import Any

import pytest

from coursesite.lib import printed

pytestmark = pytest.mark.anywhere


def text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words}


def test_words_emphasis_and_links_outward_are_kept_and_links_of_the_site_are_words() -> None:
    (one,) = printed.nodes("a **b** *c*  \nd [e](https://example.org) [f](../../exercises/e01/) `g`")
    assert one == {
        "kind": "paragraph",
        "children": [
            text("a "),
            {"kind": "strong", "children": [text("b")]},
            text(" "),
            {"kind": "emphasis", "children": [text("c")]},
            text("\nd "),
            {"kind": "link", "href": "https://example.org", "children": [text("e")]},
            text(" f g"),
        ],
    }


def test_a_place_to_write_on_and_a_box_are_things_of_their_own() -> None:
    (one,) = printed.nodes("Name: __________ ☐ yes")
    assert one["children"] == [
        text("Name: "),
        {"kind": "blank", "letters": 10},
        text(" "),
        {"kind": "box"},
        text("\N{NO-BREAK SPACE}yes"),
    ]


def test_lists_callouts_headings_rules_and_quotations() -> None:
    made = printed.nodes("## h\n\n- a\n- b\n\n3. c\n\n---\n\n> d\n\n::: doctor Now\ne\n:::\n\n    f\n")
    paragraphs = {letter: {"kind": "paragraph", "children": [text(letter)]} for letter in "abcdef"}
    assert made == [
        {"kind": "heading", "level": 2, "children": [text("h")]},
        {"kind": "list", "start": None, "items": [[paragraphs["a"]], [paragraphs["b"]]]},
        {"kind": "list", "start": 3, "items": [[paragraphs["c"]]]},
        {"kind": "rule"},
        paragraphs["d"],
        {"kind": "callout", "name": "doctor", "title": "Now", "children": [paragraphs["e"]]},
        paragraphs["f"],
    ]


@pytest.mark.parametrize(
    ("table", "columns", "tall"),
    [
        ("| | Mon | Tue | Wed |\n|-|-|-|-|\n| Pain | | | |", [0, 1, 1, 1], [True]),
        (
            "| | Mon | Tue | Wed |\n|-|-|-|-|\n| Pain | | | |\n| New | ☐ | ☐ | ☐ |",
            [0, 1, 1, 1],
            [True, False],
        ),
        ("| Place | Left |\n|-|-|\n| Between the shoulder blades | ☐ |", [1 + 27 / 25, 0], [False]),
        ("| P | S |\n|-|-|\n| 1 | 2 |", [1, 1], [False]),
        (
            f"| Story | In a few words |\n|-|-|\n| Where | |\n| {'w' * 200} | {'u' * 20} |",
            [4, 1 + 20 / 25],
            [True, False],
        ),
    ],
)
def test_a_table_leaves_room_where_somebody_writes(
    table: str, columns: list[float], tall: list[bool]
) -> None:
    (one,) = printed.nodes(table)
    assert (one["columns"], one["tall"]) == (columns, tall)
