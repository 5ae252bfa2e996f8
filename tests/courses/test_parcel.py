"""A whole course as one zip: out, in again, the same bytes; what it would change, and exactly that."""

import datetime as dt
import io
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.importing import arrival, export
from courses.importing.report import Change, Fate, Report, fingerprint
from courses.models import Course, Exercise, Lesson, Material, Module, Page
from coursesite.lib import frontmatter
from mailing import publish
from mailing.models import Sequence, Step, StepRevision
from tests import factories
from tests.courses import parcels
from tests.courses.test_importing import empty, everything, same

pytestmark = pytest.mark.django_db
FIRST = "courses/knots/modules/01-module-1/01-lesson-1-1.md"


def emptied() -> None:
    empty()
    Step.objects.update(revision=None)
    for model in (StepRevision, Step, Sequence):
        model._default_manager.all().delete()


def planned(data: bytes, now: dt.datetime, **how: Any) -> Report:
    with arrival.unpacked(io.BytesIO(data)) as found:
        return arrival.plan(found, now=now, **how)


def taken_in(data: bytes, now: dt.datetime, *, take: tuple[str, ...] = (), seen: str = "") -> Report:
    with arrival.unpacked(io.BytesIO(data)) as found:
        seen = seen or fingerprint(arrival.plan(found, now=now).items)
        return arrival.carry_out(found, now=now, seen=seen, take=take)


def fates(report: Report) -> dict[str, list[str]]:
    return {str(fate): report.of(fate) for fate in Fate if fate != Fate.SAME and report.of(fate)}


@pytest.fixture
def letters(now: dt.datetime) -> Sequence:
    """Two letters of the course, the second put between others at the desk."""
    course = Sequence.objects.create(
        slug="course",
        title="Of the course",
        kind="drip",
        weekdays="135",
        send_at=dt.time(8, 15),
        anchor="previous",
    )
    for key, position, day, condition in (("a1", 1, 0, ""), ("a1-again", "1.5", 2, "minerals")):
        publish.step(
            sequence=course, key=key, subject=f"Subject “{key}”", preheader="", body="Hello,\n\n{button:Open it}\n",
            day=day, subject_of="1.1", condition=condition, position=position, now=now,  # type: ignore[arg-type]
        )  # fmt: skip
    return course


@pytest.fixture
def course(letters: Sequence) -> Course:
    Page.objects.create(slug="safety", title="Safety", body="See a doctor first.\r\n\r\nTwice.\n\n")
    return parcels.filmed()


def test_it_holds_everything_under_the_names_of_content(course: Course) -> None:
    found = parcels.files(parcels.of(course))
    assert list(found) == sorted(found)
    assert list(found) == [
        "courses/knots/course.toml", "courses/knots/media/lesson-1-1--map.pdf",
        "courses/knots/media/lesson-1-1.mp4", "courses/knots/media/lesson-1-1.vtt",
        "courses/knots/modules/01-module-1/01-lesson-1-1.md", "courses/knots/modules/01-module-1/02-lesson-1-2.md",
        "courses/knots/modules/01-module-1/module.toml", "letters/course/01-a1.md",
        "letters/course/01.50-a1-again.md", "letters/course/sequence.toml", "pages/safety.md",
    ]  # fmt: skip
    assert found["courses/knots/media/lesson-1-1.mp4"] == parcels.FILM
    head, _ = frontmatter.parse(found[FIRST].decode())
    assert (head["video"], head["captions"]) == ("media/lesson-1-1.mp4", "media/lesson-1-1.vtt")
    assert head["materials"] == [
        {"slug": "first", "title": "First", "body": "Print me."},
        {"slug": "map", "title": "Map", "file": "media/lesson-1-1--map.pdf"},
        {"slug": "last", "title": "Last", "body": "Print me."},
    ]
    assert frontmatter.parse_toml(found["letters/course/sequence.toml"].decode()) == {
        "title": "Of the course", "kind": "drip", "state": "live", "weekdays": "135", "anchor": "previous",
        "least_gap_hours": 18, "send_at": "08:15",
    }  # fmt: skip


