"""The editor of a lesson: what it does not touch it gives back word for word, and what it writes reads the same."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import TimeoutError, expect

from accounts.models import User
from courses import pictures
from courses.models import Course, Lesson
from coursesite.lib import clock, frontmatter, markdown, photos
from tests.browser import DESKTOP, PHONE, axe, overflows
from tests.desk.test_pictures import drawn

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]
WRITE = """async (texts) => {
  const { write } = await import('/static/js/writing/markdown.js');
  const area = document.querySelector('#id_body');
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  const out = [];
  for (const text of texts) {
    const body = new URLSearchParams({ text, csrfmiddlewaretoken: token });
    const read = await (await fetch(area.dataset.read, { method: 'POST', body })).json();
    area.editor.commands.setContent(read.html, { emitUpdate: false });
    const { doc } = area.editor.state;
    const sources = new Map();
    doc.forEach((node, _, index) => read.sources[index] && sources.set(node, read.sources[index]));
    out.push({ anew: write(doc), kept: write(doc, sources), same: doc.childCount === read.sources.length });
  }
  return out;
}"""
HARD = [
    "One\\\ntwo with *some **bold** inside*, `code with | and *`, \\*stars\\* and snake_case and _under_.",
    "1\\. not a list\n\n\\# not a heading\n\n\\- nor this\n\n\\::: tip\n\n\\::figure x",
    "- one\n\n  more of one\n\n- two\n  1. inner\n  2. inner too\n     - deeper\n\n* another list",
    "3. three\n4. four\n\n> quoted\n>\n> - in a quote\n\n---\n\n```py\nx = `a`\n```",
    '| A | B |\n| --- | --- |\n| a \\| b | **c** |\n| | [d](/safety/ "t") |',
    "::: doctor Title of *its* own\nA line.\n\n- a list\n\n1. numbers\n:::\n\n::exercise e03\n\n::check 1",
    "[a link with (brackets)](<https://example.org/a_(b)>), [mail](mailto:{coach_email}), [x] and [MAYO] (2020).",
    "**bold *both*** and *both **bold***, [**bold link**](/a/) and **a [link](/b/) in bold** end.",
    "A & B &amp; C &lt; D <not html> 5 < 6. Wow! [link](/c/)\n\n![drawn](/static/img/og.png)",
    "[named][1] and more\n\n[1]: https://example.org/",
]


def lessons() -> list[str]:
    found = sorted((Path(settings.CONTENT_DIR) / "courses").glob("*/modules/*/*.md"))
    return [frontmatter.parse(one.read_text())[1].strip() for one in found]


def shown(text: str) -> list[tuple[str, str, str]]:
    """What a reader gets; where a line breaks in the source is nobody's business."""
    return [(one.kind, re.sub(r"\s+", " ", str(one.html)), one.ref) for one in markdown.to_blocks(text)]


@pytest.fixture
def form(browser_page: Any, knots: Course, ines: User) -> Any:
    lesson = Lesson.objects.get(position=1)
    page = browser_page(user=ines)
    page.goto(f"/desk/courses/lesson/{lesson.pk}/change/")
    expect(page.locator("#id_body")).to_be_hidden()  # the editor stands in its place
    expect(page.get_by_role("textbox", name="Text:")).to_be_visible()
    return page


def test_every_lesson_comes_back_from_the_editor_as_it_was(form: Any) -> None:
    texts = lessons()
    assert len(texts) == 34
    for text, one in zip([*texts, *HARD], form.evaluate(WRITE, [*texts, *HARD]), strict=True):
        assert one["same"], text
        assert shown(one["anew"]) == shown(text)
        assert shown(one["kept"]) == shown(text)


REST = "::exercise e03\n\n::figure spine\n\n::check 1\n\n::check 2\n"
PASTED = """<html><head><style>p{color:red}</style></head><body><!--StartFragment-->
<h1 style="mso-style:x">Title</h1><p class=MsoNormal><b style="font-weight:normal">
<span style="font-weight:700">Bold</span>
and <a href="https://www.google.com/url?q=https://example.org/a&sa=D" onclick="x()">a link</a></b>
<a href="javascript:alert(1)">bad</a><img src="data:image/png;base64,AAAA"><script>alert(1)</script></p>
<p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·   </span>One</p>
<p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·   </span>Two</p>
<iframe src="https://example.org/"></iframe><!--EndFragment--></body></html>"""


def go(form: Any, key: str, place: str) -> None:
    """Press a key that moves the cursor, until the editor has heard of it.

    ProseMirror takes a jump to the first place, less than 200 ms after a slow click gave it the focus, for one of
    Chrome's own and undoes it (DOMObserver.flush); whoever writes presses once more.
    """
    heard = (
        "() => { const { $from } = document.querySelector('#id_body').editor.state.selection;"
        f" return $from.parentOffset === {place}; }}"
    )
    with suppress(TimeoutError):
        form.keyboard.press(key)
        form.wait_for_function(heard, timeout=2_000)
        return
    form.keyboard.press(key)
    form.wait_for_function(heard)


