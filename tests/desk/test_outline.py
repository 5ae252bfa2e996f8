"""The outline without a script: what it shows, what its buttons do, who may press them."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses import access, progress
from courses.models import Course, Lesson, Module
from mailing.models import Sequence, Step
from tests import conftest, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    made = factories.small_course(days=(0, 1, 2))
    factories.lesson(factories.module(made, 2), 1)
    return made


def address(course: Course, rest: str = "") -> str:
    return f"/desk/courses/course/{course.pk}/outline/{rest}"


def order(course: Course) -> list[list[str]]:
    return [
        list(module.lessons.order_by("position").values_list("key", flat=True))
        for module in course.modules.order_by("position")
    ]


def page(client: Client, course: Course, query: str = "") -> str:
    return client.get(address(course) + query).content.decode()


def seen(html: str) -> str:
    return re.findall(r'name="seen" value="(\w+)"', html)[0]


def press(client: Client, course: Course, do: str, **more: str) -> Any:
    """A button of the page as it stands now."""
    data = {"seen": seen(page(client, course)), "do": do, **more}
    return client.post(address(course), data, follow=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def pk(key: str) -> int:
    return Lesson.objects.get(key=key).pk


def test_a_letter_is_written_from_the_lesson_it_is_about(course: Course, ines_client: Client) -> None:
    Course.objects.update(sequence="")
    assert "Write a letter about it" not in page(ines_client, course)
    Course.objects.update(sequence="course")
    Lesson.objects.filter(key="1.1").update(release_days=4)
    assert (
        '<a href="/desk/mailing/step/add/?series=course&amp;subject_of=1.1&amp;day=4">Write a letter about it</a>'
        in page(ines_client, course)
    )


def test_it_shows_what_there_is(course: Course, ines_client: Client) -> None:
    first = Lesson.objects.get(key="1.1")
    first.checks.create(position=1, question="?", why="!", answers=[])
    Lesson.objects.filter(key="1.2").update(status="draft", video="video/a.mp4", preview=True)
    Lesson.objects.filter(key="1.3").update(status="outline")
    sequence = Sequence.objects.create(slug="course", title="Letters", kind="drip")
    step = Step.objects.create(sequence=sequence, key="a", position=1, subject_of="1.1")
    html = re.sub(r"<[^>]+>|\s+", " ", page(ines_client, course))
    text = re.sub(r" +", " ", html)
    for words in (
        "1 Lesson 1.1 Published",  # without a letter of its own between
        "key 1.1 · opens at once · 5 min · 1 self-check · letter “a”",
        "Lesson 1.2 Draft",
        "key 1.2 · once published, opens on day 1 · 5 min · film · free preview",
        "1.2 Lesson 1.3 Outline only",
    ):
        assert words.removeprefix("1 ") in text
    assert f"/desk/mailing/step/{step.pk}/change/" in page(ines_client, course)


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("up:lesson:1.2", [["1.2", "1.1", "1.3"], ["2.1"]]),
        ("down:lesson:1.2", [["1.1", "1.3", "1.2"], ["2.1"]]),
        ("down:lesson:1.3", [["1.1", "1.2"], ["1.3", "2.1"]]),
        ("up:lesson:2.1", [["1.1", "1.2", "1.3", "2.1"], []]),
        ("up:lesson:1.1", [["1.1", "1.2", "1.3"], ["2.1"]]),
        ("down:lesson:2.1", [["1.1", "1.2", "1.3"], ["2.1"]]),
        ("put:lesson:1.1:m2:2.1", [["1.2", "1.3"], ["2.1", "1.1"]]),
        ("put:lesson:1.3:m1:0", [["1.3", "1.1", "1.2"], ["2.1"]]),
        ("up:module:m2", [["2.1"], ["1.1", "1.2", "1.3"]]),
        ("down:module:m1", [["2.1"], ["1.1", "1.2", "1.3"]]),
        ("up:module:m1", [["1.1", "1.2", "1.3"], ["2.1"]]),
    ],
)
def test_buttons_move(course: Course, ines_client: Client, do: str, expected: list[list[str]]) -> None:
    keys = {one.key: str(one.pk) for model in (Lesson, Module) for one in model.objects.all()}
    before = order(course)
    answer = press(ines_client, course, ":".join(keys.get(part, part) for part in do.split(":")))
    assert order(course) == expected
    undo = re.search(r'value="(put:[^"]+)">Undo', answer.content.decode())
    assert (undo is not None) == (expected != before)
    if undo:
        press(ines_client, course, undo[1])
        assert order(course) == before
        assert LogEntry.objects.count() == 2


def test_up_and_down_step_over_what_is_archived(
    course: Course, ines_client: Client, now: dt.datetime
) -> None:
    Lesson.objects.filter(key="1.2").update(archived_at=now)
    press(ines_client, course, f"up:lesson:{pk('1.3')}")
    assert order(course)[0] == ["1.3", "1.1", "1.2"]


def test_a_page_of_before_somebody_elses_move_moves_nothing(course: Course, ines_client: Client) -> None:
    old = seen(page(ines_client, course))
    press(ines_client, course, f"up:lesson:{pk('1.2')}")
    data = {"seen": old, "do": f"down:lesson:{pk('1.3')}"}
    answer = ines_client.post(address(course), data, follow=True)
    assert said(answer) == [
        "Somebody changed the order since you opened this page, so nothing was moved. This is how it stands now."
    ]
    script = ines_client.post(address(course), data, headers={"X-Requested-With": "outline"})
    assert (script.status_code, "so nothing was moved" in script.content.decode()) == (409, True)
    assert order(course)[0] == ["1.2", "1.1", "1.3"]


def test_a_script_gets_the_list_alone(course: Course, ines_client: Client) -> None:
    data = {"seen": seen(page(ines_client, course)), "do": f"up:lesson:{pk('1.2')}"}
    html = ines_client.post(address(course), data, headers={"X-Requested-With": "outline"}).content.decode()
    assert ("<html" in html, html.index("Lesson 1.2") < html.index("Lesson 1.1<")) == (False, True)


@pytest.mark.parametrize(
    "do", ["", "up", "up:course:1", "put:lesson:1", "copy:lesson:0", "up:lesson:999", "x" * 999]
)
def test_what_no_button_says_does_nothing(course: Course, ines_client: Client, do: str) -> None:
    assert press(ines_client, course, do).status_code in (404, 200)
    assert (order(course), Lesson.objects.count()) == ([["1.1", "1.2", "1.3"], ["2.1"]], 4)


def test_every_place_is_in_the_list_of_places(course: Course, ines_client: Client) -> None:
    html = ines_client.get(address(course, f"move/{pk('1.2')}/")).content.decode()
    words = re.findall(r'<option value="([^"]+)">([^<]+)', html)
    assert [said for _, said in words] == ["First", "After Lesson 1.3", "First", "After Lesson 2.1"]
    for word, expected in zip(
        [words[3][0], words[1][0]],
        [[["1.1", "1.3"], ["2.1", "1.2"]], [["1.1", "1.3", "1.2"], ["2.1"]]],
        strict=True,
    ):
        press(ines_client, course, word)
        assert order(course) == expected


def test_a_title_is_enough(course: Course, ines_client: Client) -> None:
    module = Module.objects.get(key="m2")
    answer = press(ines_client, course, "add", title="  Sit   well ", module=str(module.pk))
    made = Lesson.objects.get(title="Sit well")
    assert (made.key, made.slug, made.status) == ("2.2", "sit-well", "draft")
    assert f'<a href="/desk/courses/lesson/{made.pk}/change/">Write it</a>' in answer.content.decode()
    press(ines_client, course, "add", title="Module three")
    assert Module.objects.get(title="Module three").key == "m3"
    assert said(press(ines_client, course, "add", title=" ")) == ["Type a title first."]
    assert (Lesson.objects.count(), Module.objects.count()) == (5, 3)


def test_a_lesson_is_copied_as_a_draft(course: Course, ines_client: Client) -> None:
    answer = press(ines_client, course, f"copy:lesson:{pk('1.1')}")
    assert said(answer) == ["“Lesson 1.1 (copy)” is a draft with the key 1.4."]
    assert order(course)[0] == ["1.1", "1.4", "1.2", "1.3"]


def test_archiving_says_whom_it_touches_and_is_undone(
    course: Course, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    seat = access.grant(user=ann, course=course, source="free", now=now).enrolment
    lesson = Lesson.objects.get(key="1.1")
    progress.complete(enrolment=seat, lesson=lesson, now=now)
    sequence = Sequence.objects.create(slug="letters", title="Letters", kind="drip")
    Step.objects.create(sequence=sequence, key="a", position=1, subject_of="knots/1.1")
    place = address(course, f"archive/lesson/{lesson.pk}/")
    html = ines_client.get(place).content.decode()
    for words in ("1 student is in it.", "1 student began it, 1 student finished", "1 letter is about it"):
        assert words in html
    for expected in ("is archived.", "was archived already."):
        answer = ines_client.post(place, follow=True)
        assert expected in said(answer)[0]
        assert ("Lesson 1.1<" in answer.content.decode(), "Show what is archived (1)" in answer.content.decode()) == (
            False, True,
        )  # fmt: skip
    assert "Lesson 1.1<" in page(ines_client, course, "?archived=yes")
    assert said(press(ines_client, course, f"restore:lesson:{lesson.pk}")) == [
        "“Lesson 1.1” is back in its place."
    ]
    assert order(course)[0] == ["1.1", "1.2", "1.3"]
    seat.refresh_from_db()
    assert seat.progress.get().done_at == now


def test_a_module_goes_with_its_lessons(course: Course, ines_client: Client) -> None:
    module = Module.objects.get(key="m1")
    place = address(course, f"archive/module/{module.pk}/")
    assert "The module and its 3 lessons" in ines_client.get(place).content.decode()
    ines_client.post(place)
    module.refresh_from_db()
    assert module.archived_at is not None
    assert "Lesson 1.1" not in page(ines_client, course)


def test_it_costs_the_same_with_many_lessons(course: Course, ines_client: Client) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            page(ines_client, course)
        counts.append(len(asked))
        for number in range(len(counts) * 10, len(counts) * 10 + 5):
            module = factories.module(course, number)
            for position in range(1, 6):
                factories.lesson(module, position)
    assert counts == [counts[0]] * 2
    assert counts[0] <= 12


def test_who_may_only_look_sees_no_buttons(course: Course) -> None:
    helper = factories.user("helper@example.org", is_staff=True)
    client = conftest.signed_in(helper)
    assert client.get(address(course)).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="view_course"))
    html = page(client, course)
    assert ("Lesson 1.1" in html, "Move up" in html, "New lesson" in html) == (True, False, False)
    for do in (f"up:lesson:{pk('1.2')}", f"copy:lesson:{pk('1.2')}", "add", f"restore:lesson:{pk('1.2')}"):
        assert client.post(address(course), {"do": do, "title": "x"}).status_code == 403
    for rest in (f"move/{pk('1.1')}/", f"archive/lesson/{pk('1.1')}/"):
        assert client.get(address(course, rest)).status_code == 403
    assert order(course) == [["1.1", "1.2", "1.3"], ["2.1"]]


def test_strangers_and_students_see_nothing_of_it(course: Course, ann_client: Client) -> None:
    for rest in ("", f"move/{pk('1.1')}/", f"archive/lesson/{pk('1.1')}/"):
        assert Client().get(address(course, rest)).status_code == 302
        assert ann_client.get(address(course, rest), follow=True).status_code == 403


def test_the_outline_of_another_course_moves_none_of_this_one(course: Course, ines_client: Client) -> None:
    other = factories.course("other")
    factories.lesson(factories.module(other))
    assert press(ines_client, other, f"up:lesson:{pk('1.2')}").status_code == 404


def test_a_lesson_written_in_its_form_comes_last(course: Course, ines_client: Client) -> None:
    empty = {f"{name}-{what}_FORMS": "0" for name in ("checks", "materials") for what in ("TOTAL", "INITIAL")}
    form = {"module": str(Module.objects.get(key="m1").pk), "key": "9", "slug": "new", "title": "New", "minutes": "5",
            "status": "draft", "release_days": "0", **empty}  # fmt: skip
    assert ines_client.post("/desk/courses/lesson/add/", form).status_code == 302
    assert order(course)[0] == ["1.1", "1.2", "1.3", "9"]
