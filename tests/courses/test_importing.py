"""Content files into rows: twice, edited by hand, archived, refused whole."""

import datetime as dt
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from courses import access, arranging, progress, release
from courses.importing import export, reading, writing
from courses.importing.report import BadContent, Report
from courses.models import (
    Check,
    CheckAnswer,
    Course,
    Exercise,
    Illustration,
    Lesson,
    LessonProgress,
    Material,
    Module,
    Opening,
    Page,
    Price,
    Question,
    Section,
)
from courses.rules import Rule
from coursesite.lib import frontmatter
from tests import factories

pytestmark = pytest.mark.django_db
MODELS = [Course, Section, Question, Price, Module, Lesson, Check, Material, Exercise, Illustration, Page]
DAY = dt.timedelta(days=1)

COURSE = """
slug = "knots"
title = "Knots"
tagline = "A self-help course; results vary."
headline = "That spot."
lede = "Calm."
description = "A course."
price_minor = 14900
currency = "usd"
status = "published"
sequence = "course"
[[sections]]
key = "who"
heading = "Is this for you?"
body = "Write to {coach_email}."
[[questions]]
question = "How long?"
answer = "A while."
"""
LESSON = """+++
key = "{key}"
slug = "lesson-{number}"
title = "Lesson {number}"
minutes = 7
status = "published"
release_days = {days}
reviewed_on = 2026-11-20
[[sources]]
code = "MAYO"
text = "A page."
[[checks]]
question = "True?"
why = "Because."
answers = [{{ text = "True" }}, {{ text = "False", right = true }}]
[[materials]]
slug = "map"
title = "Map"
body = '''
Draw.
'''
+++
Words {number}.

::exercise e01

::check 1
"""
EXERCISE = """+++
key = "e01"
slug = "glide"
name = "Glide"
purpose = "Eases."
start = "Sit."
steps = ["Slide.", "Rest."]
avoid = ["dizziness"]
[dose]
text = "6 glides"
repetitions = [6, 8]
+++
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>A glide</title></svg>'


class Folder:
    """A small content folder that a test may change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("course.toml", COURSE)
        self.write("modules/01-start/module.toml", 'key = "m1"\nslug = "start"\ntitle = "Start"\n')
        for number in (1, 2):
            self.write(self.lesson(number), LESSON.format(key=f"1.{number}", number=number, days=number - 1))
        self.write("exercises/e01-glide.md", EXERCISE)
        self.write("images/e01.svg", SVG)

    def lesson(self, number: int) -> str:
        return f"modules/01-start/0{number}-lesson.md"

    def path(self, name: str) -> Path:
        return self.root / "courses" / "knots" / name

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def change(self, name: str, old: str, new: str) -> None:
        text = self.path(name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def take(self, now: dt.datetime, *, strict: bool = False) -> Report:
        files = reading.course(self.path(""), root=self.root)
        return writing.course(files, now=now, strict=strict)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def everything() -> list[dict[str, Any]]:
    """Every row of content with every value."""
    return [row for model in MODELS for row in model._default_manager.order_by("pk").values()]


def test_a_course_comes_in_whole(folder: Folder, now: dt.datetime) -> None:
    report = folder.take(now)
    assert len(report.added) == 8  # course, section, question, exercise, drawing, module, two lessons
    lesson = Lesson.objects.get(key="1.2")
    assert (lesson.slug, lesson.minutes, lesson.release_days) == ("lesson-2", 7, 1)
    assert lesson.body == "Words 2.\n\n::exercise e01\n\n::check 1"
    assert lesson.exercise_keys == ["e01"]
    assert lesson.sources == [{"code": "MAYO", "text": "A page."}]
    assert lesson.checks.get().answers == [{"text": "True", "right": False}, {"text": "False", "right": True}]
    assert lesson.materials.get().body == "Draw."
    assert Course.objects.get().price_minor == 14900


def test_the_second_time_changes_nothing(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    before = everything()
    report = folder.take(now + DAY)
    assert everything() == before
    assert report.lines == ["knots: 0 added, 0 changed, 0 archived, 8 unchanged"]


def test_a_changed_file_changes_its_row(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    folder.change(folder.lesson(1), "Words 1.", "Better words.")
    report = folder.take(now)
    assert report.changed == ["courses/knots/modules/01-start/01-lesson.md"]
    assert Lesson.objects.get(key="1.1").body.startswith("Better words.")


def test_what_was_edited_by_hand_is_kept_and_said(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    lesson = Lesson.objects.get(key="1.1")
    lesson.title = "My own title"
    lesson.save()
    folder.change(folder.lesson(1), "Words 1.", "Better words.")
    report = folder.take(now)
    assert report.kept == ["courses/knots/modules/01-start/01-lesson.md"]
    assert "  kept as edited by hand: courses/knots/modules/01-start/01-lesson.md" in report.lines
    kept = Lesson.objects.get(key="1.1")
    assert (kept.title, kept.body.partition("\n")[0]) == ("My own title", "Words 1.")


def test_an_edited_self_check_counts_as_edited(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    Check.objects.filter(lesson__key="1.1").update(why="My own words.")
    folder.change(folder.lesson(1), "Words 1.", "Better words.")
    assert folder.take(now).kept == ["courses/knots/modules/01-start/01-lesson.md"]


def test_a_row_edited_to_say_what_the_file_says_is_the_files_again(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    Lesson.objects.filter(key="1.1").update(title="New title")
    folder.change(folder.lesson(1), 'title = "Lesson 1"', 'title = "New title"')
    assert folder.take(now).kept == []
    folder.change(folder.lesson(1), "New title", "Newest title")
    folder.take(now)
    assert Lesson.objects.get(key="1.1").title == "Newest title"


def test_a_lesson_that_vanished_is_archived_with_its_progress(
    folder: Folder, ann: User, now: dt.datetime
) -> None:
    folder.take(now)
    enrolment = access.grant(user=ann, course=Course.objects.get(), source="free", now=now).enrolment
    lesson = Lesson.objects.select_related("course").get(key="1.1")
    progress.complete(enrolment=enrolment, lesson=lesson, now=now)
    folder.path(folder.lesson(1)).unlink()

    report = folder.take(now + DAY)
    assert report.archived == ["1.1 Lesson 1"]
    assert Lesson.objects.get(key="1.1").archived_at == now + DAY
    assert LessonProgress.objects.get().lesson == lesson
    assert folder.take(now + DAY).archived == []


def test_a_lesson_that_came_back_is_itself_again(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    text = folder.path(folder.lesson(2)).read_text()
    folder.path(folder.lesson(2)).unlink()
    folder.take(now)
    folder.write(folder.lesson(2), text)
    folder.take(now)
    assert list(Lesson.objects.values_list("key", "archived_at")) == [("1.1", None), ("1.2", None)]


def test_a_lesson_made_at_the_desk_is_left_alone(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    module = Module.objects.get()
    Lesson.objects.create(
        course=module.course, module=module, key="desk", slug="desk", position=9, title="Mine"
    )
    folder.take(now)
    assert Lesson.objects.get(key="desk").archived_at is None


def test_later_release_days_close_nothing(folder: Folder, ann: User, now: dt.datetime) -> None:
    folder.take(now)
    access.grant(user=ann, course=Course.objects.get(), source="free", now=now)
    folder.change(folder.lesson(1), "release_days = 0", "release_days = 9")
    folder.take(now + DAY)
    assert Lesson.objects.get(key="1.1").release_days == 9
    assert list(Opening.objects.values_list("lesson__key", "opened_at")) == [("1.1", now)]


def test_a_lesson_new_in_the_files_opens_by_its_rule_for_who_is_there_already(
    folder: Folder, ann: User, now: dt.datetime
) -> None:
    folder.take(now)
    seat = access.grant(user=ann, course=Course.objects.get(), source="free", now=now).enrolment
    folder.write(folder.lesson(3), LESSON.format(key="1.3", number=3, days=30))
    folder.take(now + DAY)
    assert not Opening.objects.exists()
    assert not release.is_open(Lesson.objects.get(key="1.3"), seat, now=now + DAY)


def test_a_lesson_the_files_take_back_is_open_again_when_they_give_it_back(
    folder: Folder, ann: User, now: dt.datetime
) -> None:
    folder.take(now)
    seat = access.grant(user=ann, course=Course.objects.get(), source="free", now=now).enrolment
    folder.change(folder.lesson(1), '"published"\nrelease_days = 0', '"draft"\nrelease_days = 30')
    folder.take(now + DAY)
    folder.change(folder.lesson(1), '"draft"', '"published"')
    folder.take(now + 2 * DAY)
    assert release.is_open(Lesson.objects.get(key="1.1"), seat, now=now + 2 * DAY)


def test_answers_stay_when_a_question_is_reworded(folder: Folder, ann: User, now: dt.datetime) -> None:
    folder.take(now)
    enrolment = access.grant(user=ann, course=Course.objects.get(), source="free", now=now).enrolment
    progress.answer(enrolment=enrolment, check=Check.objects.get(lesson__key="1.1"), chosen=1, now=now)
    folder.change(folder.lesson(1), "True?", "Is it true?")
    folder.take(now)
    assert Check.objects.get(lesson__key="1.1").question == "Is it true?"
    assert CheckAnswer.objects.get().chosen == 1


def test_a_file_uploaded_by_the_coach_stays(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    lesson = Lesson.objects.get(key="1.1")
    Material.objects.create(lesson=lesson, slug="own", position=9, title="Own", file="materials/own.pdf")
    folder.change(folder.lesson(1), "Words 1.", "Better words.")
    folder.take(now)
    assert list(lesson.materials.values_list("slug", flat=True)) == ["map", "own"]


FIRST = "modules/01-start/01-lesson.md"
IN_FIRST = f"courses/knots/{FIRST}: "
IN_CARD = "courses/knots/exercises/e01-glide.md: "
SUITED = "pregnancy, fragile-bones, dizziness, cannot-lie-down, one-arm, wheelchair"
FAULTS = [
    (FIRST, "minutes = 7", "minutes = seven", IN_FIRST + "Not valid TOML: Invalid value (at line 5, column 11)"),
    (FIRST, "minutes = 7", 'minutes = "7"', IN_FIRST + "minutes must be a whole number."),
    (FIRST, "minutes = 7", "minutes = 99999", IN_FIRST + "minutes is 99,999; at most 32,767 fits."),
    (FIRST, "minutes = 7", f"minutes = {'[' * 9999}", IN_FIRST + "Not valid TOML: lists stand in lists without end."),
    (FIRST, "minutes = 7", "minuets = 7", IN_FIRST + "minuets is not a word this file knows."),
    (FIRST, 'title = "Lesson 1"', "", IN_FIRST + "title is missing."),
    (FIRST, 'slug = "lesson-1"', 'slug = "Lesson 1"',
     IN_FIRST + "slug “Lesson 1” may only have small letters, digits and single hyphens."),
    (FIRST, 'status = "published"', 'status = "ready"',
     IN_FIRST + "status is “ready”; it may be draft, outline, published."),
    (FIRST, ", right = true", "", IN_FIRST + "check 1 must have exactly one right answer."),
    (FIRST, '{ text = "True" }, ', "", IN_FIRST + "check 1 needs at least two answers."),
    (FIRST, "::exercise e01", "::exercise e99", IN_FIRST + "::exercise e99 points at no file in exercises/."),
    (FIRST, "::check 1", "::check 2", IN_FIRST + "::check 2: the lesson has 1 checks."),
    (FIRST, "Words 1.", "Words {unknown}.", IN_FIRST + "{unknown} is not a placeholder this site fills."),
    (FIRST, 'key = "1.1"', 'key = "1.2"',
     f"courses/knots/modules/01-start/02-lesson.md: key “1.2” is already used by courses/knots/{FIRST}."),
    ("course.toml", 'description = "A course."', f'description = "{"x" * 156}"',
     "courses/knots/course.toml: description is 156 characters long; at most 155 fit."),
    ("exercises/e01-glide.md", '"dizziness"', '"sneezing"',
     IN_CARD + f"avoid: “sneezing” is not one of {SUITED}."),
    ("exercises/e01-glide.md", 'text = "6 glides"\n', "", IN_CARD + "dose.text is missing."),
    ("images/e01.svg", "<title>A glide</title>", "<title>A glide</title><script/>",
     "courses/knots/images/e01.svg: <script> is not allowed in a drawing."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "words"), FAULTS)
def test_a_fault_is_named_in_plain_words_and_everything_stays(
    folder: Folder, now: dt.datetime, name: str, old: str, new: str, words: str
) -> None:
    folder.take(now)
    before = everything()
    folder.change("modules/01-start/02-lesson.md", "Words 2.", "Good words.")
    folder.change(name, old, new)
    with pytest.raises(BadContent) as refused:
        folder.take(now)
    assert refused.value.faults == [words]
    assert everything() == before


def test_a_fault_while_writing_takes_everything_back(folder: Folder, now: dt.datetime) -> None:
    folder.take(now)
    Lesson.objects.create(
        course=Course.objects.get(),
        module=Module.objects.get(),
        key="desk",
        slug="lesson-3",
        position=9,
        title="Mine",
    )
    before = everything()
    folder.change("modules/01-start/01-lesson.md", "Words 1.", "Good words.")
    folder.change("modules/01-start/02-lesson.md", 'slug = "lesson-2"', 'slug = "lesson-3"')
    with pytest.raises(BadContent, match="two rows would claim the same name"):
        folder.take(now)
    assert everything() == before


def test_a_missing_drawing_is_a_warning_and_in_the_end_an_error(folder: Folder, now: dt.datetime) -> None:
    folder.path("images/e01.svg").unlink()
    words = "courses/knots/exercises/e01-glide.md: images/e01.svg is not drawn yet."
    with pytest.raises(BadContent) as refused:
        folder.take(now, strict=True)
    assert refused.value.faults == [words]
    assert Course.objects.count() == 0
    assert folder.take(now).warnings == [words]


SALE = """sale_minor = 9900
sale_from = 2026-11-27T00:00:00-05:00
sale_until = 2026-12-04T23:59:00-05:00
"""
PRICES = """[[prices]]
key = "three"
title = "Three monthly payments"
payments = 3
amount_minor = 5200
[[prices]]
key = "less"
title = "Reduced"
note = "For whoever has little."
amount_minor = 7900
"""


@pytest.fixture
def priced(folder: Folder) -> Folder:
    folder.change("course.toml", "[[sections]]", f"{SALE}{PRICES}[[sections]]")
    return folder


def offered() -> list[tuple[str, int, int]]:
    return list(Price.objects.offered().values_list("key", "payments", "amount_minor"))


def test_a_sale_and_other_ways_to_pay_come_in(priced: Folder, now: dt.datetime) -> None:
    priced.take(now)
    course = Course.objects.get()
    assert (course.sale_minor, course.sale_from, course.sale_until) == (
        9900,
        dt.datetime(2026, 11, 27, 5, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 5, 4, 59, tzinfo=dt.UTC),
    )
    assert offered() == [("three", 3, 5200), ("less", 1, 7900)]
    before = everything()
    priced.take(now + DAY)
    assert everything() == before


def test_a_sale_taken_out_of_the_file_is_over(priced: Folder, now: dt.datetime) -> None:
    priced.take(now)
    priced.change("course.toml", SALE, "")
    assert priced.take(now).changed == ["courses/knots/course.toml"]
    course = Course.objects.get()
    assert (course.sale_minor, course.sale_from, course.sale_until) == (None, None, None)


def test_a_way_to_pay_that_vanished_is_archived_and_can_come_back(priced: Folder, now: dt.datetime) -> None:
    priced.take(now)
    priced.change("course.toml", PRICES, "")
    assert priced.take(now).archived == ["Three monthly payments", "Reduced"]
    assert (offered(), Price.objects.count(), priced.take(now).archived) == ([], 2, [])
    priced.change("course.toml", "[[sections]]", f"{PRICES}[[sections]]")
    assert priced.take(now).kept == []
    assert offered() == [("three", 3, 5200), ("less", 1, 7900)]


def test_a_way_to_pay_that_the_coach_took_back_stays_taken_back(priced: Folder, now: dt.datetime) -> None:
    priced.take(now)
    Price.objects.filter(key="three").update(archived_at=now)
    assert priced.take(now + DAY).kept == ["price three"]
    assert offered() == [("less", 1, 7900)]


def test_a_sale_and_other_ways_to_pay_go_out_and_come_back(
    priced: Folder, tmp_path: Path, now: dt.datetime
) -> None:
    priced.take(now)
    before = same(everything())
    export.course(Course.objects.get(), tmp_path / "out" / "courses" / "knots")
    empty()
    call_command("import_content", "--from", str(tmp_path / "out"), stdout=StringIO())
    assert same(everything()) == before


IN_COURSE = "courses/knots/course.toml: "


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sale_minor = 9900\n", "", "a sale needs sale_minor, sale_from and sale_until, all three."),
        ("= 9900", "= 14900", "sale_minor must be lower than price_minor."),
        ("= 9900", "= 49", "sale_minor must be 50 or more: less cannot be charged."),
        ("= 14900", "= 1", "price_minor must be 50 or more: less cannot be charged."),
        ("= 5200", "= 49", "price 1: amount_minor must be 50 or more: less cannot be charged."),
        ("2026-12-04T23:59", "2026-11-04T23:59", "sale_from must come before sale_until."),
        (
            "23:59:00-05:00",
            "23:59:00",
            "sale_until must be a date and time with its zone, like 2026-12-04T23:59:00-05:00.",
        ),
        ("amount_minor = 5200\n", "", "price 1: amount_minor is missing."),
        ("= 5200", "= 0", "price 1: amount_minor must be more than 0."),
        ("payments = 3", "payments = 25", "price 1: payments must be 1 to 24."),
        ("payments = 3", 'payments = "3"', "price 1: payments must be a whole number."),
        ('key = "less"', 'key = "three"', "price 2: key “three” is already used."),
        ('key = "less"', 'kee = "less"', "price 2: key is missing."),
        (PRICES, 'prices = ["three"]\n', "price 1 must be a table: write it below [[prices]]."),
    ],
)
def test_a_fault_in_money_is_named(priced: Folder, now: dt.datetime, old: str, new: str, words: str) -> None:
    priced.change("course.toml", old, new)
    with pytest.raises(BadContent) as refused:
        priced.take(now)
    assert f"{IN_COURSE}{words}" in refused.value.faults
    assert Course.objects.count() == 0


def test_the_command_tells_and_refuses(folder: Folder, now: dt.datetime) -> None:
    pages = folder.root / "pages"
    pages.mkdir()
    (pages / "safety.md").write_text('+++\ntitle = "Safety first"\n+++\nCall {emergency_number}.\n')
    out = StringIO()
    call_command("import_content", "--from", str(folder.root), stdout=out)
    assert out.getvalue().splitlines() == [
        "knots: 8 added, 0 changed, 0 archived, 0 unchanged",
        "pages: 1 added, 0 changed, 0 archived, 0 unchanged",
    ]
    assert Page.objects.get(slug="safety").body == "Call {emergency_number}."

    folder.change(FIRST, "minutes = 7", "minutes = -7")
    with pytest.raises(CommandError) as refused:
        call_command("import_content", "--from", str(folder.root), stdout=StringIO())
    assert str(refused.value).splitlines() == [
        "knots was left as it was.",
        f"courses/knots/{FIRST}: minutes must be a whole number.",
    ]


def same(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without numbers that an empty site gives anew."""
    gone = {"id", "course_id", "module_id", "lesson_id", "source_hash"}
    return [{name: value for name, value in row.items() if name not in gone} for row in rows]


def empty() -> None:
    for model in reversed(MODELS):
        model._default_manager.all().delete()


@pytest.fixture
def real(now: dt.datetime) -> Iterator[Path]:
    """The course this site ships."""
    call_command("import_content", stdout=StringIO())
    yield Path(settings.CONTENT_DIR)


def test_the_course_goes_out_and_comes_back_the_same(real: Path, tmp_path: Path, now: dt.datetime) -> None:
    before = same(everything())
    call_command("export_content", str(tmp_path), stdout=StringIO())
    empty()
    call_command("import_content", "--from", str(tmp_path), stdout=StringIO())
    assert same(everything()) == before


def test_exporting_twice_writes_the_same(folder: Folder, tmp_path: Path, now: dt.datetime) -> None:
    folder.take(now)
    out = tmp_path / "out"
    export.course(Course.objects.get(), out)
    first = {path: path.read_text() for path in out.rglob("*") if path.is_file()}
    assert export.course(Course.objects.get(), out) == len(first) == 6
    assert {path: path.read_text() for path in out.rglob("*") if path.is_file()} == first


@pytest.mark.parametrize("text", ['say "no"', 'a\n"""b"""\n\\c"', "tab\there", "é’“”", "\n\nx\n", 'x"\ny"'])
def test_any_text_goes_out_and_comes_back(text: str) -> None:
    assert frontmatter.parse_toml(export.toml({"a": text, "b": [{"c": text}]})) == {
        "a": text,
        "b": [{"c": text}],
    }


GATE = """
least_age = 18
levels = [{ key = "E", heading = "Call {emergency_number}" }]
items = [{ key = "R1", level = "E", text = "Chest pain." }]
rows = []
"""


def test_a_printed_page_is_filled_from_the_data_file(folder: Folder, now: dt.datetime) -> None:
    folder.change(folder.lesson(1), "Draw.", "Tick:\n\n::sheet gate-list\n\nDone.")
    (folder.root / "gate.toml").write_text(GATE)
    folder.take(now)
    body = "Tick:\n\n## Call {emergency_number}\n\n- ☐ **1.** Chest pain.\n\nDone."
    assert Material.objects.get(lesson__key="1.1").body == body
    assert folder.take(now).changed == []
    (folder.root / "gate.toml").write_text(GATE.replace("Chest pain", "Pressure"))
    assert folder.take(now).changed == [f"courses/knots/{folder.lesson(1)}"]
    assert Material.objects.get(lesson__key="1.1").body == body.replace("Chest pain", "Pressure")


def test_a_data_file_that_makes_no_sense_refuses_the_course(folder: Folder, now: dt.datetime) -> None:
    (folder.root / "gate.toml").write_text(GATE.replace('level = "E"', 'level = "X"'))
    with pytest.raises(BadContent) as error:
        folder.take(now)
    assert error.value.faults == ["gate.toml: There is no level X."]


def test_a_sheet_that_no_data_file_has_is_refused(folder: Folder, now: dt.datetime) -> None:
    folder.change(folder.lesson(1), "Draw.", "::sheet gate-list")
    with pytest.raises(BadContent) as error:
        folder.take(now)
    assert error.value.faults == [f"courses/knots/{folder.lesson(1)}: ::sheet gate-list is in no data file."]


def seconds_of_an_import() -> float:
    """Of the processor, which a busy machine does not stretch."""
    begun = process_time()
    call_command("import_content", stdout=StringIO())
    call_command("import_letters", stdout=StringIO())
    return process_time() - begun


@pytest.mark.benchmark
def test_all_content_is_taken_in_within_ten_seconds_and_looked_through_within_two() -> None:
    assert seconds_of_an_import() < 10
    assert Lesson.objects.count() == 34
    assert seconds_of_an_import() < 2


# ---- rules of release ----
def test_a_rule_of_release_comes_in_and_goes_out(folder: Folder, now: dt.datetime, tmp_path: Path) -> None:
    rule = 'release_at = 2026-12-01T09:00:00-05:00\nrelease_after_lesson = "1.1"\nrelease_by = "first"\n'
    folder.change(folder.lesson(2), "release_days = 1", f"release_days = 1\n{rule}")
    folder.take(now)
    first, second = Lesson.objects.order_by("position")
    moment = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
    assert second.rule == Rule(1, moment, after_lesson=first.pk, by="first")
    export.course(second.course, tmp_path / "out")
    text = (tmp_path / "out/modules/01-start/02-lesson-2.md").read_text()
    assert (
        'release_at = 2026-12-01T14:00:00+00:00\nrelease_by = "first"\nrelease_after_lesson = "1.1"\n' in text
    )
    assert "release_by" not in (tmp_path / "out/modules/01-start/01-lesson-1.md").read_text()
    assert folder.take(now).changed == []
    folder.change(folder.lesson(2), rule, "")
    assert folder.take(now).changed == [f"courses/knots/{folder.lesson(2)}"]
    assert Lesson.objects.get(key="1.2").rule == Rule(1)


def test_a_rule_may_name_what_the_same_files_bring(folder: Folder, now: dt.datetime) -> None:
    folder.change(folder.lesson(1), "release_days = 0", 'release_after_lesson = "1.2"')
    folder.take(now)
    assert Lesson.objects.get(key="1.1").release_after_lesson == Lesson.objects.get(key="1.2")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('release_after_lesson = "9.9"', "“9.9” is not the key of a published lesson."),
        ('release_after_lesson = "1.2"', "a lesson cannot wait for itself."),
        ('release_after_module = "m1"', "a lesson cannot wait for the module it stands in."),
        ('release_after_module = "m9"', "“m9” is not the key of a module with a published lesson."),
        ('release_after_lesson = "1.1"', "waits for itself in a circle: 1.2 after 1.1 after 1.2."),
        ('release_after_lesson = "1.1"\nrelease_after_module = "m1"', "a lesson waits for one thing"),
        ('release_by = "middle"', "release_by is “middle”; it may be first, last."),
        ("release_at = 2026-12-01T09:00:00", "release_at must be a date and time with its zone"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    folder: Folder, now: dt.datetime, rule: str, words: str
) -> None:
    folder.change(folder.lesson(1), "release_days = 0", 'release_after_lesson = "1.2"')
    folder.change(folder.lesson(2), "release_days = 1", rule)
    with pytest.raises(BadContent) as refused:
        folder.take(now)
    assert words in str(refused.value)
    assert Lesson.objects.count() == 0


def test_a_rule_that_waits_for_what_is_gone_is_not_written_out(
    folder: Folder, now: dt.datetime, tmp_path: Path
) -> None:
    folder.change(folder.lesson(2), "release_days = 1", 'release_days = 1\nrelease_after_lesson = "1.1"')
    folder.take(now)
    Lesson.objects.filter(key="1.1").update(status=Lesson.Status.DRAFT)
    export.course(Course.objects.get(), tmp_path / "out")
    assert "release_after" not in (tmp_path / "out/modules/01-start/02-lesson-2.md").read_text()


def test_what_was_only_moved_at_the_desk_is_no_edit(folder: Folder, now: dt.datetime) -> None:
    """The outline's order stays, and so does what the files may still change."""
    folder.take(now)
    first, other = Lesson.objects.get(key="1.1"), factories.module(Course.objects.get(), 2)
    arranging.move_lesson(lesson=first, module=first.module, after=Lesson.objects.get(key="1.2"), now=now)
    assert folder.take(now).lines == ["knots: 0 added, 0 changed, 0 archived, 8 unchanged"]
    arranging.move_lesson(lesson=first, module=other, after=None, now=now)
    arranging.move_module(module=other, after=None)
    folder.change(folder.lesson(1), "Words 1.", "Better words.")
    report = folder.take(now)
    assert (report.kept, report.changed) == ([], ["courses/knots/modules/01-start/01-lesson.md"])
    assert folder.take(now).lines == ["knots: 0 added, 0 changed, 0 archived, 8 unchanged"]
    moved = Lesson.objects.get(key="1.1")
    assert (moved.module, moved.position, moved.body.partition("\n")[0]) == (other, 1, "Better words.")
    Lesson.objects.filter(key="1.1").update(title="Mine")
    assert folder.take(now).kept == ["courses/knots/modules/01-start/01-lesson.md"]


def test_a_module_that_vanished_stays_while_a_lesson_of_the_desk_stands_in_it(
    folder: Folder, now: dt.datetime
) -> None:
    folder.take(now)
    module = Module.objects.get()
    arranging.add_lesson(module=module, title="Mine")
    shutil.rmtree(folder.path("modules"))
    report = folder.take(now)
    assert (report.kept, report.archived) == (["1. Start"], ["1.1 Lesson 1", "1.2 Lesson 2"])
    assert Module.objects.get().archived_at is None
