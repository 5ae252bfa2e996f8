import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mailing import letterfiles, publish
from mailing.models import Sequence, Step, StepRevision
from tests.mailing import scene

pytestmark = pytest.mark.django_db
FILE = """+++
key = "a1"
subject = "First"
preheader = "peek"
day = 1
lesson = "1.3"
+++
Hello {first_name},

{button:Open the lesson}
"""


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.CONTENT_DIR = tmp_path
    made = tmp_path / "letters" / "course"
    made.mkdir(parents=True)
    (made / "01-first.md").write_text(FILE)
    return made


def test_publishing_the_same_words_twice_makes_one_revision(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    step = scene.step(course, 1, day=0, now=now)
    assert scene.step(course, 1, day=0, now=now) == step
    assert StepRevision.objects.count() == 1


def test_new_words_make_a_new_revision_and_keep_the_old(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    scene.step(course, 1, day=0, now=now)
    step = scene.step(course, 1, day=0, now=now, subject="Better")
    assert [(r.number, r.subject) for r in step.revisions.all()] == [(2, "Better"), (1, "Letter 1")]
    assert step.revision == step.revisions.get(number=2)


def test_a_new_day_moves_who_waits(now: dt.datetime) -> None:
    course = scene.sequence(1, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    scene.step(course, 1, day=3, now=now)
    run.refresh_from_db()
    assert run.next_due_at == dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)


def test_a_new_hour_moves_who_waits(now: dt.datetime) -> None:
    course = scene.sequence(1, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    for _ in range(2):
        publish.change_sequence(
            sequence=course, title="Course", state=Sequence.State.LIVE, send_at=dt.time(8), now=now
        )
    run.refresh_from_db()
    assert run.next_due_at == dt.datetime(2026, 11, 21, 13, 0, tzinfo=dt.UTC)


def test_archiving_and_restoring_twice_changes_nothing_more(now: dt.datetime) -> None:
    step = scene.step(scene.sequence(now=now), 1, day=0, now=now)
    assert [publish.archive(step=step, now=now) for _ in range(2)] == [True, False]
    assert [publish.restore(step=step, now=now) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"body": "No way in."}, "The button is missing"),
        ({"body": "{button:One}\n\n{button:Two}"}, "A letter has one button"),
        ({"body": "Press {button:here} now"}, "A letter has one button"),
        ({"body": "{nobody_knows}\n\n{button:Go}"}, "Unknown placeholder: nobody_knows"),
        ({"subject": "{lesson_name}"}, "Unknown placeholder: lesson_name"),
        ({"subject": " "}, "The subject must be one line"),
        ({"subject": "Two\nlines"}, "The subject must be one line"),
        ({"body": "long " * 30_000 + "\n\n{button:Go}"}, "longer than mail programs show"),
    ],
)
def test_a_text_that_would_shame_us_is_refused(change: dict[str, str], says: str, now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    with pytest.raises(publish.Refused, match=says):
        scene.step(course, 1, day=0, now=now, **change)
    assert Step.objects.count() == 0


def test_raw_html_in_a_letter_is_text(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    step = scene.step(course, 1, day=0, now=now, body="<script>x</script>\n\n{button:Go}\n")
    assert step.revision is not None
    assert "<script" not in step.revision.html


def test_a_link_may_lead_to_a_placeholder(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    step = scene.step(course, 1, day=0, now=now, body="See [the lesson]({lesson_url}).\n\n{button:Go}\n")
    assert step.revision is not None
    assert 'href="{lesson_url}"' in step.revision.html
    assert "the lesson: {lesson_url}" in step.revision.text


def test_importing_twice_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_letters")
    call_command("import_letters")
    assert capsys.readouterr().out == "course/01-first.md: new\nLetters: 1 new\nLetters: 1 same\n"
    step = Step.objects.get()
    assert (step.key, step.day, step.subject_of, step.position) == ("a1", 1, "1.3", Decimal("1.00"))
    assert StepRevision.objects.count() == 1


def test_a_changed_file_is_a_new_revision(folder: Path, now: dt.datetime) -> None:
    path = folder / "01-first.md"
    assert letterfiles.bring_in(path=path, now=now).word == "new"
    path.write_text(FILE.replace("Hello", "Good morning").replace("day = 1", "day = 2"))
    assert letterfiles.bring_in(path=path, now=now).word == "changed"
    assert letterfiles.bring_in(path=path, now=now).word == "same"
    assert (Step.objects.get().day, StepRevision.objects.count()) == (2, 2)


def test_what_the_coach_edited_is_left_alone(
    folder: Path, now: dt.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_letters")
    step = Step.objects.get()
    publish.step(
        sequence=step.sequence, key="a1", subject="Mine", preheader="", body=scene.BODY,
        day=1, subject_of="1.3", position=1, now=now,
    )  # fmt: skip
    (folder / "01-first.md").write_text(FILE.replace("Hello", "Good morning"))
    call_command("import_letters")
    step.refresh_from_db()
    assert step.revision is not None
    assert step.revision.subject == "Mine"
    assert "course/01-first.md: left alone: edited at the desk since" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{button:Open the lesson}", "Bye.", "course/01-first.md: The button is missing"),
        ("{first_name}", "{firstname}", "course/01-first.md: Unknown placeholder: firstname"),
        ('key = "a1"', "", "course/01-first.md: key is missing in the front matter"),
        ("day = 1", "day = ", "course/01-first.md: Not valid TOML"),
    ],
)
def test_a_bad_file_is_named_and_the_others_come_in(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "01-first.md").write_text(FILE.replace(old, new))
    (folder / "02-second.md").write_text(FILE.replace('"a1"', '"a2"'))
    with pytest.raises(CommandError, match=says):
        call_command("import_letters")
    assert list(Step.objects.values_list("key", flat=True)) == ["a2"]


def test_all_letters_that_come_with_the_site_can_be_published(now: dt.datetime) -> None:
    for path in scene.letter_files():
        assert letterfiles.bring_in(path=path, now=now).word == "new"
    assert Step.objects.count() == len(scene.letter_files()) > 0
