import pytest

from coursesite.lib import markdown, svg


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


def test_text_writes_links_out_and_wraps() -> None:
    text = markdown.to_text(
        "Read [the list](https://example.org/safety) " + "word " * 20 + "\n\n1. one\n2. two\n"
    )
    assert (
        text.splitlines()[0] == "Read the list: https://example.org/safety word word word word word word word"
    )
    assert text.splitlines()[-3:] == ["1. one", "", "2. two"]


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
