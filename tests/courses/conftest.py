"""A course with something of every kind, and a word in each lesson that must be seen nowhere else."""

import datetime as dt
import math
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from courses import access
from courses.models import Course, Enrolment, Exercise, Illustration, Lesson, Material
from tests import factories

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>{word}</title></svg>'
ANSWERS = [{"text": "canarywrong{n}", "right": False}, {"text": "canaryright{n}", "right": True}]


def show(moment: dt.datetime) -> None:
    """Let the site's clock show `moment`, or a second later, for views; it may lie in the past."""
    offset = math.ceil((moment - timezone.now()).total_seconds())
    Path(str(settings.CLOCK_FILE)).write_text(str(offset))


@pytest.fixture
def at(now: dt.datetime) -> dt.datetime:
    """The site's clock shows `now`."""
    show(now)
    return now


@pytest.fixture
def full() -> Course:
    """Lessons: 1 free preview, 2 open at once, 3 opens on day 3, 4 draft, 5 not written yet, 6 archived."""
    course = factories.course()
    module = factories.module(course)
    for number in range(1, 7):
        lesson = factories.lesson(
            module,
            number,
            body=f"canarybody{number}\n\n::exercise e0{number}\n\n::figure fig{number}\n\n::check 1\n",
            goal=f"Goal {number}",
            summary=f"canarysummary{number}",
            transcript=f"canarytranscript{number}",
            sources=[{"code": "S", "text": f"canarysource{number}"}],
            preview=number == 1,
            release_days=3 if number == 3 else 0,
        )
        furnish(lesson, number)
    Lesson.objects.filter(position=4).update(status=Lesson.Status.DRAFT)
    Lesson.objects.filter(position=5).update(status=Lesson.Status.OUTLINE)
    Lesson.objects.filter(position=6).update(archived_at=factories.JOINED)
    return course


def furnish(lesson: Lesson, number: int) -> None:
    course = lesson.course
    lesson.video.save("film.mp4", ContentFile(f"canaryvideo{number}".encode() * 100))
    lesson.captions.save("film.vtt", ContentFile(f"WEBVTT canarycaptions{number}".encode()))
    lesson.checks.create(
        position=1,
        question=f"canaryquestion{number}",
        why=f"canarywhy{number}",
        answers=[{**one, "text": str(one["text"]).format(n=number)} for one in ANSWERS],
    )
    lesson.materials.create(position=1, slug="sheet", title=f"Sheet {number}", body=f"canarysheet{number}")
    file = ContentFile(f"canaryfile{number}".encode())
    Material.objects.create(lesson=lesson, slug="file", position=2, title=f"File {number}").file.save(
        "a.pdf", file
    )
    Exercise.objects.create(
        course=course, key=f"e0{number}", slug=f"move-{number}", name=f"canaryname{number}", purpose="p", start="s",
        steps=[f"canarystep{number}"], dose={"text": "3 times"},
    )  # fmt: skip
    for name in (f"e0{number}", f"fig{number}"):
        Illustration.objects.create(course=course, name=name, svg=SVG.format(word=f"canarydrawing{number}"))


@pytest.fixture
def seat(ann: User, full: Course, at: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=full, source="free", now=at).enrolment
