"""Two tabs, or two people, at one form: what somebody saved meanwhile is shown before anything is overwritten."""

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client

from courses.models import Check, Course, Exercise, Illustration, Lesson, Module, Page
from mailing import broadcasts
from mailing.models import Step
from tests.desk import money
from tests.desk.test_fields import change, form

pytestmark = pytest.mark.django_db
REFUSED = "Not saved yet: this was changed while you had it open. What you typed is all here."


@pytest.fixture
def lesson(knots: Course) -> Lesson:
    return Lesson.objects.get(position=1)


class Tab:
    """A page as one browser tab has it: opened once, typed into, sent."""

    def __init__(self, client: Client, row: Any) -> None:
        self.client, self.address = client, change(row)
        page = client.get(self.address)
        self.data = {**form(client, self.address), "_opened": value(page, "_opened")}

    def send(self, **changes: Any) -> Any:
        self.data = {name: one for name, one in {**self.data, **changes}.items() if one is not None}
        return self.client.post(self.address, self.data)

    def again(self, page: Any, **changes: Any) -> Any:
        """Send what came back."""
        typed = {
            name: one.replace("\r\r", "\r") if isinstance(one, str) else one for name, one in fields(page)
        }
        self.data = typed | {"_opened": value(page, "_opened")}
        return self.send(**changes)


def value(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found is not None
    return html.unescape(found[1])


def fields(page: Any) -> Any:
    from tests.desk.test_fields import parts, posted

    for part in parts(page):
        yield from posted(part)


def said(page: Any) -> list[tuple[str, str, str | None]]:
    """Label, theirs, mine of each change that the page tells of."""
    return [(one.label, one.theirs, one.mine) for one in page.context["conflict"].changes]


def test_nothing_is_asked_when_nobody_else_saved(lesson: Lesson, ines_client: Client) -> None:
    tab = Tab(ines_client, lesson)
    assert tab.send(title="Mine").status_code == 302
    lesson.refresh_from_db()
    assert lesson.title == "Mine"


def test_pressing_save_twice_saves_once_and_asks_nothing(lesson: Lesson, ines_client: Client) -> None:
    tab = Tab(ines_client, lesson)
    more = {"checks-TOTAL_FORMS": "3", "checks-2-position": "3", "checks-2-question": "New?", "checks-2-why": "!",
            "checks-2-answers": "* a\nb", "checks-2-lesson": str(lesson.pk)}  # fmt: skip
    assert tab.send(title="Mine", **more).status_code == 302
    page = tab.send()
    assert said(page) == [("Check: New?", "(added)", None)]
    assert tab.again(page).status_code == 302
    assert list(lesson.checks.values_list("question", flat=True)) == ["Question 1?", "Question 2?", "New?"]


def test_a_field_that_only_they_changed_is_not_put_back(lesson: Lesson, ines_client: Client) -> None:
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    assert theirs.send(title="Theirs").status_code == 302
    page = mine.send(goal="My goal")
    assert (page.status_code, REFUSED in page.content.decode()) == (200, True)
    assert said(page) == [("Title", "Theirs", None)]
    assert "Save mine anyway" not in page.content.decode()
    lesson.refresh_from_db()
    assert (lesson.title, lesson.goal) == ("Theirs", "")
    assert mine.again(page).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.goal) == ("Theirs", "My goal")


def test_where_both_changed_the_same_a_button_decides(lesson: Lesson, ines_client: Client) -> None:
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    theirs.send(title="Theirs", body="Their words.")
    page = mine.send(title="Mine", body="My words.")
    text = page.content.decode()
    assert said(page) == [("Title", "Theirs", "Mine"), ("Text", "Their words.", "My words.")]
    assert "<strong>ines@example.org</strong>" in text
    assert re.findall(r"Changed [^<]+", text) == ["Changed Title and Text."]
    assert "<del>Their</del><ins>My</ins> words." in text
    page = mine.again(page)  # plain Save is not enough
    assert page.status_code == 200
    lesson.refresh_from_db()
    assert lesson.title == "Theirs"
    assert mine.again(page, _mine=value(page, "_mine")).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.body) == ("Mine", "My words.")


def test_mine_anyway_means_what_the_page_showed(lesson: Lesson, ines_client: Client) -> None:
    """A third one who saved after that is asked about too."""
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    theirs.send(title="Theirs")
    page = mine.send(title="Mine")
    Tab(ines_client, lesson).send(title="Third")
    page = mine.again(page, _mine=value(page, "_mine"))
    assert said(page) == [("Title", "Third", "Mine")]
    lesson.refresh_from_db()
    assert lesson.title == "Third"


def test_a_fault_in_between_keeps_the_decision(lesson: Lesson, ines_client: Client) -> None:
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    theirs.send(title="Theirs")
    page = mine.send(title="Mine")
    page = mine.again(page, _mine=value(page, "_mine"), minutes="many")
    assert (page.status_code, page.context["conflict"]) == (200, None)
    assert mine.again(page, minutes="7").status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.minutes) == ("Mine", 7)


def test_questions_are_rows_of_their_own(lesson: Lesson, ines_client: Client) -> None:
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    theirs.send(**{"checks-0-question": "Theirs?"})
    page = mine.send(**{"checks-0-question": "Mine?", "checks-1-why": "My reason."})
    assert said(page) == [("Check 1, Question", "Theirs?", "Mine?")]
    assert mine.again(page, _mine=value(page, "_mine")).status_code == 302
    assert list(lesson.checks.values_list("question", "why")) == [
        ("Mine?", "Because."),
        ("Question 2?", "My reason."),
    ]


