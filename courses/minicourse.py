"""Five free letters for visitors: asked for on a page, confirmed by a letter, ended by joining the course."""

import datetime as dt
from collections.abc import Sequence as Several

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from courses import journeys
from courses.models import Course, Grant, Lesson
from mailing import choices, consent, drip, optin, outbox
from mailing.guards import Answer, Cancel, Question, Send
from mailing.models import Consent, Contact, Run, Step

SEQUENCE = "minicourse"
STEP = "service/confirm-minicourse"
PURPOSE = Consent.Purpose.MINICOURSE
UNDER_WAY = (Run.State.ACTIVE, Run.State.HELD)
SAFETY, SALES, FREE_LESSON = "safety", "sales", "free-lesson"  # the pages a letter may lead to


def letters() -> QuerySet[Step]:
    """What there is to send. Without letters the page and its form are not there."""
    return Step.objects.filter(sequence__slug=SEQUENCE, archived_at=None, revision__isnull=False)


def is_offered() -> bool:
    return letters().exists()


def ask(*, email: str, now: dt.datetime) -> bool:
    """Write to the address whether it wants the five letters. It gets no account, and one that has an account is
    treated the same. False when it was written to just now; nobody is told."""
    url = f"{settings.SITE_URL}{reverse('courses:five_letters')}yes/"
    asked = optin.ask(email=email, purpose=PURPOSE, step=STEP, url=url, source="five letters", now=now)
    outbox.ring()
    return asked


def confirm(*, asked: optin.Asked, now: dt.datetime) -> bool:
    """Their own yes: the first letter goes now. False the second time, for an old link, and for students, who have
    more than that already."""
    if is_student(asked.contact.pk) or not optin.confirm(asked=asked, source="five letters", now=now):
        return False
    drip.start(
        sequence=SEQUENCE,
        contact=asked.contact,
        anchor_at=now,
        source=journeys.visitor_word(asked.contact.pk),
        now=now,
    )
    outbox.ring()
    return True


def way(contact: Contact) -> Run | None:
    """Somebody's way through the letters: the one under way, else the last there was."""
    runs = Run.objects.filter(sequence__slug=SEQUENCE, contact=contact)
    return runs.filter(state__in=UNDER_WAY).first() or runs.order_by("-generation").first()


def standing(*, contact: Contact, run: Run | None, now: dt.datetime, is_new: bool = False) -> str:
    """Where they are with the letters, in a word. "ask": no yes of theirs stands. If the yes `is_new`: the "first" one
    comes, or the "next". "running"; "paused": so are all their letters; "over": they had all; "ended": it stopped
    before that; "student": has more."""
    if is_student(contact.pk):
        return "student"
    if not consent.wants(contact, PURPOSE):
        return "ask"
    if run is None or run.state not in UNDER_WAY:
        return "over" if run and run.state == Run.State.DONE else "ended"
    if choices.is_paused(contact, now=now):
        return "paused"
    if not is_new:
        return "running"
    before = Run.objects.filter(sequence=run.sequence, contact=contact)
    return "next" if drip.last_gone(before) else "first"


def is_student(contact_id: int) -> bool:
    return contact_id in students([contact_id])


def students(contacts: Several[int]) -> set[int]:
    """Who of these is in a course; who became one with another contact since is in if that one is."""
    joined = Contact.objects.filter(pk__in=contacts).exclude(merged_into=None)
    now_one = dict(joined.values_list("pk", "merged_into"))
    persons = {pk: now_one.get(pk, pk) for pk in contacts}
    inside = Grant.objects.active().filter(enrolment__user__contact__in=persons.values())
    found = set(inside.values_list("enrolment__user__contact", flat=True))
    return {pk for pk, person in persons.items() if person in found}


def answers(questions: Several[Question]) -> dict[Question, Answer]:
    """May these letters to visitors go? Their button leads to the page that the letter names."""
    if not questions:
        return {}
    inside = students([contact_of(one) for one in questions])
    course = Course.objects.published().order_by("pk").first()
    if course is None:
        return {one: Cancel("no course is published") for one in questions}
    return {
        one: Cancel("They joined the course.")
        if contact_of(one) in inside
        else Send(context(course, one.subject_of))
        for one in questions
    }


def contact_of(question: Question) -> int:
    digits = question.source.partition(":")[2]
    return int(digits) if digits.isdigit() else 0


def context(course: Course, page: str) -> dict[str, str]:
    course_url = f"{settings.SITE_URL}{course.get_absolute_url()}"
    words = {
        "course_title": course.title,
        "course_url": course_url,
        "lesson_title": course.title,
        "lesson_url": course_url,
    }
    if page == SAFETY:
        return {**words, "button_url": f"{settings.SITE_URL}{reverse('courses:page', args=[SAFETY])}"}
    free = Lesson.objects.published().filter(course=course, preview=True).select_related("course")
    lesson = free.order_by("module__position", "position").first() if page == FREE_LESSON else None
    if lesson is None:
        return words
    return {
        **words,
        "lesson_title": lesson.title,
        "lesson_url": f"{settings.SITE_URL}{lesson.get_absolute_url()}",
    }


def forget_unconfirmed(*, now: dt.datetime) -> int:
    """Drop what nobody confirmed in thirty days. Returns how many; 0 the second time."""
    left = list(optin.unconfirmed(now=now).select_related("contact"))
    known = set(
        User.objects.filter(contact__in=[one.contact_id for one in left]).values_list("contact", flat=True)
    )
    for one in left:
        optin.forget(asked=one, keep_contact=one.contact_id in known)
    return len(left)
