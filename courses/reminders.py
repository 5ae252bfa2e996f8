"""What courses says about a letter that is about to go: settings.LETTER_GUARD points here."""

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.db.models import Exists, OuterRef

from courses import release
from courses.models import Enrolment, Lesson, LessonProgress
from mailing.guards import Cancel, Send, Skip, Verdict, Wait
from mailing.models import Consent, Run


def guard(*, source: str, subject_of: str, now: dt.datetime) -> Verdict:
    """May a letter about `subject_of` ("course/lesson key", or empty) go to whoever stands behind `source`
    ("enrolment:42")? A letter that may go promises that its lesson is open, so the person's zone is settled first."""
    word, _, number = source.partition(":")
    found = (
        Enrolment.objects.with_access().filter(pk=number)
        if word == "enrolment" and number.isdigit()
        else None
    )
    enrolment = found.select_related("course", "user__contact").first() if found is not None else None
    if enrolment is None:
        return Cancel("no access")
    release.rezone(enrolment=enrolment, now=now)
    if not subject_of:
        return Send(context(enrolment, None))
    return verdict(enrolment, subject_of.rpartition("/")[2], now=now)


def verdict(enrolment: Enrolment, key: str, *, now: dt.datetime) -> Verdict:
    lesson = Lesson.objects.published().filter(course=enrolment.course, key=key).first()
    if lesson is None:
        return Skip("lesson not published")
    if LessonProgress.objects.filter(enrolment=enrolment, lesson=lesson).exclude(done_at=None).exists():
        return Skip("lesson done")
    opens_at = release.opens_at(lesson, enrolment, now=now)
    return Wait(opens_at) if opens_at > now else Send(context(enrolment, lesson))


def announced(enrolments: Collection[Enrolment]) -> set[tuple[str, str]]:
    """Which lessons a letter will be written about, as (enrolment's word, lesson's subject): one query.

    Pages promise a letter only for these.
    """
    stopped = Consent.objects.filter(
        contact=OuterRef("contact"), purpose=Consent.Purpose.LESSONS, state=Consent.State.WITHDRAWN
    )
    running = Run.objects.filter(source__in=[one.word for one in enrolments], state=Run.State.ACTIVE)
    told = running.exclude(Exists(stopped)).filter(sequence__steps__archived_at=None)
    return set(told.values_list("source", "sequence__steps__subject_of"))


def context(enrolment: Enrolment, lesson: Lesson | None) -> dict[str, str]:
    """What a letter may name; without a lesson its button leads to where Continue leads."""
    course = enrolment.course
    words = {"course_title": course.title, "course_url": f"{settings.SITE_URL}{course.get_absolute_url()}"}
    if lesson is None:
        return {
            **words,
            "lesson_title": course.title,
            "lesson_url": f"{settings.SITE_URL}/learn/{course.slug}/continue/",
        }
    lesson.course = course
    return {
        **words,
        "lesson_title": lesson.title,
        "lesson_url": f"{settings.SITE_URL}{lesson.get_absolute_url()}",
    }