def test_a_question_they_took_out_stays_out_unless_i_wrote_in_it(lesson: Lesson, ines_client: Client) -> None:
    Lesson.objects.update(body="Words.")
    untouched, touched, theirs = (Tab(ines_client, lesson) for _ in range(3))
    assert theirs.send(**{"checks-1-DELETE": "on"}).status_code == 302
    page = untouched.send(goal="Goal")
    assert said(page) == [("Check 2", "(deleted)", None)]
    assert untouched.again(page).status_code == 302
    assert list(lesson.checks.values_list("question", flat=True)) == ["Question 1?"]
    page = touched.send(**{"checks-1-question": "Keep this?"})
    assert ("Check 2", "(deleted) Yours is below, as a new one.", None) in said(page)
    assert touched.again(page).status_code == 302
    assert list(lesson.checks.values_list("question", flat=True)) == ["Question 1?", "Keep this?"]


def test_a_question_i_take_out_and_they_changed(lesson: Lesson, ines_client: Client) -> None:
    Lesson.objects.update(body="Words.")
    mine, theirs = Tab(ines_client, lesson), Tab(ines_client, lesson)
    theirs.send(**{"checks-1-question": "Better?"})
    page = mine.send(**{"checks-1-DELETE": "on"})
    assert said(page) == [("Check 2, Question", "Better?", "(deleted)")]
    assert lesson.checks.count() == 2
    assert mine.again(page, **{"_mine": value(page, "_mine"), "checks-1-DELETE": "on"}).status_code == 302
    assert lesson.checks.count() == 1


def test_an_import_meanwhile_is_told_of_too(lesson: Lesson, ines_client: Client) -> None:
    tab = Tab(ines_client, lesson)
    Lesson.objects.update(body="From the files.", preview=True)
    page = tab.send(goal="Mine")
    assert said(page) == [("Free preview", "yes", None), ("Text", "From the files.", None)]
    assert "an import, or another program" in page.content.decode()
    assert tab.again(page).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.preview, lesson.body, lesson.goal) == (True, "From the files.", "Mine")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Course, "headline"),
        (Module, "summary"),
        (Lesson, "transcript"),
        (Exercise, "steps"),
        (Exercise, "dose_text"),
        (Page, "body"),
        (Illustration, "svg"),
    ],
)
def test_every_form_of_the_course_asks(knots: Course, ines_client: Client, model: Any, name: str) -> None:
    row = model.objects.order_by("pk")[0]
    mine, theirs = Tab(ines_client, row), Tab(ines_client, row)
    words = {
        "svg": [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><title>A</title></svg>',
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 3"><title>B</title></svg>',
        ]
    }
    first, second = words.get(name, ["Their words", "My words"])
    assert theirs.send(**{name: first}).status_code == 302
    before = model.objects.filter(pk=row.pk).values().get()
    page = mine.send(**{name: second})
    assert [(one[1], one[2]) for one in said(page)] == [
        (before.get(name, first) if name == "svg" else first, second)
    ]
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_the_course_untouched_in_two_tabs_asks_nothing(knots: Course, ines_client: Client) -> None:
    """Prices, sections, questions, moments: each looks the same posted as it was shown."""
    for row in (knots, *Lesson.objects.all(), *Exercise.objects.all(), *Page.objects.all()):
        tab = Tab(ines_client, row)
        assert tab.send().status_code == 302
        assert tab.send().status_code == 302


def test_a_letter_asks_before_it_asks_whom_it_touches(service_letters: None, ines_client: Client) -> None:
    step = Step.objects.filter(sequence__slug="course").order_by("position")[1]
    mine, theirs = Tab(ines_client, step), Tab(ines_client, step)
    assert theirs.send(subject="Their subject").status_code == 302
    page = mine.send(subject="My subject", day="9")
    assert said(page) == [("Subject", "Their subject", "My subject")]
    step.refresh_from_db()
    assert step.revision is not None
    assert step.revision.subject == "Their subject"


def test_a_letter_to_many_asks_too(service_letters: None, ines_client: Client, now: dt.datetime) -> None:
    words = {"subject": "Hello", "preheader": "", "body": "Words.\n"}
    letter = broadcasts.create(title="Hello", audience="news", now=now, **words)
    mine, theirs = Tab(ines_client, letter), Tab(ines_client, letter)
    assert theirs.send(body="Their words.").status_code == 302
    assert said(mine.send(body="My words.")) == [("Body", "Their words.", "My words.")]


def test_a_coupon_asks_too(ines_client: Client, now: dt.datetime) -> None:
    coupon = money.coupon("SPRING", now=now)
    mine, theirs = Tab(ines_client, coupon), Tab(ines_client, coupon)
    assert theirs.send(percent="20").status_code == 302
    page = mine.send(percent="30")
    assert said(page) == [("Percent off", "20", "30")]
    coupon.refresh_from_db()
    assert coupon.percent == 20
    assert mine.again(page, _mine=value(page, "_mine")).status_code == 302
    coupon.refresh_from_db()
    assert coupon.percent == 30


def test_a_mark_nobody_made_is_none(lesson: Lesson, ines_client: Client) -> None:
    for mark in ("", "{}", "[]", "nonsense", '{"fields": 3, "line": 1}', '{"fields": {}, "line": "x"}'):
        tab = Tab(ines_client, lesson)
        assert tab.send(_opened=mark, title=f"Title {mark[:9]}").status_code == 302


def test_looking_costs_little(
    lesson: Lesson, ines_client: Client, django_assert_max_num_queries: Any
) -> None:
    tab = Tab(ines_client, lesson)
    with django_assert_max_num_queries(60):
        tab.send(title="Mine")
    assert Check.objects.count() == 2
