"""What a student did with a lesson: seen, done, undone, answered, how far read.

Whoever calls has asked for the right (courses.doors).
"""

import datetime as dt

from django.db import transaction

from courses import journeys, release
from courses.models import Check, CheckAnswer, Enrolment, Lesson, LessonProgress
from mailing import drip, locks

A_VISIT = dt.timedelta(hours=3)  # a look so long after the last one is another visit
MOST_VISITS = 1_000


class NoSuchAnswer(ValueError):
    """The chosen answer is none of those offered."""


def seen(*, enrolment: Enrolment, lesson: Lesson, now: dt.datetime) -> LessonProgress:
    """The lesson was looked at. Again: only the times of the last look move, and hours later it is another visit."""
    release.rezone(enrolment=enrolment, now=now)
    journeys.was_there(enrolment, since=enrolment.last_seen_at, now=now)
    step, made = LessonProgress.objects.get_or_create(
        enrolment=enrolment, lesson=lesson, defaults={"first_seen_at": now, "last_seen_at": now}
    )
    if not made:
        if now - step.last_seen_at >= A_VISIT:
            step.visits = min(step.visits + 1, MOST_VISITS)
        step.last_seen_at = now
        step.save(update_fields=["last_seen_at", "visits"])
    Enrolment.objects.filter(pk=enrolment.pk).update(last_lesson=lesson, last_seen_at=now)
    enrolment.last_seen_at = now
    return step


@transaction.atomic
def complete(*, enrolment: Enrolment, lesson: Lesson, now: dt.datetime) -> LessonProgress:
    """The lesson is done, and the letter that would nag about it is skipped; the last one finishes the course.

    The second call keeps the first moment. A finished course stays finished: `completed_at` is set once.
    Locks the enrolment, so that of two last lessons done at once one sees the other, then the person's runs, because
    their letters change. What opens with it is written
    down as open here: whoever changes the course at this moment cannot see yet that it is done.
    """
    Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    locks.take(enrolment.user.contact_id)
    step = seen(enrolment=enrolment, lesson=lesson, now=now)
    if LessonProgress.objects.filter(pk=step.pk, done_at=None).update(done_at=now):
        release.freeze(enrolment=enrolment, now=now, waiting_only=True)
        drip.skip(source=enrolment.word, subject_of=lesson.subject, reason="lesson done", now=now)
    unfinished = Enrolment.objects.filter(pk=enrolment.pk, completed_at=None)
    if not left(enrolment) and unfinished.update(completed_at=now):
        journeys.finished(enrolment, now=now)
    step.refresh_from_db()
    enrolment.refresh_from_db(fields=["completed_at", "last_lesson", "last_seen_at"])
    return step


def left(enrolment: Enrolment) -> int:
    """How many published lessons are not done yet."""
    done = LessonProgress.objects.filter(enrolment=enrolment).exclude(done_at=None)
    return Lesson.objects.published().filter(course=enrolment.course_id).exclude(progress__in=done).count()


@transaction.atomic
def undo(*, enrolment: Enrolment, lesson: Lesson, now: dt.datetime) -> None:
    """Not done after all. A finished course stays finished, and so does open what being done has opened. The second
    call changes nothing."""
    release.freeze(enrolment=enrolment, now=now, waiting_only=True)
    LessonProgress.objects.filter(enrolment=enrolment, lesson=lesson).update(done_at=None, last_seen_at=now)


def answer(*, enrolment: Enrolment, check: Check, chosen: int, now: dt.datetime) -> CheckAnswer:
    """Keep the latest answer to a self-check. Raises NoSuchAnswer. Again: the same row, the new choice."""
    if not 0 <= chosen < len(check.answers):
        raise NoSuchAnswer(chosen)
    seen(enrolment=enrolment, lesson=check.lesson, now=now)
    given, _ = CheckAnswer.objects.update_or_create(
        enrolment=enrolment, check_question=check, defaults={"chosen": chosen, "answered_at": now}
    )
    return given


def remember(
    *,
    enrolment: Enrolment,
    lesson: Lesson,
    now: dt.datetime,
    read_percent: int | None = None,
    video_seconds: int | None = None,
) -> LessonProgress:
    """Where the reader is: percent of the page, second of the video; None leaves a place as it was.

    Out of range is brought into it. The second call with the same places moves only the time of the last look.
    """
    step = seen(enrolment=enrolment, lesson=lesson, now=now)
    if read_percent is not None:
        step.read_percent = min(max(read_percent, 0), 100)
    if video_seconds is not None:
        step.video_seconds = min(max(video_seconds, 0), 24 * 60 * 60)
    step.save(update_fields=["read_percent", "video_seconds"])
    return step
