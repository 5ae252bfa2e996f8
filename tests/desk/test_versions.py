"""Earlier versions: kept at each saving, compared word by word, brought back as a new one."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from courses import versions
from courses.models import Course, Exercise, Lesson, Version
from coursesite.lib import compare
from tests.desk.test_fields import change, submit

pytestmark = pytest.mark.django_db


def test_each_saving_at_the_desk_is_kept_and_an_idle_one_is_not(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    submit(ines_client, change(lesson), body="Other words.\n\n::check 1")
    submit(ines_client, change(lesson), body="Other words.\n\n::check 1")
    submit(ines_client, change(lesson), goal="A goal.")
    kept = list(versions.of(lesson))
    assert [(one.number, one.note, str(one.saved_by or "")) for one in kept] == [
        (3, "", "ines@example.org"),
        (2, "", "ines@example.org"),
        (1, "as it was", ""),
    ]
    assert kept[2].said["checks"][0]["question"] == "Question 1?"
    page = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/versions/").text
    assert "Version 3: what students see now" in page
    assert "<ins>A goal.</ins>" in page


def test_a_version_is_brought_back_whole_and_students_see_no_less(
    knots: Course, ines_client: Client, ines: User, now: dt.datetime
) -> None:
    lesson = Lesson.objects.get(position=1)
    versions.keep(row=lesson, now=now)
    before = versions.said(lesson)
    lesson.title, lesson.body, lesson.status = "New", "New words.", Lesson.Status.OUTLINE
    lesson.save()
    lesson.checks.filter(position=2).delete()
    lesson.materials.all().delete()
    versions.keep(row=lesson, now=now)
    url = f"/desk/courses/lesson/{lesson.pk}/versions/"
    assert "Bring version 1 back" in ines_client.get(f"{url}?from=1&to=2").text
    for _ in "ab":
        ines_client.post(url, {"number": "1"})
    lesson.refresh_from_db()
    assert versions.said(lesson) == before
    assert lesson.status == Lesson.Status.OUTLINE  # who sees it stays as it was
    assert [(one.number, one.note) for one in versions.of(lesson)] == [
        (3, "version 1 brought back"),
        (2, ""),
        (1, ""),
    ]


def test_verbs_said_twice(knots: Course, now: dt.datetime) -> None:
    card = Exercise.objects.get()
    assert [bool(versions.keep_first(row=card, now=now)) for _ in "ab"] == [True, False]
    first = versions.of(card).get()
    card.purpose = "Other."
    card.save()
    assert [bool(versions.keep(row=card, now=now)) for _ in "ab"] == [True, False]
    assert [bool(versions.restore(row=card, version=first, now=now)) for _ in "ab"] == [True, False]
    with pytest.raises(ValueError, match="is none of"):
        versions.restore(row=Lesson.objects.get(position=1), version=first, now=now)


def test_what_was_saved_meanwhile_is_not_overwritten(knots: Course, now: dt.datetime) -> None:
    looked_at = Lesson.objects.get(position=1)
    first = versions.keep(row=looked_at, now=now)
    assert first is not None
    Lesson.objects.filter(pk=looked_at.pk).update(body="Newer.", status=Lesson.Status.OUTLINE, release_days=9)
    assert versions.restore(row=looked_at, version=first, now=now)
    lesson = Lesson.objects.get(pk=looked_at.pk)
    assert (lesson.body, lesson.status, lesson.release_days) == (looked_at.body, "outline", 9)
    assert [one.said["body"] for one in versions.of(lesson)] == [looked_at.body, "Newer.", looked_at.body]


def test_words_are_compared() -> None:
    found = versions.differences(
        {"body": "The back is tired.", "answers": [{"text": "Yes", "right": True}]},
        {"body": "The upper back is <b>tired</b>.", "answers": [{"text": "Yes", "right": True}]},
    )
    assert [one.field for one in found] == ["body"]
    assert [(one.how, one.text) for one in found[0].pieces] == [
        ("same", "The"), ("in", " upper"), ("same", " back is "), ("out", "tired."), ("in", "<b>tired</b>."),
    ]  # fmt: skip


def test_very_long_texts_are_compared_line_by_line() -> None:
    lines = [f"Line {number} of a long text.\n" for number in range(900)]
    found = compare.pieces("".join(lines), "".join([*lines[:500], "New.\n", *lines[500:]]))
    assert [one.text for one in found if one.how != "same"] == ["New.\n"]
    assert compare.pieces("one two", "one three", whole=True)[-1] == compare.Piece("three", "in")


def test_the_import_keeps_versions_too_and_is_quiet_the_second_time() -> None:
    call_command("import_content", verbosity=0)
    lesson = Lesson.objects.get(key="1.1")
    assert [(one.number, one.note) for one in versions.of(lesson)] == [(1, "from the files")]
    count = Version.objects.count()
    call_command("import_content", verbosity=0)
    assert Version.objects.count() == count


@pytest.mark.parametrize("model", ["lesson", "exercise", "page"])
def test_only_who_teaches_sees_them(
    knots: Course, ann_client: Client, ines_client: Client, model: str
) -> None:
    row: Any = {"lesson": Lesson, "exercise": Exercise}.get(model)
    pk = row.objects.order_by("pk")[0].pk if row else 1
    url = f"/desk/courses/{model}/{pk}/versions/"
    assert Client().get(url).status_code == 302
    assert ann_client.get(url, follow=True).status_code == 403
    assert ines_client.get(url).status_code in {200, 404}
    assert ines_client.post(url, {"number": "99"}).status_code == 404
