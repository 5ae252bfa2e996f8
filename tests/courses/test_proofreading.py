"""What `make check-content` would send back: an example that breaks each rule; the real content breaks none."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.proofreading import length, links, overlap, reader, shelf, table
from courses.proofreading.shelf import Stretch

pytestmark = pytest.mark.anywhere
NAME = "courses/knots"
LESSON = f"{NAME}/modules/01-start/01-lesson.md"
EXERCISE = f"{NAME}/exercises/e01-glide.md"
DRAWING = f"{NAME}/images/glide.svg"
FIRST, SECOND = "letters/course/01-first.md", "letters/course/02-second.md"
SERVICE = "letters/service/receipt.md"
PAGE = "pages/safety.md"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>A glide</title><desc>Heads glide.</desc></svg>'
LETTER = """+++
key = "{key}"
subject = "Welcome"
preheader = "One line."
day = {day}
lesson = "1.1"
+++
{words}

{{button:Open it}}

**Take care:** in an emergency call {{emergency_number}}.
"""
GOOD = {
    f"{NAME}/course.toml": """
slug = "knots"
title = "Knots"
tagline = "Results vary."
headline = "That spot."
lede = "Calm."
description = "A course."
price_minor = 14900
currency = "usd"
status = "published"
""",
    f"{NAME}/modules/01-start/module.toml": 'key = "m1"\nslug = "start"\ntitle = "Start"\n',
    LESSON: """+++
key = "1.1"
slug = "glide"
title = "Glide"
minutes = 7
status = "published"
release_days = 2
reviewed_on = 2026-11-20
[[sources]]
code = "MAYO, CC"
text = "A page."
[[checks]]
question = "Who is right?"
why = "Because."
answers = [{ text = "This is forever" }, { text = "Nobody knows", right = true }]
[[materials]]
slug = "map"
title = "Map"
body = "Draw what hurts, see lesson 1.1."
+++
"""
    + "Turn your head gently. " * 120
    + """In one trial that helped [MAYO]. No page says “cure”. See the [card](../../exercises/e01/).

::figure glide

::exercise e01

::check 1
""",
    EXERCISE: """+++
