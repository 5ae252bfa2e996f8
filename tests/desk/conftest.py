"""A desk with something on it: a course with a lesson of everything, a student, an order, letters."""

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from courses import access
from courses.models import Check, Course, Enrolment, Exercise, Illustration, Lesson, Material, Page
from mailing import consent, drip, suppression
from mailing.models import Consent, Suppression
from tests import factories
from tests.payments import shop
from tests.payments.world import World

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>Ears over shoulders</title></svg>'
DOSE = {"text": "6 glides, twice a day", "hold_seconds": [2, 3], "sides": 1}


@pytest.fixture
def at(now: dt.datetime) -> dt.datetime:
    """The site's clock shows `now`."""
    offset = math.ceil((now - timezone.now()).total_seconds())
    Path(str(settings.CLOCK_FILE)).write_text(str(offset))
    return now


@pytest.fixture
def world(db: None, settings: Any, now: dt.datetime) -> Iterator[World]:
    """The gateway, and whatever a test did: in the end money, access and letters agree."""
    yield World(settings=settings, now=now)
    shop.assert_sound()


@pytest.fixture
def knots(db: None) -> Course:
    """Two lessons; the first has a card, a drawing, two questions and a sheet."""
    course = factories.small_course(
        days=(0, 1), needs=["a towel", "a wall"], includes=["letters"], description="A self-help course."
    )
    course.sections.create(key="opening", position=1, heading="Under the blade", body="It pulls.")
    course.questions.create(position=1, question="Will it help?", answer="Results vary.")
    furnish(Lesson.objects.get(position=1))
    Page.objects.create(slug="safety", title="Safety", body="See a doctor first.")
    return course


def furnish(lesson: Lesson) -> None:
    lesson.body = "Words.\n\n::exercise e03\n\n::figure spine\n\n::check 1\n\n::check 2\n"
    lesson.sources = [{"code": "MAYO, CC", "text": "A page for patients."}, {"text": "Known for long."}]
    lesson.save()
    for name in ("e03", "spine"):
        Illustration.objects.create(course=lesson.course, name=name, svg=SVG)
    for number in (1, 2):
        answers = [{"text": "Yes", "right": number == 1}, {"text": "No", "right": number == 2}]
        Check.objects.create(
            lesson=lesson, position=number, question=f"Question {number}?", why="Because.", answers=answers
        )
    Material.objects.create(lesson=lesson, slug="sheet", position=1, title="Sheet", body="Print me.")
    Exercise.objects.create(
        course=lesson.course, key="e03", slug="chin-glide", name="Chin glide", purpose="Rest for the neck.",
        start="Sit tall.", steps=["Look ahead.", "Slide back."], dose=DOSE, needs=["chair"], avoid=["dizziness"],
    )  # fmt: skip


@pytest.fixture
def seat(ann: User, knots: Course, service_letters: None, at: dt.datetime) -> Enrolment:
    """Ann is in and has a letter waiting."""
    grant = access.grant(user=ann, course=knots, source="free", now=at)
    drip.plan(now=at)
    return grant.enrolment


@pytest.fixture
def busy(seat: Enrolment, ben: User, knots: Course, at: dt.datetime) -> Any:
    """A row in every list."""
    consent.withdraw(contact=ben.contact, purpose=Consent.Purpose.LESSONS, source="desk", now=at)
    suppression.put(
        email="gone@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.HARD_BOUNCE, now=at
    )
    return shop.begin(knots, now=at, user=ben)
