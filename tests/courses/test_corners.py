"""Corners of courses in which letters broke."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from courses import access, progress, release
from courses.models import Course, Enrolment, Grant, Lesson
from mailing import broadcasts, contacts, drip, evidence, switching
from mailing.models import Broadcast, DeliveryEvent, Letter, Run, Sequence
from tests import factories
from tests.courses import letters
from tests.courses.letters import DAY, HOUR, live, sent, tick
from tests.mailing import hands

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="rows locked one by one")


def two_courses(now: dt.datetime) -> tuple[Course, Course]:
    letters.all_kinds(now)
    one = factories.small_course(days=(0, 1, 3))
    other = factories.small_course(days=(0,), slug="neck", title="Neck", sequence="neck")
    letters.write("neck", "drip", 0, now=now)
    return one, other


def finish(enrolment: Enrolment, *, now: dt.datetime) -> None:
    for lesson in Lesson.objects.filter(course=enrolment.course_id):
        progress.complete(enrolment=enrolment, lesson=lesson, now=now)


def joined(user: User, *, now: dt.datetime) -> Grant:
    """Ann is in a course of two lessons and has its first letter."""
    letters.all_kinds(now)
    course = factories.small_course(days=(0, 1))
    grant = access.grant(user=user, course=course, source="line:1", now=now)
    tick(now)
    return grant


# ---- a second course ----
def test_a_second_course_finished_has_its_letters_for_afterwards(ann: User, now: dt.datetime) -> None:
    one, other = two_courses(now)
    first = access.grant(user=ann, course=one, source="free", now=now).enrolment
    finish(first, now=now + HOUR)
    later = live(now + HOUR, days=20)
    second = access.grant(user=ann, course=other, source="free", now=later).enrolment
    later = live(later, days=3)
    before = len(sent(ann.email))
    finish(second, now=later)
    live(later, days=20)
    assert [subject for _, subject in sent(ann.email)[before:]] == ["completion 1", "completion 2"]


def test_two_courses_finished_close_together_have_their_letters_each_on_days_of_their_own(
    ann: User, now: dt.datetime
) -> None:
    one, other = two_courses(now)
    first = access.grant(user=ann, course=one, source="line:1", now=now)
    second = access.grant(user=ann, course=other, source="line:2", now=now).enrolment
    later = live(now, days=3)
    finish(first.enrolment, now=later)
    finish(second, now=later + HOUR)
    before = len(sent(ann.email))
    later = live(later + 2 * HOUR, days=3)
    access.end(grant=first, reason="refunded", now=later)
    access.restore(grant=first, now=later + HOUR)  # goes on behind what went, and sends nothing again
    live(later, days=27)
    got = sent(ann.email)[before:]
    assert sorted(subject for _, subject in got) == sorted(["completion 1", "completion 2"] * 2)
    assert len({day[:5] for day, _ in got}) == 4
    courses = Letter.objects.filter(revision__subject="completion 1").values_list(
        "context__course_title", flat=True
    )
    assert set(courses) == {one.title, other.title}


def test_switching_on_the_letters_for_afterwards_begins_them_for_each_course(
    ann: User, now: dt.datetime
) -> None:
    one, other = two_courses(now)
    sequence = Sequence.objects.get(slug="completion")
    Sequence.objects.filter(pk=sequence.pk).update(state=Sequence.State.DRAFT)
    for number, course in enumerate((one, other)):
        seat = access.grant(user=ann, course=course, source=f"line:{number}", now=now).enrolment
        finish(seat, now=now + HOUR)
    sequence.refresh_from_db()
    people = switching.candidates(sequence, now=now + DAY)
    begun = [
        switching.switch_on(sequence=sequence, people=people, how=switching.How.NOW, now=now + DAY).people
        for _ in range(2)
    ]
    assert begun == [2, 0]
    assert Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE).count() == 2


def test_a_course_that_remains_has_its_reminders(ann: User, now: dt.datetime) -> None:
    one, other = two_courses(now)
    given_back = access.grant(user=ann, course=one, source="line:1", now=now)
    access.grant(user=ann, course=other, source="line:2", now=now)
    access.end(grant=given_back, reason="refunded", now=now + HOUR)
    live(now + HOUR, days=60, step=4 * HOUR)
    assert [subject for _, subject in sent(ann.email) if subject.startswith("nudges")] != []


def reminders(ann: User) -> list[tuple[str, str]]:
    """(subject, which course it spoke of) of all reminders that went out."""
    went = Letter.objects.filter(kind=Letter.Kind.NUDGE, state=Letter.State.SENT, contact=ann.contact)
    return list(went.order_by("sent_at").values_list("revision__subject", "context__course_title"))


def test_two_courses_are_one_flow_of_reminders_also_when_one_of_them_ends(
    ann: User, now: dt.datetime
) -> None:
    one, other = two_courses(now)
    access.grant(user=ann, course=other, source="line:2", now=now)
    ends = access.grant(user=ann, course=one, source="line:1", now=now + MINUTE)
    later = live(now + HOUR, days=16, step=4 * HOUR)
    assert reminders(ann) == [("nudges 1", one.title), ("nudges 2", one.title)]
    access.end(grant=ends, reason="refunded", now=later)
    live(later, days=40, step=4 * HOUR)
    assert reminders(ann)[2:] == [("nudges 3", other.title), ("nudges 4", other.title)]


def test_finishing_one_course_leaves_the_reminders_of_the_other(ann: User, now: dt.datetime) -> None:
    one, other = two_courses(now)
    first = access.grant(user=ann, course=one, source="line:1", now=now).enrolment
    access.grant(user=ann, course=other, source="line:2", now=now)
    finish(first, now=now + HOUR)
    live(now + 2 * HOUR, days=60, step=4 * HOUR)
    assert reminders(ann) == [(f"nudges {number}", other.title) for number in (1, 2, 3, 4)]


def test_who_is_there_daily_in_one_course_is_not_reminded_of_the_other(ann: User, now: dt.datetime) -> None:
    one, other = two_courses(now)
    access.grant(user=ann, course=one, source="line:1", now=now)
    seat = access.grant(user=ann, course=other, source="line:2", now=now).enrolment
    lesson = Lesson.objects.get(course=other)
    later = now
    for _ in range(20):
        progress.seen(enrolment=seat, lesson=lesson, now=later + HOUR)
        later = live(later, days=1, step=4 * HOUR)
    assert reminders(ann) == []
    live(later, days=5, step=4 * HOUR)
    assert reminders(ann) == [("nudges 1", other.title)]


# ---- a letter to all students ----
def test_a_letter_to_students_does_not_go_to_who_gave_the_course_back(ann: User, now: dt.datetime) -> None:
    night = now.replace(hour=3) + DAY  # 22:00 in New York
    grant = joined(ann, now=now)
    made: Broadcast = broadcasts.create(
        title="T",
        audience="students",
        subject="For students",
        preheader="",
        body="Hello,\n\nnews.\n",
        now=night,
    )
    broadcasts.send(broadcast=made, by="ines@example.org", now=night)
    access.end(grant=grant, reason="refunded", now=night + 5 * MINUTE)
    for hour in range(16):
        later = night + 11 * MINUTE + hour * HOUR
        broadcasts.advance(now=later)
        tick(later)
    assert not Letter.objects.filter(broadcast=made, state=Letter.State.SENT).exists()


def test_a_letter_to_students_that_waits_for_the_morning_is_not_sent_after_a_refund(
    ann: User, now: dt.datetime
) -> None:
    night = now.replace(hour=3) + DAY  # 22:00 in New York
    grant = joined(ann, now=now)
    ben = factories.user("ben@example.org", name="Ben")
    access.grant(user=ben, course=Course.objects.get(), source="line:2", now=now)
    words = {"subject": "For students", "preheader": "", "body": "Hello,\n\nnews.\n"}
    made = broadcasts.create(title="T", audience="students", **words, now=night)
    broadcasts.send(broadcast=made, by="ines@example.org", now=night)
    broadcasts.advance(now=night + 11 * MINUTE)
    assert Letter.objects.filter(broadcast=made, state=Letter.State.QUEUED).count() == 2
    access.end(grant=grant, reason="refunded", now=night + HOUR)
    live(night + 2 * HOUR, days=1)
    found = Letter.objects.filter(broadcast=made).order_by("contact__email")
    assert list(found.values_list("contact__email", "state", "reason")) == [
        (ann.email, "skipped", "Has no access any more."),
        ("ben@example.org", "sent", ""),
    ]


# ---- two at once ----
def at_that_moment(
    where: Any,
    name: str,
    *,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`theirs` begins when ours comes to this function, which goes on once they wait for us. Both end well."""
    real, faults = getattr(where, name), list[BaseException]()

    def work(whose: Callable[[], object]) -> None:
        try:
            whose()
        except BaseException as fault:
            faults.append(fault)

    def in_a_thread() -> None:
        work(theirs)
        connection.close()

    other = threading.Thread(target=in_a_thread)

    def slowly(*args: Any, **kwargs: Any) -> Any:
        if other.ident is None:
            other.start()
            until = time.monotonic() + 5
            while other.is_alive() and not hands.is_waited_for() and time.monotonic() < until:
                time.sleep(0.01)
        return real(*args, **kwargs)

    monkeypatch.setattr(where, name, slowly)
    work(ours)
    other.join()
    assert faults == []


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_lesson_beside_a_complaint(
    ann: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = joined(ann, now=now).enrolment
    first, last = Lesson.objects.order_by("position")
    progress.complete(enrolment=enrolment, lesson=first, now=now + HOUR)
    day = now.replace(hour=14) + DAY
    drip.plan(now=day)
    assert Letter.objects.filter(state=Letter.State.QUEUED, revision__step__subject_of="1.2").exists()
    letter = Letter.objects.filter(state=Letter.State.SENT).first()
    assert letter is not None
    complaint: dict[str, Any] = {
        "type": DeliveryEvent.Type.COMPLAINED,
        "letter_id": letter.pk,
        "recipient": ann.email,
    }
    at_that_moment(
        progress,
        "left",
        ours=lambda: progress.complete(enrolment=enrolment, lesson=last, now=day),
        theirs=lambda: evidence.note(provider="postmark", at=day, now=day, **complaint),
        monkeypatch=monkeypatch,
    )


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_planning_in_a_new_zone_beside_a_refund(
    ann: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = joined(ann, now=now)
    contacts.update(contact=ann.contact, time_zone="America/Chicago", now=now)
    day = now.replace(hour=15) + DAY
    at_that_moment(
        release,
        "rezone",
        ours=lambda: drip.plan(now=day),
        theirs=lambda: access.end(grant=grant, reason="refunded", now=day),
        monkeypatch=monkeypatch,
    )