def test_out_and_into_an_empty_site_and_out_again_are_the_same_bytes(
    course: Course, now: dt.datetime, settings: Any
) -> None:
    first, before = parcels.of(course), everything()
    assert parcels.of(course) == first
    assert planned(first, now).same == len(planned(first, now).items)
    emptied()
    report = taken_in(first, now)
    assert fates(report) == {"added": [one.name for one in report.items]}
    assert parcels.files(parcels.of(Course.objects.get())) == parcels.files(first)
    assert parcels.of(Course.objects.get()) == first
    named = {"video", "captions", "file", "body"}  # files get new names that nobody guesses

    def plain(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(str({k: v for k, v in row.items() if k not in named}) for row in same(rows))

    assert plain(everything()) == plain(before)
    assert parcels.read(Lesson.objects.get(key="1.1").video) == parcels.FILM
    again = taken_in(first, now)
    assert again.same == len(again.items)


def test_the_shipped_course_makes_the_round_trip(now: dt.datetime) -> None:
    call_command("import_content", stdout=io.StringIO())
    call_command("import_letters", stdout=io.StringIO())
    first = parcels.of(Course.objects.get())
    emptied()
    assert taken_in(first, now).warnings == []
    assert parcels.files(parcels.of(Course.objects.get())) == parcels.files(first)
    assert parcels.of(Course.objects.get()) == first


# What people paste: quotes, line ends, fences, signs that no keyboard has, another direction of writing, nothing.
BITS = [
    '"', '"""', "'''", "\\", "+++", "\n+++\n", "\r\n", "\r", "\n\n", "\t", "  ", "“”", "é", "e\u0301", "日本", "שלום",
    "👩‍⚕️", "\u2028", "\x0b", "\x1b", "\x7f", "\u00a0", "#", "[[", "= 1", "::: tip", "a", "Zz", "{refund_days}", "",
]  # fmt: skip


def odd(dice: random.Random, most: int = 200, *, needed: bool = True, one_line: bool = False) -> str:
    text = "".join(dice.choice(BITS) for _ in range(dice.randrange(12)))
    text = " ".join(text.split()) if one_line else text
    return (
        text[:most].strip() or ("x" if needed else "")
        if one_line
        else (text[:most] if text.strip() else "x" * needed)
    )


@pytest.mark.parametrize("seed", range(12))
def test_odd_texts_and_empty_fields_go_out_and_come_back(seed: int, now: dt.datetime) -> None:
    dice = random.Random(seed)  # noqa: S311
    made = factories.course(
        title=odd(dice, 120, one_line=True), lede=odd(dice), weeks=odd(dice, 20, needed=False, one_line=True),
        needs=[odd(dice, one_line=True) for _ in range(dice.randrange(3))], sequence="",
    )  # fmt: skip
    for number in range(1, 1 + dice.choice([1, 12])):
        module = factories.module(made, number, summary=odd(dice, needed=False))
        lesson = factories.lesson(
            module, 1, title=odd(dice, 120, one_line=True), body=odd(dice), transcript=odd(dice, needed=False),
            status=dice.choice(Lesson.Status.values), minutes=dice.randrange(90), preview=dice.random() < 0.5,
            sources=[{"text": odd(dice, one_line=True)} for _ in range(dice.randrange(2))],
            reviewed_on=dice.choice([None, dt.date(2026, 11, 20)]),
        )  # fmt: skip
        if dice.random() < 0.5:
            answers = [{"right": right, "text": odd(dice, one_line=True)} for right in (True, False)]
            lesson.checks.create(
                position=1, question=odd(dice, one_line=True), why=odd(dice), answers=answers
            )
            Material.objects.create(lesson=lesson, slug="page", position=3, title="Page", body=odd(dice))
    Exercise.objects.create(
        course=made, key="e1", slug="e1", name=odd(dice, 80, one_line=True), purpose="p", start=odd(dice),
        steps=[odd(dice, one_line=True)], dose={"sides": 2, "text": odd(dice, one_line=True), "sets": [1, 2]},
        easier=odd(dice, needed=False),
    )  # fmt: skip
    first = parcels.of(made)
    empty()
    taken_in(first, now)
    assert parcels.files(parcels.of(Course.objects.get())) == parcels.files(first)
    assert parcels.of(Course.objects.get()) == first


def test_more_than_a_hundred_lessons_keep_their_order(now: dt.datetime) -> None:
    module = factories.module(factories.course())
    for place in range(1, 102):
        factories.lesson(module, place)
    first = parcels.of(Course.objects.get())
    order = list(Lesson.objects.values_list("key", flat=True))
    empty()
    taken_in(first, now)
    assert list(Lesson.objects.values_list("key", flat=True)) == order
    assert parcels.files(parcels.of(Course.objects.get())) == parcels.files(first)
    assert parcels.of(Course.objects.get()) == first


def test_drafts_go_along_and_what_is_archived_stays_behind(course: Course, now: dt.datetime) -> None:
    Lesson.objects.filter(key="1.2").update(archived_at=now)
    factories.lesson(Module.objects.get(), 3, status="draft", body="", title="Only a title")
    names = set(parcels.files(parcels.of(course)))
    assert "courses/knots/modules/01-module-1/02-lesson-1-3.md" in names
    assert not any("lesson-1-2" in name for name in names)


def test_a_film_that_is_gone_from_the_storage_is_named(course: Course, tmp_path: Path) -> None:
    lesson = Lesson.objects.get(key="1.1")
    lesson.video.storage.delete(lesson.video.name)
    with pytest.raises(CommandError, match=r"Lesson 1\.1 Lesson 1\.1: its file video/"):
        call_command("export_course", "knots", str(tmp_path / "a.zip"), stdout=io.StringIO())
    assert list(tmp_path.glob("a.zip*")) == []


# ---- what it would change ----
def changed(course: Course, **files: bytes | str) -> bytes:
    """The zip of a course with some of its files otherwise; None takes one out."""
    named: dict[str, Any] = {**parcels.files(parcels.of(course)), **files}
    return parcels.zipped({name: said for name, said in named.items() if said is not None})


@pytest.fixture
def home(course: Course, now: dt.datetime) -> Course:
    """The course as it came from a zip, so that nothing counts as edited."""
    data = parcels.of(course)
    emptied()
    taken_in(data, now)
    return Course.objects.get()


def edited(home: Course) -> dict[str, Any]:
    """Files that change a lesson, a letter, a film; take a lesson out and bring a page along."""
    found = parcels.files(parcels.of(home))
    return {
        FIRST: found[FIRST].replace(b"Words to read.", b"Other words."),
        "courses/knots/media/lesson-1-1.mp4": parcels.OTHER_FILM,
        "letters/course/01-a1.md": found["letters/course/01-a1.md"].replace(b"Hello", b"Good day"),
        "courses/knots/modules/01-module-1/02-lesson-1-2.md": None,
        "pages/terms.md": '+++\ntitle = "Terms"\n+++\nFair ones.\n',
    }


FILM = f"{FIRST}: film media/lesson-1-1.mp4"


def test_the_plan_tells_everything_and_writes_nothing(home: Course, now: dt.datetime, settings: Any) -> None:
    before, stored = everything(), parcels.stored(settings.MEDIA_ROOT)
    report = planned(changed(home, **edited(home)), now)
    assert fates(report) == {
        "added": ["pages/terms.md"],
        "changed": [FIRST, "letters/course/01-a1.md"],
        "edited at the desk since: left alone": [FILM],
        "archived": ["1.2 Lesson 1.2"],
    }
    of_lesson = next(one for one in report.items if one.name == FIRST)
    assert of_lesson.changes == (Change("body", "Words to read.", "Other words."),)
    assert everything() == before
    assert parcels.stored(settings.MEDIA_ROOT) == stored
    assert StepRevision.objects.count() == 2


def test_it_does_exactly_what_the_plan_told(home: Course, now: dt.datetime) -> None:
    data = changed(home, **edited(home))
    plan = planned(data, now)
    done = taken_in(data, now)
    assert [(one.name, one.fate) for one in done.items] == [(one.name, one.fate) for one in plan.items]
    lesson = Lesson.objects.get(key="1.1")
    assert (lesson.body, parcels.read(lesson.video)) == ("Other words.", parcels.FILM)
    assert Lesson.objects.get(key="1.2").archived_at == now
    assert Step.objects.get(key="a1").revision.body.startswith("Good day")  # type: ignore[union-attr]


def test_what_was_edited_is_left_alone_unless_the_file_is_chosen(home: Course, now: dt.datetime) -> None:
    data = changed(home, **edited(home), **{"pages/safety.md": '+++\ntitle = "Safety"\n+++\nTheirs.\n'})
    Lesson.objects.filter(key="1.1").update(body="Mine.")
    Page.objects.update(body="Mine.")
    step = Step.objects.get(key="a1")
    publish.step(
        sequence=step.sequence, key="a1", subject="Mine", preheader="", body="{button:Mine}", day=0,
        subject_of="1.1", position=step.position, now=now,
    )  # fmt: skip
    kept = {FIRST, FILM, "letters/course/01-a1.md", "pages/safety.md"}
    assert set(taken_in(data, now).kept) == kept
    assert Lesson.objects.get(key="1.1").body == "Mine."
    report = taken_in(data, now, take=(FIRST, FILM, "letters/course/01-a1.md"))
    assert [one.name for one in report.items if one.taken] == [FIRST, FILM, "letters/course/01-a1.md"]
    lesson = Lesson.objects.get(key="1.1")
    assert (lesson.body, parcels.read(lesson.video)) == ("Other words.", parcels.OTHER_FILM)
    assert (Page.objects.get(slug="safety").body, report.kept) == ("Mine.", ["pages/safety.md"])
    assert Step.objects.get(key="a1").revision.body.startswith("Good day")  # type: ignore[union-attr]


def test_a_plan_that_no_longer_holds_is_refused_and_nothing_is_done(
    home: Course, now: dt.datetime, settings: Any
) -> None:
    data = changed(home, **edited(home))
    seen = fingerprint(planned(data, now).items)
    Lesson.objects.filter(key="1.1").update(body="Written meanwhile.")
    before, stored = everything(), parcels.stored(settings.MEDIA_ROOT)
    with pytest.raises(arrival.StaleError):
        taken_in(data, now, seen=seen, take=(FILM,))
    assert everything() == before
    assert parcels.stored(settings.MEDIA_ROOT) == stored
    assert StepRevision.objects.count() == 2


def test_a_fault_at_the_very_end_leaves_no_row_and_no_file(
    home: Course, now: dt.datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise OSError("The disk is full.")

    data = changed(home, **edited(home))
    before, stored = everything(), parcels.stored(settings.MEDIA_ROOT)
    monkeypatch.setattr(arrival.writing, "pages_into", fails)
    with pytest.raises(OSError, match="The disk is full"), arrival.unpacked(io.BytesIO(data)) as found:
        arrival.carry_out(found, now=now, seen="", take=(FILM,))
    assert everything() == before
    assert parcels.stored(settings.MEDIA_ROOT) == stored
    assert list(Path(settings.VAR).glob("course-*")) == []


def test_the_second_time_is_stale_or_changes_nothing(home: Course, now: dt.datetime) -> None:
    data = changed(home, **edited(home))
    seen = fingerprint(planned(data, now).items)
    taken_in(data, now, seen=seen)
    with pytest.raises(arrival.StaleError):
        taken_in(data, now, seen=seen)
    before = everything()
    assert fates(taken_in(data, now)) == {"edited at the desk since: left alone": [FILM]}
    assert everything() == before


def test_a_lesson_that_comes_back_is_told_so(home: Course, now: dt.datetime) -> None:
    whole = parcels.of(home)
    taken_in(changed(home, **edited(home)), now)
    assert "1.2 Lesson 1.2" not in planned(whole, now).archived
    second = "courses/knots/modules/01-module-1/02-lesson-1-2.md"
    assert fates(planned(whole, now))["brought back from the archive"] == [second]


def test_the_commands_show_first_and_then_do(course: Course, tmp_path: Path) -> None:
    file, out = tmp_path / "knots.zip", io.StringIO()
    call_command("export_course", "knots", str(file), stdout=out)
    assert out.getvalue() == f"knots: 11 files in {file}\n"
    assert file.read_bytes() == parcels.of(course)
    emptied()
    out = io.StringIO()
    call_command("import_course", str(file), stdout=out)
    assert out.getvalue().splitlines()[-2:] == ["10 added", "Nothing was changed. With --yes it is done."]
    assert Course.objects.count() == 0
    call_command("import_course", str(file), "--yes", stdout=out)
    assert Course.objects.count() == 1
    Lesson.objects.filter(key="1.1").update(body="Mine.")
    with pytest.raises(CommandError, match="--take x: nothing of that name was edited"):
        call_command("import_course", str(file), "--take", "x", stdout=out)
    call_command("import_course", str(file), "--yes", "--take", FIRST, stdout=out)
    assert Lesson.objects.get(key="1.1").body == "Words to read."
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_course", str(tmp_path / "none.zip"))
    with pytest.raises(CommandError, match="There is no course none"):
        call_command("export_course", "none", str(file))


@pytest.mark.parametrize(
    "text", ["a\n+++\nb", "+++", " +++ \n", "\x0bx\ny", "\x7f", "a\rb\nc", "\u2028\n", "x\n+++"]
)
def test_any_text_goes_into_front_matter_and_out_again(text: str) -> None:
    head, _ = frontmatter.parse(export.document({"a": text, "b": [{"c": text}]}, "Words."))
    assert head == {"a": text, "b": [{"c": text}]}
