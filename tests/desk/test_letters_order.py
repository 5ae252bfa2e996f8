"""Letters put in another order at the desk, and the words a letter can fill in."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import User
from mailing import placeholders, publish
from mailing.admin import words
from mailing.models import Sequence, Step
from tests import factories
from tests.browser import DESKTOP, PHONE, axe, overflows
from tests.conftest import signed_in
from tests.desk import letters
from tests.desk.test_letters import says, url
from tests.mailing import scene


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


def order() -> list[str]:
    found = Step.objects.filter(archived_at=None, sequence__slug="course").order_by("position", "pk")
    return list(found.values_list("key", flat=True))


@pytest.mark.django_db
def test_buttons_ask_first_whom_it_touches(at: dt.datetime, ines_client: Client) -> None:
    course = scene.sequence(1, 3, 5, now=at)
    scene.run(who=scene.contact(now=at), now=at)
    a1, a2, a3 = Step.objects.order_by("position")
    page = says(ines_client, url("sequence_letters", course.pk))
    assert f'name="before" value="{a1.pk}" aria-label="Move up: Letter 2"' in page
    assert 'name="before" value="" aria-label="Move down: Letter 2"' in page
    place, move = url("sequence_order", course.pk), {"step": a3.pk, "before": a1.pk}
    asked = ines_client.post(place, move).content.decode()
    assert "Move “Letter 3” before “Letter 1”" in asked and "1 person: the next letter comes" in asked
    assert order() == ["a1", "a2", "a3"]
    answer = ines_client.post(place, {**move, "_sure": "yes"}, follow=True).content.decode()
    assert "“Letter 3” moved before “Letter 1”." in answer
    assert order() == ["a3", "a1", "a2"]
    again = ines_client.post(place, {**move, "_sure": "yes"}, follow=True).content.decode()
    assert "It stands there already." in again
    assert a2.pk


@pytest.mark.django_db
def test_without_readers_it_just_moves_and_nonsense_moves_nothing(
    at: dt.datetime, ines_client: Client
) -> None:
    course, other = scene.sequence(1, 3, now=at), scene.sequence(1, now=at, slug="other")
    a1, a2 = Step.objects.filter(sequence=course).order_by("position")
    strange = Step.objects.get(sequence=other)
    place = url("sequence_order", course.pk)
    assert ines_client.get(place).status_code == 302
    assert ines_client.post(place, {"step": strange.pk, "before": a1.pk}).status_code == 404
    assert ines_client.post(place, {"step": "x", "before": ""}).status_code == 404
    for wrong in (strange.pk, "x"):
        answer = ines_client.post(place, {"step": a1.pk, "before": wrong}, follow=True).content.decode()
        assert "took that letter out meanwhile" in answer
    ines_client.post(place, {"step": a2.pk, "before": a1.pk})
    assert list(Step.objects.filter(sequence=course).order_by("position")) == [a2, a1]
    service = scene.sequence(0, now=at, slug="own", kind=Sequence.Kind.SERVICE)
    assert ines_client.post(url("sequence_order", service.pk)).status_code == 404


@pytest.mark.django_db
def test_who_may_only_look_moves_nothing(at: dt.datetime) -> None:
    course = scene.sequence(1, 3, now=at)
    helper = signed_in(factories.user("hal@example.org", is_staff=True))
    assert helper.post(url("sequence_order", course.pk)).status_code == 403


@pytest.mark.parametrize("kind", [one for one in Sequence.Kind if one != Sequence.Kind.SERVICE])
def test_every_word_of_the_menu_may_be_published(kind: Sequence.Kind) -> None:
    known = words.of(Sequence(kind=kind))
    assert known[0] == ("{first_name}", "what they want to be called; “there” for who gave no name")
    body = "\n\n".join(word for word, _ in known)
    publish.check(sequence=Sequence(kind=kind), subject="A subject", preheader="", body=body)
    if kind == Sequence.Kind.BROADCAST:
        assert {word.strip("{}") for word, _ in known[:-1]} <= placeholders.OWN


@pytest.mark.django_db
def test_a_service_letter_offers_what_it_is_given(service_letters: None, ines_client: Client) -> None:
    step = Step.objects.get(sequence__slug="service", key="sign-in-code")
    page = says(ines_client, url("step_change", step.pk))
    offered = re.findall(r'data-insert="\{([a-z_]+)\}"', page)
    assert {"first_name", "code", "minutes"} <= set(offered) and "lesson_title" not in offered


# ---- in the browser ----
browser = pytest.mark.django_db(transaction=True)


@browser
@pytest.mark.anywhere
@pytest.mark.parametrize(("size", "javascript"), [(PHONE, True), (DESKTOP, False)])
def test_a_letter_is_moved_by_buttons(
    browser_page: Any, at: dt.datetime, ines: User, size: Any, javascript: bool
) -> None:
    course = letters.everything(now=at)
    page = browser_page(size=size, user=ines, javascript=javascript)
    page.goto(f"/desk/mailing/sequence/{course.pk}/letters/")
    if javascript:
        assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Move up: Letter 3").click()
    expect(page.get_by_role("heading", name="Whom this touches")).to_be_visible()
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("“Letter 3” moved before “Letter 2, mended”.")).to_be_visible()
    assert order() == ["a1", "a3", "a2"]


@browser
@pytest.mark.anywhere
def test_a_letter_is_moved_by_keyboard_and_by_dragging(
    browser_page: Any, at: dt.datetime, ines: User
) -> None:
    course = scene.sequence(1, 3, 5, now=at)
    page = browser_page(user=ines)
    page.goto(f"/desk/mailing/sequence/{course.pk}/letters/")
    grip = page.get_by_role("button", name="Move: Letter 3")
    grip.press("Space")
    grip.press("ArrowUp")
    expect(page.locator("[data-says]")).to_have_text("2 of 3")
    grip.press("Escape")
    expect(page.locator("[data-says]")).to_have_text("Letter 3 is back where it was.")
    grip.press("Space")
    grip.press("ArrowUp")
    grip.press("Space")
    expect(page.get_by_text("“Letter 3” moved before “Letter 2”.")).to_be_visible()
    assert order() == ["a1", "a3", "a2"]
    grip.drag_to(page.locator("[data-letters] > li").first, target_position={"x": 20, "y": 3})
    expect(page.get_by_text("“Letter 3” moved before “Letter 1”.")).to_be_visible()
    assert order() == ["a3", "a1", "a2"]


@browser
@pytest.mark.anywhere
def test_a_word_is_put_in_where_the_cursor_is(browser_page: Any, at: dt.datetime, ines: User) -> None:
    scene.sequence(1, now=at)
    page = browser_page(user=ines)
    page.goto(f"/desk/mailing/step/{Step.objects.get().pk}/change/")
    subject, body = page.get_by_label("Subject"), page.get_by_label("Body")
    page.get_by_text("Words that are filled in for each reader").click()
    subject.fill("For you")
    subject.press("End")
    page.get_by_role("button", name="Put in {first_name}").click()
    expect(subject).to_have_value("For you{first_name}")
    body.fill("Go on")
    body.press("ControlOrMeta+a")
    page.get_by_role("button", name="Put in {button:Words on it}").click()
    expect(body).to_have_value("{button:Go on}")
    assert (axe(page), overflows(page)) == ([], False)
