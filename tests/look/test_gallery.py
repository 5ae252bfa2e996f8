from typing import Any

import pytest
from django.test import Client

from drawings.__main__ import IMAGES
from look import gallery

LESSONS = 34


def test_the_contact_sheet_shows_every_drawing_once() -> None:
    shown = [picture["key"] for group in gallery.groups() for picture in group["pictures"] if picture["svg"]]
    assert sorted(shown) == sorted(path.stem for path in IMAGES.glob("*.svg"))


def test_every_lesson_has_its_drawing() -> None:
    lessons = [picture for group in gallery.groups()[1:] for picture in group["pictures"]]
    assert (len(lessons), [picture["name"] for picture in lessons if not picture["svg"]]) == (LESSONS, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("", '<html lang="en-US">'),
        ("?theme=dark", '<html lang="en-US" data-theme="dark">'),
        ("?theme=no", '<html lang="en-US">'),
    ],
)
def test_the_contact_sheet_takes_the_light_that_was_chosen(client: Client, query: str, start: str) -> None:
    assert start in client.get(f"/_look/drawings/{query}").text


@pytest.mark.browser
@pytest.mark.anywhere
@pytest.mark.django_db(transaction=True)
def test_the_contact_sheet_needs_no_script_and_keeps_each_drawing_at_160_pixels(browser_page: Any) -> None:
    page = browser_page(javascript=False)
    page.goto("/_look/drawings/?theme=dark&size=160")
    widths = page.evaluate(
        "[...document.querySelectorAll('.drawing > svg')].map(e => e.getBoundingClientRect().width)"
    )
    assert {round(width) for width in widths} == {160}
