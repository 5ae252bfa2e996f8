"""What courses says about letters that are about to go: settings.LETTER_GUARD points here."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from collections.abc import Sequence as Several

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from courses import minicourse, release, waiting
from courses.models import Enrolment, Lesson, LessonProgress, Opening
from coursesite.lib import localtime
from mailing.guards import Again, Answer, Cancel, Question, Send, Skip, Verdict, Wait, settled
from mailing.models import Consent, Run, Sequence

Key = tuple[int, str]
WAITS = "Its lesson opens once another is done."
RESTS = "The schedule rests until it is woken."
UNKNOWN = dt.timedelta(days=1000)  # further than anybody looks ahead


def guard(*, source: str, subject_of: str, now: dt.datetime) -> Verdict:
    """One question about a letter of the course; see `answers`."""
    return settled(answers([Question(source=source, subject_of=subject_of, now=now)])[0])


def answers(questions: Several[Question]) -> list[Answer]:
    """May these letters go? `subject_of` is "course/lesson key", a lesson's key or empty; `source` "enrolment:42" or
    "visitor:7". A letter that may go promises that its lesson is open, so the person's zone is settled first.

    A handful of queries, however many questions. In their order.
    """
    known = Known(questions)
    visitors = minicourse.answers([one for one in questions if one.source.startswith("visitor:")])
    return [visitors[one] if one in visitors else known.answer(one) for one in questions]


def lessons(sequence: str) -> list[str]:
    """The keys of the lessons of every course that starts this sequence, in order; none if no course does."""
    found = Lesson.objects.filter(course__sequence=sequence)
    return list(found.values_list("key", flat=True))


class Known:
    """What has to be known of the students and lessons that are asked about."""

    def __init__(self, questions: Several[Question]) -> None:
        pks = {number(one.source) for one in questions} - {0}
        found = Enrolment.objects.with_access().filter(pk__in=pks).select_related("course", "user__contact")
        self.enrolments = {one.pk: one for one in found} if pks else {}
        courses = {one.course_id for one in self.enrolments.values()}
        keys = {key(one) for one in questions if one.subject_of}
        lessons = Lesson.objects.published().filter(course__in=courses, key__in=keys).defer("body")
        self.lessons: dict[Key, Lesson] = (
            {(one.course_id, one.key): one for one in lessons} if courses else {}
        )
        self.done, self.since = self._of_students()
        self.seats = self._of_reminded(questions)
        self.crowd = waiting.Crowd(self.lessons.values(), list(self.enrolments))

    def _of_students(self) -> tuple[set[tuple[int, int]], dict[tuple[int, int], dt.datetime]]:
        """Lessons that are done; since when a lesson is open for ever, by an Opening or because it was begun."""
        done: set[tuple[int, int]] = set()
        since: dict[tuple[int, int], dt.datetime] = {}
        if not self.lessons:
            return done, since
        about = Q(enrolment__in=self.enrolments, lesson__in=[one.pk for one in self.lessons.values()])
        begun = LessonProgress.objects.filter(about)
        for enrolment, lesson, first_seen_at, done_at in begun.values_list(
            "enrolment", "lesson", "first_seen_at", "done_at"
        ):
            since[enrolment, lesson] = first_seen_at
            if done_at:
                done.add((enrolment, lesson))
        for enrolment, lesson, opened_at in Opening.objects.filter(about).values_list(
            "enrolment", "lesson", "opened_at"
        ):
            since[enrolment, lesson] = opened_at
        return done, since

    def _of_reminded(self, questions: Several[Question]) -> dict[int, list[Enrolment]]:
        """All courses of those whose reminders are asked about, by user: these are one flow for each person."""
        found: dict[int, list[Enrolment]] = defaultdict(list)
        reminders = {number(one.source) for one in questions if one.kind == Sequence.Kind.NUDGE}
        if users := {self.enrolments[pk].user_id for pk in reminders if pk in self.enrolments}:
            seats = Enrolment.objects.with_access().filter(user__in=users).order_by("pk")
            for one in seats.select_related("course", "user__contact"):
                found[one.user_id].append(one)
        return found

    def answer(self, question: Question) -> Answer:
        enrolment = self.enrolments.get(number(question.source))
        if enrolment is None:
            return Cancel("no access")
        if not question.is_look:
            release.rezone(enrolment=enrolment, now=question.now)
        if question.kind == Sequence.Kind.NUDGE:
            return quiet(self.seats[enrolment.user_id], question)
        if question.condition:
            return Skip(condition(question.condition))
        if question.kind == Sequence.Kind.COMPLETION or not question.subject_of:
            return Send(context(enrolment, None))
        return self.about_lesson(enrolment, question)

    def about_lesson(self, enrolment: Enrolment, question: Question) -> Verdict:
        lesson, now = self.lessons.get((enrolment.course_id, key(question))), question.now
        if lesson is None:
            return Skip("lesson not published")
        if (enrolment.pk, lesson.pk) in self.done:
            return Skip("lesson done")
        awaited = self.crowd.awaited(enrolment, lesson)
        by_rule = release.due(lesson.rule, enrolment, awaited=awaited, now=now)
        due = release.kept(by_rule, self.since.get((enrolment.pk, lesson.pk)))
        if due.is_open(now):
            return Send(context(enrolment, lesson))
        if due.at is not None and not due.waits:
            return Wait(due.at)
        return Wait(look_again(due, release.zone(enrolment), question), WAITS if due.waits else RESTS)


def look_again(due: release.Due, zone: str, question: Question) -> dt.datetime:
    """What has to be done first can be done on any day, so each morning is looked anew. Who only looks ahead is told
    that nobody can know."""
    if question.is_look:
        return due.at or question.now + UNKNOWN
    today = localtime.days_after(question.now, 0, zone)
    morning = today if today > question.now else localtime.days_after(question.now, 1, zone)
    return min(morning, due.at) if due.at else morning


def number(source: str) -> int:
    """The enrolment's of "enrolment:42", 0 for any other word."""
    word, _, digits = source.partition(":")
    return int(digits) if word == "enrolment" and digits.isdigit() else 0