def test_writing_a_lesson(form: Any) -> None:
    body, text = form.locator("#id_body"), form.get_by_role("textbox", name="Text:")
    keys = form.keyboard
    text.get_by_text("Words.").click()
    go(form, "Home", "0")
    keys.press("Control+b")
    keys.type("First ")
    keys.press("Control+b")
    keys.type("come * ")
    expect(body).to_have_value(f"**First** come \\* Words.\n\n{REST}")

    go(form, "End", "$from.parent.content.size")
    keys.press("Enter")
    form.evaluate("html => document.querySelector('#id_body').editor.view.pasteHTML(html)", PASTED)
    pasted = "## Title\n\n**Bold** and [a link](https://example.org/a) bad\n\n- One\n- Two\n\n"
    expect(body).to_have_value(f"**First** come \\* Words.\n\n{pasted}{REST}")

    keys.press("Alt+F10")
    expect(form.get_by_role("button", name="Bold").first).to_be_focused()
    keys.press("End")
    form.get_by_role("button", name="Drawing").first.press("Enter")
    form.get_by_label("Search").fill("spi")
    expect(form.get_by_text("1 to choose from.")).to_be_visible()
    form.locator(".ask-list button").press("Enter")
    expect(body).to_have_value(f"**First** come \\* Words.\n\n{pasted}::figure spine\n\n{REST}")

    text.locator(".leaf").last.click(position={"x": 5, "y": 5})
    keys.type("After the last question.")
    expect(body).to_have_value(re.compile(r"::check 2\n\nAfter the last question\.\n$"))


def test_a_picture_is_brought_in_while_a_lesson_is_written_and_comes_last(form: Any) -> None:
    bar = form.get_by_role("toolbar", name="Tools for Text")
    bar.get_by_role("button", name="Picture", exact=True).click()
    dialog = form.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("No picture yet, or none with these words.")
    assert axe(form) == []
    way = dialog.get_by_role("link", name="Bring in a picture (a new tab)")
    expect(way).to_have_attribute("href", "/desk/courses/picture/add/")
    photo = photos.ready(drawn())
    pictures.add(course=Course.objects.get(), name="window-seat", photo=photo, alt="A seat.", now=clock.now())
    form.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(dialog.get_by_role("status")).to_have_text("1 to choose from.")
    form.get_by_label("Search").press("Enter")
    expect(form.locator(".field-body .tiptap > :last-child")).to_contain_text("window-seat")


def test_who_changes_nothing_saves_nothing(form: Any) -> None:
    lesson = Lesson.objects.get(position=1)
    before = (lesson.body, lesson.source_hash)
    form.get_by_role("textbox", name="Text:").get_by_text("Words.").click()
    form.keyboard.type("Oh")
    expect(form.locator("#id_body")).not_to_have_value(before[0])
    form.keyboard.press("Control+z")
    expect(form.locator("#id_body")).to_have_value(before[0])
    form.locator("input[name=_continue]").click()
    expect(form.locator(".messagelist .success")).to_be_visible()
    lesson.refresh_from_db()
    assert (lesson.body, lesson.source_hash) == before


def test_the_look_follows_what_is_typed_and_names_faults(form: Any) -> None:
    look = form.frame_locator("iframe[title='The lesson as a student sees it']")
    expect(look.get_by_role("heading", name="Chin glide")).to_be_visible()
    form.locator("#id_title").fill("A better title")
    expect(look.get_by_role("heading", name="A better title")).to_be_visible()
    form.get_by_role("button", name="Show as Markdown").first.click()
    form.locator("#id_body").fill("Fresh.\n\n::figure gone\n\n[there](/nowhere/)\n\n<b>raw</b>")
    expect(look.get_by_text("Fresh.")).to_be_visible()
    expect(form.locator("[data-look-told] li")).to_have_text(
        [
            "::figure gone points at no drawing of this course.",
            "The link to /nowhere/ leads to no page of this site.",
        ]
    )
    form.get_by_role("button", name="Show as Markdown").first.click()
    expect(form.locator(".writing .leaf.is-lost")).to_have_text("Drawing gone: not thereChangeRemove")
    form.get_by_role("button", name="Dark").click()
    expect(look.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_editor_gives_no_cause_to_complain(
    browser_page: Any, knots: Course, ines: User, size: tuple[int, int]
) -> None:
    page = browser_page(size=size, user=ines, dark=size == PHONE)
    page.goto(f"/desk/courses/lesson/{Lesson.objects.get(position=1).pk}/change/")
    expect(page.get_by_role("textbox", name="Text:")).to_be_visible()
    page.get_by_role("button", name="Help").first.click()
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Exercise card").first.click()
    expect(page.get_by_role("dialog", name="Exercise card")).to_be_visible()
    assert axe(page) == []


def test_without_javascript_it_is_a_text_area_and_the_look_a_page(
    browser_page: Any, knots: Course, ines: User
) -> None:
    page = browser_page(user=ines, javascript=False)
    page.goto(f"/desk/courses/lesson/{Lesson.objects.get(position=1).pk}/change/")
    page.locator("#id_body").fill("Plain words.")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Look in a new tab").click()
    expect(opened.value.get_by_text("Plain words.")).to_be_visible()
