"""What another rule of a lesson would do to everybody in the course: counted by the rule itself, nothing written."""

import datetime as dt
from collections import Counter
from copy import copy
from dataclasses import dataclass

from courses import release, rules
from courses.models import Enrolment, Lesson, LessonProgress, Opening
from mailing import schedule, zones
from mailing.models import Letter, Run, Step


@dataclass(frozen=True)
class Touched:
    """How many students, by what the other rule means for them. Who has no access is not counted."""

    stays: int = 0  # it is open for them, and stays so
    now: int = 0  # it opens for them at once
    earlier: int = 0
    later: int = 0
    waits: int = 0  # had a day, and waits for something to be done
    known: int = 0  # waited for something to be done, and has a day
    same: int = 0
    letters: tuple[tuple[str, int], ...] = ()  # subject, and for how many that letter moves

    @property
    def moved(self) -> int:
        return self.now + self.earlier + self.later + self.waits + self.known


def impact(*, lesson: Lesson, rule: rules.Rule, now: dt.datetime) -> Touched:
    """What `release.reschedule` would do: of a draft, nothing to anybody. Changes nothing. A few queries for each
    portion of students."""
    if not lesson.is_written:
        return Touched()
    before, after = copy(lesson), copy(lesson)
    after.rule = rule
    counted: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    for portion in release.students([lesson]):
        allowed = set(
            Enrolment.objects.with_access()
            .filter(pk__in=[one.pk for one in portion])
            .values_list("pk", flat=True)
        )
        mine = [one for one in portion if one.pk in allowed]
        given = open_for_ever(lesson, mine)
        old = [due for _, _, due in release.dues([before], mine, now=now)]
        new = [due for _, _, due in release.dues([after], mine, now=now)]
        moved: dict[int, tuple[release.Due, release.Due]] = {}
        for one, was, will in zip(mine, old, new, strict=True):
            word = "stays" if one.pk in given or was.is_open(now) else change(was, will, now)
            counted[word] += 1
            if word not in ("stays", "same"):
                moved[one.pk] = (was, will)
        letters += moved_letters(lesson, moved, now)
    return Touched(**counted, letters=tuple(sorted(letters.items())))


def open_for_ever(lesson: Lesson, enrolments: list[Enrolment]) -> set[int]:
    """For whom, whatever the rule says."""
    pks = [one.pk for one in enrolments]
    opened = Opening.objects.filter(lesson=lesson, enrolment__in=pks).values_list("enrolment", flat=True)
    begun = LessonProgress.objects.filter(lesson=lesson, enrolment__in=pks).values_list(
        "enrolment", flat=True
    )
    return {*opened, *begun}


def change(was: release.Due, will: release.Due, now: dt.datetime) -> str:
    """One of the names of Touched."""
    if was.at == will.at:
        return "same"
    if will.is_open(now):
        return "now"
    if will.at is None:
        return "waits"
    if was.at is None:
        return "known"
    return "later" if will.at > was.at else "earlier"


def moved_letters(
    lesson: Lesson, moved: dict[int, tuple[release.Due, release.Due]], now: dt.datetime
) -> Counter[str]:
    """By subject, how many get the letter about this lesson at another time: it goes on its own day, never before its
    lesson is open."""
    found: Counter[str] = Counter()
    steps = Step.objects.filter(
        subject_of__in=[lesson.key, lesson.subject],
        sequence__slug=lesson.course.sequence,
        archived_at=None,
        revision__isnull=False,
    )
    for step in steps.select_related("sequence", "revision"):
        sources = {f"enrolment:{pk}": pk for pk in moved}
        runs = Run.objects.filter(
            sequence=step.sequence,
            source__in=sources,
            state=Run.State.ACTIVE,
            next_step__position__lte=step.position,
        )
        has = set(Letter.objects.filter(run__in=runs, revision__step=step).values_list("run", flat=True))
        for run in runs.select_related("contact"):
            due = schedule.due(step=step, anchor_at=run.anchor_at, zone=zones.of(run.contact))
            was, will = (one.at and max(one.at, due, now) for one in moved[sources[run.source]])
            found[step.revision.subject if step.revision else ""] += was != will and run.pk not in has
    return Counter({subject: number for subject, number in found.items() if number})
