"""Which sequences of letters a student is sent through, and when: joined, quiet, back again, finished."""

import datetime as dt
from collections.abc import Sequence as Several

from django.db.models import F

from accounts.models import User
from courses.models import Course, Enrolment
from mailing import crowd, drip, locks, outbox, switching
from mailing.models import Consent, Letter, Run, Sequence, Step

NUDGES, COMPLETION = "nudges", "completion"  # folders of content/letters
QUIET = dt.timedelta(days=2)  # coming back after a shorter break is no coming back
OF_STUDENTS = (Sequence.Kind.DRIP, Sequence.Kind.NUDGE)


def joined(enrolment: Enrolment, user: User, *, now: dt.datetime) -> None:
    """Somebody got access, for the first time or again. Letters keep step with the lessons, which count from the day
    of joining also for whoever comes back; the visitors' letters end. The second call changes nothing."""
    drip.cancel(source=visitor_word(user.contact_id), reason="They joined the course.", now=now)
    if enrolment.completed_at:
        _send_through(COMPLETION, enrolment, user, anchor_at=enrolment.completed_at, now=now)
    elif enrolment.course.sequence:
        drip.start(
            sequence=enrolment.course.sequence,
            contact=user.contact,
            anchor_at=enrolment.joined_at + dt.timedelta(days=enrolment.shift_days),
            source=enrolment.word,
            now=now,
        )
        _send_through(NUDGES, enrolment, user, anchor_at=now, now=now)
    outbox.ring()


def joined_many(enrolments: Several[Enrolment], *, course: Course, welcome: bool, now: dt.datetime) -> None:
    """`joined` for many who were not in until now; without `welcome` nobody is written to at once. Each brings its
    user and contact along. Who had letters of students before is sent on one by one."""
    visitors = {visitor_word(one.user.contact_id): one for one in enrolments}
    on_the_way = Run.objects.filter(source__in=visitors, state__in=[Run.State.ACTIVE, Run.State.HELD])
    for word in on_the_way.values_list("source", flat=True).distinct():
        drip.cancel(source=word, reason="They joined the course.", now=now)
    sequences = [one for one in (course.sequence, NUDGES) if one]
    had = crowd.had(sequences, [one.user.contact for one in enrolments])
    fresh = [one for one in enrolments if one.user.contact_id not in had and one.completed_at is None]
    for slug in sequences if course.sequence else []:
        anchors = [(one.user.contact, one.word, one.joined_at if slug != NUDGES else now) for one in fresh]
        if slug == course.sequence or is_written(slug):
            crowd.start(sequence=slug, people=anchors, at_once=welcome)
    for one in enrolments:
        if one not in fresh:
            joined(one, one.user, now=now)
    outbox.ring()


def left(enrolment: Enrolment, *, reason: str, now: dt.datetime) -> None:
    """The last access ended: so do all letters, but for the reminders of a course that remains. The second call changes
    nothing."""
    hand_on_reminders(enrolment)
    drip.cancel(source=enrolment.word, reason=reason, now=now)


def was_there(enrolment: Enrolment, *, since: dt.datetime | None, now: dt.datetime) -> None:
    """Somebody did something in the course, the time before at `since`. After quiet days the reminders of that spell
    end and those of the next one stand ready; otherwise nothing is asked of the database."""
    if enrolment.completed_at or now - (since or enrolment.joined_at) < QUIET:
        return
    spell = Run.objects.filter(
        contact=enrolment.user.contact_id, sequence__kind=Sequence.Kind.NUDGE, state=Run.State.ACTIVE
    )
    spell.exclude(source=enrolment.word).update(source=enrolment.word)
    if spell.exists() and not Letter.objects.filter(run__in=spell).exists():
        return  # it wrote nothing yet: the guard lets it count from today once it wakes
    drip.cancel(source=enrolment.word, reason="They came back.", now=now, kinds=[Sequence.Kind.NUDGE])
    _send_through(NUDGES, enrolment, enrolment.user, anchor_at=now, now=now)


def finished(enrolment: Enrolment, *, now: dt.datetime) -> None:
    """The course is finished: what was still to come of it is skipped, and the letters for afterwards begin. Reminders
    go on for another course that is not."""
    hand_on_reminders(enrolment)
    drip.cancel(
        source=enrolment.word,
        reason="course finished",
        now=now,
        kinds=OF_STUDENTS,
        letters=Letter.State.SKIPPED,
    )
    _send_through(COMPLETION, enrolment, enrolment.user, anchor_at=now, now=now)
    outbox.ring()


def hand_on_reminders(enrolment: Enrolment) -> None:
    """Reminders are one flow for each person, in however many courses: it goes on, at the place where it is, for the
    one of those that remain in which they were last. Within the caller's transaction."""
    locks.take(enrolment.user.contact_id)
    others = Enrolment.objects.with_access().filter(user=enrolment.user_id, completed_at=None)
    others = others.exclude(course__sequence="").exclude(pk=enrolment.pk)
    remaining = others.order_by(F("last_seen_at").desc(nulls_last=True), "-pk").first()
    if remaining is not None:
        under_way = Run.objects.filter(source=enrolment.word, state__in=[Run.State.ACTIVE, Run.State.HELD])
        under_way.filter(sequence__kind=Sequence.Kind.NUDGE).update(source=remaining.word)


def candidates(*, sequence: Sequence, now: dt.datetime) -> list[switching.Person]:
    """Who is there already and could be sent through a sequence that begins to write: settings.LETTER_CANDIDATES.

    The same people, by the same words, that joining or finishing would have sent through it.
    """
    inside = Enrolment.objects.with_access()
    match sequence.kind:
        case Sequence.Kind.DRIP:
            found = inside.filter(course__sequence=sequence.slug, completed_at=None)
        case Sequence.Kind.NUDGE if sequence.slug == NUDGES:
            found = inside.filter(completed_at=None).exclude(course__sequence="")
        case Sequence.Kind.COMPLETION if sequence.slug == COMPLETION:
            found = inside.exclude(completed_at=None)
        case Sequence.Kind.MINICOURSE:
            return _readers()
        case _:
            return []
    rows = found.select_related("user__contact").order_by("joined_at", "pk")
    return [switching.Person(one.user.contact, one.word) for one in rows]


def _readers() -> list[switching.Person]:
    """Who confirmed that they want the free letters, and is no student."""
    inside = Enrolment.objects.with_access().order_by()
    said = Consent.objects.filter(purpose=Consent.Purpose.MINICOURSE, state=Consent.State.CONFIRMED).exclude(
        contact__in=inside.values("user__contact")
    )
    rows = said.select_related("contact").order_by("confirmed_at", "pk")
    return [switching.Person(one.contact, visitor_word(one.contact_id)) for one in rows]


def visitor_word(contact_id: int) -> str:
    """The word by which letters know somebody who is not in a course."""
    return f"visitor:{contact_id}"


def _send_through(
    slug: str, enrolment: Enrolment, user: User, *, anchor_at: dt.datetime, now: dt.datetime
) -> None:
    """Only once somebody wrote its letters: nobody waits for a sequence that may never come."""
    if is_written(slug):
        drip.start(
            sequence=slug,
            contact=user.contact,
            anchor_at=anchor_at,
            source=enrolment.word,
            now=now,
            afresh=slug == NUDGES,
        )


def is_written(slug: str) -> bool:
    return Step.objects.filter(sequence__slug=slug, archived_at=None, revision__isnull=False).exists()
