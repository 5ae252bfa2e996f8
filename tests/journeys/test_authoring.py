"""A coach makes a module with three lessons, a letter with it, and looks at it as a student will, by the desk alone."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser import DESKTOP, PHONE, Pages
from tests.journeys.author import Author
from tests.journeys.walker import PAYS, Walker

pytestmark = pytest.mark.browser
LETTER = "Hello {first_name},\n\ntoday it is about the pillow.\n\n{button:Open the lesson}\n\nInes\n"


@pytest.mark.parametrize(("size", "word"), [(DESKTOP, "desktop"), (PHONE, "phone")], ids=["desktop", "phone"])
def test_a_module_from_its_title_to_what_a_student_sees(
    pages: Pages, size: tuple[int, int], word: str
) -> None:
    a_student_is_on_her_way(pages, f"{word}@example.org")
    she = Author(pages, size=size)
    module, pillow, turn, bed = f"Sleep {word}", f"Pillow {word}", f"Turning {word}", f"Before bed {word}"
    joined = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    she.adds_a_module(module, [pillow, turn, bed])

    she.begins_to_write(pillow)
    she.write("Days after joining", "8")
    she.types("A pillow holds your head where your neck would carry it.")
    she.brings_in_a_photograph(f"pillow-{word}", "A head on a pillow as high as a shoulder is wide.")
    she.puts("Picture", f"pillow-{word}")
    she.puts("Exercise card", "E02 Small nod", search="small nod")
    she.puts("Exercise card", "E04 Doorway chest stretch", search="doorway")
    she.asks("How high is a good pillow?", ["Flat", "* As a shoulder is wide"], "Then the neck is level.")
    she.is_well_made()
    she.publishes()
    assert "opens on day 8" in she.says(pillow)
    assert "1 self-check" in she.says(pillow)

    she.begins_to_write(turn)
    she.write("Days after joining", "9")
    she.types("Roll over as one piece.")
    she.adds_a_film()
    she.publishes()
    assert "film" in she.says(turn)

    she.begins_to_write(bed)
    she.waits_for(turn)
    she.types("Lie down and breathe out.")
    she.publishes()
    assert f"opens after “{turn}”" in she.says(bed)

    she.writes_a_letter_about(pillow, f"Which pillow, {word}", LETTER)
    she.previews_the_letter("today it is about the pillow")
    she.opens_the_outline()
    assert f"letter “Which pillow, {word}”" in she.says(pillow)

    she.sees_as_a_student(pillow, joined=str(joined), on=str(joined + dt.timedelta(days=9)))
    lesson = she.page.locator("main")
    expect(lesson.get_by_role("img", name="A head on a pillow")).to_be_visible()
    expect(lesson.get_by_role("heading", name="Small nod")).to_be_visible()
    expect(lesson.get_by_role("group", name="How high is a good pillow?")).to_be_visible()
    she.opens_the_outline()
    she.sees_as_a_student(turn, joined=str(joined), on=str(joined + dt.timedelta(days=9)))
    expect(she.page.locator("main video track[kind=captions]")).to_have_count(1)
    she.opens_the_outline()
    she.sees_as_a_student(turn, joined=str(joined), on=str(joined + dt.timedelta(days=8)))
    expect(she.page.locator("main")).to_contain_text("This lesson opens ")

    she.takes_the_letter_out(f"Which pillow, {word}")
    she.puts_the_module_away(module)


def a_student_is_on_her_way(pages: Pages, email: str) -> None:
    """So that a new letter touches somebody; whoever joined before may have come to the end meanwhile."""
    student = Walker(pages, email)
    student.orders()
    student.pays(PAYS)
    student.shows_that_the_address_is_hers()