key = "e01"
slug = "glide"
name = "Glide"
purpose = "Eases."
start = "Sit."
steps = ["Slide.", "Rest."]
[dose]
text = "6 to 8 glides, once a day"
repetitions = [6, 8]
sets = [1, 1]
times_per_day = [1, 1]
days_per_week = [7, 7]
+++
""",
    DRAWING: SVG,
    f"{NAME}/images/e01.svg": SVG,
    FIRST: LETTER.format(key="a1", day=2, words="Hello there, friend. " * 20),
    SECOND: LETTER.format(key="a2", day=3, words="Hello there, friend. " * 20),
    SERVICE: '+++\nkey = "receipt"\nsubject = "Your receipt"\npreheader = "Thank you."\n+++\nPaid: {amount}.\n',
    PAGE: '+++\nslug = "safety"\ntitle = "Safety"\n+++\nRead [who speaks](https://example.com/who).\n',
}
Spoil = Callable[[str, str, str], list[str]]


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """The faults after one change in one file of content that has none."""
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def change(file: str, old: str, new: str) -> list[str]:
        text = (tmp_path / file).read_text()
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new))
        return reader.faults(shelf.read(tmp_path))

    return change


def test_good_content_passes(spoil: Spoil) -> None:
    assert spoil(LESSON, "title", "title") == []


BAD = {
    "too short": (LESSON, "Turn your head gently. ", "Turn. ", "has 450 to 900."),
    "too long": (LESSON, "Turn your head gently. ", "Turn your head ever so very gently now. ", "has 450 to 900."),
    "too hard": (
        LESSON,
        "Turn your head gently. ",
        "Musculoskeletal considerations necessitate individualized rehabilitation. ",
        "8 is the most.",
    ),
    "a promise": (LESSON, "In one trial", "A cure. In one trial", "“cure” is a word this course does not say."),
    "a promise in a right answer": (LESSON, "Nobody knows", "Guaranteed", "“Guaranteed” is a word this course"),
    "a promise on paper": (LESSON, "Draw what", "Forever draw what", "lesson.md, map: “Forever” is a word"),
    "a promise in a letter": (FIRST, "Hello there, friend. ", "It is just a miracle. ", "“miracle” is a word"),
    "a promise on a page": (PAGE, "Read", "Drug-free: read", "“Drug-free” is a word this course does not say."),
    "a promise for sale": (f"{NAME}/course.toml", "That spot.", "A secret.", "“secret” is a word this course"),
    "a promise on a card": (EXERCISE, "Eases.", "Fixes it.", "“Fixes” is a word this course does not say."),
    "shouting": (LESSON, "In one trial", "GENTLY. In one trial", "“GENTLY” is shouted."),
    "two exclamations": (LESSON, "In one trial", "Ha! Ho! In one trial", "2 exclamation marks; one a page"),
    "no such card": (LESSON, "::exercise e01", "::exercise e02", "::exercise e02 points at no file"),
    "no such check": (LESSON, "::check 1", "::check 2", "::check 2: the lesson has 1 checks."),
    "no such drawing": (LESSON, "::figure glide", "::figure glide\n\n::figure map", "map.svg is not drawn yet."),
    "no drawing shown": (LESSON, "::figure glide", "", "does not show its drawing, ::figure glide."),
    "drawing nobody shows": (LESSON, "::figure glide", "", "no lesson and no exercise shows this drawing."),
    "drawing without words": (DRAWING, "Heads glide.", " ", "the drawing needs a <desc>."),
    "drawing without a title": (DRAWING, "A glide", " ", "the drawing needs a <title>."),
    "no such sheet": (LESSON, "Draw what hurts, see lesson 1.1.", "::sheet none", "::sheet none is in no data file."),
    "source not listed": (LESSON, "[MAYO]", "[MAYO, KOV-08]", "[KOV-08] is cited, and is not among"),
    "study without a source": (LESSON, '"MAYO, CC"', '"Our view"', "“trial” speaks of a study"),
    "year without a source": (LESSON, "In one trial", "In 2011, in one trial", "2011 is named in the text, and not"),
    "number without a source": (LESSON, "In one trial", "In one trial, 198 adults", "198 is named in the text"),
    "no sources": (LESSON, "reviewed_on = 2026-11-20\n", "", "needs sources and reviewed_on."),
    "no such lesson": (LESSON, "see lesson 1.1", "see lesson 1.9", "there is no lesson 1.9."),
    "no such module": (FIRST, "Hello there, friend. ", "Hello module 8 there. ", "there is no module 8."),
    "link to no card": (LESSON, "exercises/e01/", "exercises/e02/", "leads to something this course does not"),
    "link to nowhere": (LESSON, "../../exercises/e01/", "../nowhere/", "leads to something this course does not"),
    "link out of the site": (LESSON, "../../exercises/e01/", "/no/such/", "leads to no page of this site."),
    "link to a heading": (LESSON, "../../exercises/e01/", "#top", "has a #, and headings have no names."),
    "link not safe": (PAGE, "https://example.com", "http://example.com", "is not https and a name."),
    "relative link in a letter": (FIRST, "{button", "[See](../x/)\n\n{button", "a letter has no place to start"),
    "dose upside down": (EXERCISE, "[6, 8]", "[8, 6]", "repetitions: 8 is more than 6; the least comes first."),
    "dose too big": (EXERCISE, "sets = [1, 1]", "sets = [1, 9]", "sets [1, 9] is outside 1 to 5."),
    "dose in words": (EXERCISE, "[6, 8]", '"many"', "repetitions must be [least, most] in whole numbers."),
    "dose not as told": (EXERCISE, "6 to 8 glides", "6 to 9 glides", "repetitions 8 does not appear in its text"),
    "dose without days": (EXERCISE, "days_per_week = [7, 7]\n", "", "the dose needs days_per_week."),
    "dose of nothing": (EXERCISE, "repetitions = [6, 8]\n", "", "the dose needs seconds or repetitions."),
    "dose of three sides": (EXERCISE, "[dose]\n", "[dose]\nsides = 3\n", "sides must be 1, or 2 for each side."),
    "dose of what": (EXERCISE, "[dose]\n", "[dose]\nrounds = [1, 1]\n", "rounds is not a word a dose knows."),
    "no button": (FIRST, "{button:Open it}", "", "a letter has one button, alone on its line."),
    "two buttons": (SERVICE, "Paid", "{button:A}\n\n{button:B}\n\nPaid", "a letter has one button, alone"),
    "letter too short": (FIRST, "Hello there, friend. " * 20, "Hello.", "a letter has 60 to 350."),
    "letter too long": (FIRST, "Hello there, friend. ", "Hello there, friend. " * 9, "a letter has 60 to 350."),
    "subject too long": (FIRST, '"Welcome"', f'"{"Welcome " * 9}"', "subject has 72 characters; an inbox shows"),
    "no preheader": (FIRST, '"One line."', '""', "preheader has 0 characters; an inbox shows 1 to 110."),
    "unknown placeholder": (SERVICE, "{amount}", "{wonders}", "{wonders} is not a placeholder that letters fill."),
    "no safety line": (FIRST, "**Take care:** in", "In", "the safety line is missing; it begins **Take care:**"),
    "days that fall": (SECOND, "day = 3", "day = 2", "day 2 does not come after day 2."),
    "no day": (SECOND, "day = 3\n", "", "day is missing."),
    "letter before its lesson": (FIRST, "day = 2", "day = 1", "comes on day 1, and lesson 1.1 opens on day 2."),
    "letter about no lesson": (FIRST, 'lesson = "1.1"', 'lesson = "9.9"', "lesson 9.9 is not published."),
    "letter to no page": (FIRST, "day = 2", 'day = 2\npage = "sale"', "page “sale” is not one of free-lesson, pref"),
    "key twice": (SECOND, '"a2"', '"a1"', "key “a1” is used twice."),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_rule_sees_what_breaks_it(name: str, spoil: Spoil) -> None:
    file, old, new, words = BAD[name]
    faults = spoil(file, old, new)
    assert [fault for fault in faults if words in fault] != [], faults


def test_what_is_denied_may_be_named(spoil: Spoil) -> None:
    """A wrong answer and words inside quotation marks say “forever” only to be contradicted."""
    assert spoil(LESSON, "This is forever", "It is GUARANTEED, permanent and a SECRET") == []
    assert spoil(LESSON, "No page says “cure”.", "Nobody may say “cure”, “fix” or “JUST gently”.") == []


def test_an_abbreviation_is_not_shouted(spoil: Spoil) -> None:
    assert spoil(LESSON, "In one trial", "The NHS has a PDF. In one trial") == []


def test_words_and_grade_are_those_that_are_read() -> None:
    body = "## A head\n\nTurn **left** now.\n\n::figure x\n\n::: tip Do it\n\nSlowly, please.\n:::\n\n"
    body += "| A | B |\n|---|---|\n| one | two |\n"
    assert length.words(body) == 2 + 3 + 2 + 2 + 4
    assert list(length.inlines(body, every=False)) == ["Turn left now.", "Slowly, please."]
    assert length.grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59, abs=0.06)


def test_addresses_in_placeholders_are_left_to_the_check_of_placeholders(spoil: Spoil) -> None:
    text = "[a](../b/) ![c](d.png) {button:E} [safety]({safety_url}) [write]({coach_email})"
    assert list(links.hrefs(text)) == ["../b/", "d.png", "{safety_url}", "{coach_email}"]
    assert spoil(FIRST, "{button", "[The list]({safety_url})\n\n{button") == []


def test_the_real_content_passes_and_its_table_is_up_to_date() -> None:
    """After a change of content: make check-content ARGS=--write"""
    found = shelf.read(settings.CONTENT_DIR)
    assert reader.faults(found) == []
    document = (settings.BASE_DIR / "docs" / "content.md").read_text()
    assert document == table.into(document, found)


def test_the_command_prints_the_table_writes_it_and_fails_with_the_faults(
    spoil: Spoil, tmp_path: Path
) -> None:
    document, out = tmp_path / "content.md", StringIO()
    document.write_text(f"Before\n{table.BEGIN}\nold\n{table.END}\nAfter\n")
    call_command("check_content", "--write", "--from", tmp_path, "--into", document, stdout=out)
    assert out.getvalue().splitlines()[1].split() == "1.1 Glide 493 0.7 7 1 1 1 1".split()
    assert out.getvalue().splitlines()[-1] == "Nothing to mend."
    first = document.read_text()
    assert first.splitlines() == [
        "Before",
        table.BEGIN,
        "| Lesson | Words | Grade | Minutes | Exercises | Pictures | Checks | Sources |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        "| 1.1 Glide | 493 | 0.7 | 7 | 1 | 1 | 1 | 1 |",
        "| 1 lessons | 493 | 0.7 to 0.7 | 7 | 1 | 1 | 1 | 1 |",
        table.END,
        "After",
    ]
    call_command("check_content", "--write", "--from", tmp_path, "--into", document, stdout=out)
    assert document.read_text() == first
    spoil(SERVICE, "Paid", "Just paid")
    with pytest.raises(CommandError) as error:
        call_command("check_content", "--from", tmp_path, stdout=out)
    assert str(error.value) == f"{SERVICE}: “Just” is a word this course does not say.\n1 faults."


def test_a_document_without_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="are missing"):
        table.into("# By hand", shelf.Shelf([], {}, []))


def test_words_in_a_row_that_somebody_else_wrote_are_named(tmp_path: Path) -> None:
    (tmp_path / "NHS.txt").write_text("Rest helps: it's best to see a doctor soon, they say.\nNot at all.")
    ours = [
        Stretch("a.md", "a.md", "It’s best to see a doctor soon! Not at all rest helps"),
        Stretch("b.md", "b.md", "best to see a nurse, and a doctor soon they said"),
    ]
    found = list(overlap.shared(ours, overlap.sources(tmp_path)))
    assert [str(one) for one in found] == ["a.md: 7 words as in NHS: it's best to see a doctor soon"]


def test_an_empty_folder_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="in /"):
        call_command("check_content", against=tmp_path, stdout=StringIO())