def key(question: Question) -> str:
    return question.subject_of.rpartition("/")[2]


def quiet(seats: list[Enrolment], question: Question) -> Answer:
    """Whoever did something in any course, or signed in, since the spell began is not reminded. Otherwise of the course
    in which they were last."""
    unfinished = [one for one in seats if one.completed_at is None and one.course.sequence]
    if not unfinished:
        return Cancel("course finished")
    seen = [at for one in seats for at in (one.last_seen_at, one.user.last_login) if at]
    latest = max(seen, default=None)
    if latest and question.since and latest > question.since:
        return Again(latest, "They came back.")
    return Send(context(max(unfinished, key=lambda one: one.last_seen_at or one.joined_at), None))


def conditions() -> dict[str, str]:
    """Wired as settings.LETTER_CONDITIONS: for whom a letter with such a word goes out."""
    return {"minerals": "only for whom the cause finder points to minerals; nobody can answer it yet"}


def condition(word: str) -> str:
    """Why a letter for some people only does not go to this one."""
    if word == "minerals":  # true for 4 or more points of C1 in the cause finder, which is not built yet
        return "the cause finder was not answered"
    return f"nobody knows for whom {word!r} is true"


def announced(enrolments: Collection[Enrolment]) -> set[tuple[str, str]]:
    """Which lessons a letter will be written about, as (enrolment's word, lesson's subject): one query.

    Pages promise a letter only for these.
    """
    stopped = Consent.objects.filter(
        contact=OuterRef("contact"), purpose=Consent.Purpose.LESSONS, state=Consent.State.WITHDRAWN
    )
    running = Run.objects.filter(source__in=[one.word for one in enrolments], state=Run.State.ACTIVE)
    told = running.exclude(Exists(stopped)).filter(
        sequence__kind=Sequence.Kind.DRIP, sequence__steps__archived_at=None
    )
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
