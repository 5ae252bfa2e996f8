import re

import pytest

from coursesite.lib import markdown, plaintext, svg


def test_raw_html_and_bad_links_are_words_only() -> None:
    html = markdown.to_html("<b onclick=x>hi</b> [a](javascript:alert(1))")
    assert html == "<p>&lt;b onclick=x&gt;hi&lt;/b&gt; [a](javascript:alert(1))</p>\n"


def test_a_callout_has_its_title_and_icon() -> None:
    html = markdown.to_html("::: doctor Now\nCall **now**.\n:::\n")
    assert html == (
        '<div class="callout doctor"><svg class="icon" aria-hidden="true">'
        '<use href="/static/img/icons.svg#doctor"/></svg><div><p class="title">Now</p>\n'
        "<p>Call <strong>now</strong>.</p>\n</div></div>\n"
    )


def test_blocks_come_in_order() -> None:
    blocks = markdown.to_blocks("one\n\n::exercise e03\n\ntwo\n\n::check 1\n")
    assert [(block.kind, str(block.html), block.ref) for block in blocks] == [
        ("html", "<p>one</p>\n", ""),
        ("exercise", "", "e03"),
        ("html", "<p>two</p>\n", ""),
        ("check", "", "1"),
    ]


ROWS = "| A | B |\n|---|---|\n| 1 | 2 |\n"
FRAME = re.compile(r'role="region" aria-label="([^"]*)"')


def test_each_table_of_a_page_has_a_name_of_its_own() -> None:
    """Two landmarks of one kind are told apart by their names (axe: landmark-unique)."""
    mirror = "## In *the* mirror & “so”"
    text = f"{ROWS}\n{mirror}\n\n{ROWS}\n{ROWS}\n### Days\n\n{ROWS}\n{mirror}\n\n{ROWS}"
    heading = "In the mirror &amp; “so”"
    assert FRAME.findall(markdown.to_html(text)) == [
        "Table: A, B",
        f"Table: {heading}",
        f"Table 2: {heading}",
        "Table: Days",
        f"Table 3: {heading}",
    ]


def test_a_table_after_a_card_still_belongs_to_the_heading_before_it() -> None:
    blocks = markdown.to_blocks(f"## Week\n\n{ROWS}\n::check 1\n\n{ROWS}")
    assert [name for one in blocks for name in FRAME.findall(one.html)] == ["Table: Week", "Table 2: Week"]


def test_a_table_without_any_words_is_called_a_table() -> None:
    assert FRAME.findall(markdown.to_html("| | |\n|---|---|\n| 1 | 2 |\n")) == ["Table"]


def test_a_heading_cannot_leave_the_name_it_gives() -> None:
    assert FRAME.findall(markdown.to_html(f'## a" onfocus="x\n\n{ROWS}')) == [
        "Table: a&quot; onfocus=&quot;x"
    ]


def test_a_box_stays_on_the_line_of_its_word() -> None:
    assert markdown.to_html("☐ yes ☐ no") == "<p>☐\N{NO-BREAK SPACE}yes ☐\N{NO-BREAK SPACE}no</p>\n"


def test_text_writes_links_out_and_wraps() -> None:
    text = markdown.to_text(
        "Read [the list](https://example.org/safety) " + "word " * 20 + "\n\n1. one\n2. two\n"
    )
    assert (
        text.splitlines()[0] == "Read the list: https://example.org/safety word word word word word word word"
    )
    assert text.splitlines()[-2:] == ["1. one", "2. two"]


def test_text_keeps_a_list_as_close_as_it_was_written() -> None:
    close = "Before:\n- one\n- two\n  - in two\n- three\n\nAfter.\n\n1. alone\n\n***\n"
    said = "Before:\n\n- one\n- two\n  - in two\n- three\n\nAfter.\n\n1. alone\n\n--------------------\n"
    loose = "- one\n\n- two\n\n::: tip\n- three\n:::\n\n    code\n\nEnd.\n"
    assert markdown.to_text(close) == said
    assert markdown.to_text(loose) == "- one\n\n- two\n\n- three\n\ncode\n\nEnd.\n"


def test_text_with_a_placeholder_is_wrapped_when_that_is_filled() -> None:
    text = markdown.to_text("- " + "word " * 10 + "{name} " + "word " * 10)
    assert text.count("\n") == 1
    lines = plaintext.rewrapped(text.replace("{name}", "Ann")).splitlines()
    assert lines == ["- " + "word " * 10 + "Ann word word word word", "  word word word word word word"]


def test_known_placeholders_are_filled_and_others_stay() -> None:
    assert markdown.fill("{a} {b}", {"a": "1"}) == "1 {b}"


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        '<image href="x"/>',
        '<use href="https://x/y"/>',
        '<path onload="x"/>',
        '<path style="x"/>',
        '<path fill="url( http://x)"/>',
    ],
)
def test_a_drawing_that_loads_or_runs_is_refused(inner: str) -> None:
    with pytest.raises(svg.BadDrawing):
        svg.clean(f'<svg xmlns="http://www.w3.org/2000/svg"><title>t</title>{inner}</svg>')


def test_a_drawing_without_title_is_refused() -> None:
    with pytest.raises(svg.BadDrawing, match="title"):
        svg.clean('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
