"""The outline is arranged by mouse, finger and keyboard; what the page shows is what is stored."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from courses import arranging
from courses.models import Course, Lesson, Module
from tests import factories
from tests.browser import PHONE, axe, overflows

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def course() -> Course:
    made = factories.small_course(days=(0, 1, 2))
    factories.lesson(factories.module(made, 2), 1)
    return made


def order(course: Course) -> list[list[str]]:
    return [
        list(module.lessons.order_by("position").values_list("key", flat=True))
        for module in course.modules.order_by("position")
    ]


def opened(page: Any, course: Course) -> Any:
    page.goto(f"/desk/courses/course/{course.pk}/outline/")
    expect(page.get_by_role("button", name="Move Lesson 1.1")).to_be_visible()
    return page


def grip(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=f"Move {name}", exact=True)


def middle(box: Any) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_mouse_drags_a_lesson_into_another_module_and_undo_brings_it_back(
    browser_page: Any, course: Course, ines: User
) -> None:
    page = opened(browser_page(user=ines), course)
    page.mouse.move(*middle(grip(page, "Lesson 1.1").bounding_box()))
    page.mouse.down()
    x, y = middle(grip(page, "Lesson 2.1").bounding_box())
    page.mouse.move(x, y - 80, steps=4)
    page.mouse.move(x, y + 10, steps=4)
    page.mouse.up()
    expect(page.get_by_text("“Lesson 1.1” moved into “Module 2”.").first).to_be_visible()
    assert order(course) == [["1.2", "1.3"], ["2.1", "1.1"]]
    expect(grip(page, "Lesson 1.1")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“Lesson 1.1” moved into “Module 1”.")).to_be_visible()
    assert order(course) == [["1.1", "1.2", "1.3"], ["2.1"]]


def test_a_mouse_drags_a_module(browser_page: Any, course: Course, ines: User) -> None:
    page = opened(browser_page(user=ines), course)
    grip(page, "module Module 2").scroll_into_view_if_needed()
    page.mouse.move(*middle(grip(page, "module Module 2").bounding_box()))
    page.mouse.down()
    page.mouse.move(*middle(grip(page, "module Module 1").bounding_box()), steps=6)
    page.mouse.up()
    expect(page.get_by_text("“Module 2” moved to its new place.").first).to_be_visible()
    assert order(course) == [["2.1"], ["1.1", "1.2", "1.3"]]


def test_a_finger_drags_a_lesson_on_a_phone(browser_page: Any, course: Course, ines: User) -> None:
    page = opened(browser_page(user=ines, size=PHONE), course)
    assert overflows(page) is False
    touch = page.context.new_cdp_session(page)
    grip(page, "Lesson 1.3").scroll_into_view_if_needed()
    x, y = middle(grip(page, "Lesson 1.3").bounding_box())
    goal = middle(grip(page, "Lesson 1.1").bounding_box())[1] - 10
    at = {"x": x, "y": y}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for part in range(1, 9):
        at = {"x": x, "y": y + (goal - y) * part / 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_text("“Lesson 1.3” moved to its new place.").first).to_be_visible()
    assert order(course)[0] == ["1.3", "1.1", "1.2"]
    assert axe(page) == []


def test_the_keyboard_moves_across_modules_and_focus_stays(
    browser_page: Any, course: Course, ines: User
) -> None:
    page = opened(browser_page(user=ines), course)
    says = page.locator("[data-outline-says]")
    handle = grip(page, "Lesson 1.2")
    handle.focus()
    page.keyboard.press("Space")
    expect(says).to_have_text("Lesson 1.2, taken up: 2 of 3 in Module 1.")
    expect(handle).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowDown")
    expect(says).to_have_text("3 of 3 in Module 1")
    page.keyboard.press("ArrowDown")
    expect(says).to_have_text("1 of 2 in Module 2")
    expect(handle).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(says).to_have_text("“Lesson 1.2” moved into “Module 2”.")
    expect(grip(page, "Lesson 1.2")).to_be_focused()
    assert order(course) == [["1.1", "1.3"], ["1.2", "2.1"]]
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(says).to_have_text("Lesson 1.2 is back where it was.")
    assert order(course) == [["1.1", "1.3"], ["1.2", "2.1"]]


def test_what_somebody_else_moved_meanwhile_is_shown_and_nothing_moves(
    browser_page: Any, course: Course, ines: User
) -> None:
    page = opened(browser_page(user=ines), course)
    arranging.move_lesson(
        lesson=Lesson.objects.get(key="1.3"),
        module=Module.objects.get(key="m1"),
        after=None,
        now=factories.JOINED,
    )
    grip(page, "Lesson 1.2").focus()
    for key in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_text("Somebody changed the order since you opened this page").first).to_be_visible()
    assert order(course)[0] == ["1.3", "1.1", "1.2"]
    assert page.locator("[data-lesson]").evaluate_all("rows => rows.map(row => row.dataset.title)") == [
        "Lesson 1.3", "Lesson 1.1", "Lesson 1.2", "Lesson 2.1",
    ]  # fmt: skip


def test_without_a_connection_the_list_goes_back(browser_page: Any, course: Course, ines: User) -> None:
    page = opened(browser_page(user=ines), course)
    page.route("**/outline/", lambda route: route.fulfill(status=403, body=""))
    grip(page, "Lesson 1.2").focus()
    for key in ("Space", "ArrowUp", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_text("Lesson 1.2 was not moved").first).to_be_visible()
    assert page.locator("[data-lesson]").first.get_attribute("data-title") == "Lesson 1.1"
    assert order(course)[0] == ["1.1", "1.2", "1.3"]


def test_without_a_script_the_buttons_do_it(browser_page: Any, course: Course, ines: User) -> None:
    page = browser_page(user=ines, javascript=False, size=PHONE)
    page.goto(f"/desk/courses/course/{course.pk}/outline/")
    page.get_by_text("More about Lesson 1.2").click()
    page.get_by_role("button", name="Move up").click()
    expect(page.get_by_text("“Lesson 1.2” moved to its new place.")).to_be_visible()
    assert order(course)[0] == ["1.2", "1.1", "1.3"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“Lesson 1.2” moved to its new place.")).to_be_visible()
    assert order(course)[0] == ["1.1", "1.2", "1.3"]
    page.get_by_label("New lesson in Module 2").fill("Sit well")
    page.get_by_role("button", name="Add this lesson to Module 2").click()
    expect(page.get_by_text("“Sit well” is there.")).to_be_visible()
    assert order(course)[1] == ["2.1", "2.2"]
