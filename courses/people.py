"""Everything that happened with one person, as entries of one timeline. Money is told by the floor above, through
settings.PERSON_STORY; letters, consents and sign-ins by what lies below. A fixed number of queries for each source."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.models import User
from courses.models import Enrolment, Grant, LessonProgress
from mailing.models import Consent, Contact, Letter

NEWEST = 300  # letters looked at; the letters' own page has all


@dataclass(frozen=True)
class Kind:
    """What an entry is about: the word it is chosen by, the word it is shown with, and its drawing."""

    word: str
    label: str
    icon: str
    permission: str


LESSONS = Kind("lessons", "Lesson", "done", "courses.view_enrolment")
ACCESS = Kind("access", "Access", "lock", "courses.view_grant")
LETTERS = Kind("letters", "Letter", "mail", "mailing.view_letter")
CHOICES = Kind("choices", "Choice", "bell", "mailing.view_consent")
ACCOUNT = Kind("account", "Account", "person", "accounts.view_user")
MONEY = Kind("money", "Money", "print", "payments.view_order")


@dataclass(frozen=True)
class Entry:
    at: dt.datetime
    kind: Kind
    says: str
    url: str = ""
    who: str = ""


def story(
    contact: Contact,
    user: User | None,
    *,
    steps: Iterable[LessonProgress],
    may: Callable[[str], bool],
    only: str = "",
) -> list[Entry]:
    """What this reader may see of it, newest first; `only` is the word of one kind, `steps` what they did."""
    found: list[Entry] = []
    if may(LESSONS.permission) and only in ("", LESSONS.word):
        found += _lessons(steps)
    for kind, source in SOURCES.items():
        if may(kind.permission) and only in ("", kind.word):
            found += source(contact, user)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def kinds(may: Callable[[str], bool]) -> list[Kind]:
    return [kind for kind in (LESSONS, *SOURCES) if may(kind.permission)]


def enrolments(user: User | None) -> "QuerySet[Enrolment]":
    mine = Enrolment.objects.filter(user=user) if user else Enrolment.objects.none()
    return mine.select_related("course", "last_lesson", "user__contact").order_by("joined_at")


def steps_of(enrolments: Iterable[Enrolment]) -> list[LessonProgress]:
    """What they did, lesson by lesson in the order of the course: one query."""
    steps = LessonProgress.objects.filter(enrolment__in=enrolments).select_related("lesson")
    return list(
        steps.defer("lesson__body", "lesson__transcript").order_by(
            "lesson__module__position", "lesson__position"
        )
    )


def _lessons(steps: Iterable[LessonProgress]) -> Iterator[Entry]:
    for step in steps:
        yield Entry(step.first_seen_at, LESSONS, f"Began “{step.lesson.title}”")
        if step.done_at:
            yield Entry(step.done_at, LESSONS, f"Did “{step.lesson.title}”")


def _access(_: Contact, user: User | None) -> Iterator[Entry]:
    grants = Grant.objects.filter(enrolment__user=user) if user else Grant.objects.none()
    for grant in grants.select_related("enrolment__course", "actor"):
        course, who = grant.enrolment.course.title, str(grant.actor or "")
        if grant.ended_at is None:
            why = f": {grant.reason}" if grant.reason else ""
            yield Entry(grant.started_at, ACCESS, f"Let in to {course}{why}", who=who)
            continue
        yield Entry(grant.started_at, ACCESS, f"Let in to {course}")
        yield Entry(grant.ended_at, ACCESS, f"Access to {course} ended: {grant.reason}", who=who)


def _letters(contact: Contact, _: User | None) -> Iterator[Entry]:
    letters = Letter.objects.filter(contact=contact).select_related("revision").order_by("-created_at")
    for letter in letters[:NEWEST]:
        at = letter.sent_at or letter.handed_at or letter.not_before
        url = reverse("admin:mailing_letter_change", args=[letter.pk])
        yield Entry(at, LETTERS, f"“{letter.revision.subject}”: {letter.get_state_display()}", url)


def _choices(contact: Contact, _: User | None) -> Iterator[Entry]:
    for said in Consent.objects.filter(contact=contact):
        yield Entry(
            said.changed_at, CHOICES, f"About {said.get_purpose_display()}: {said.get_state_display()}"
        )


def _account(_: Contact, user: User | None) -> Iterator[Entry]:
    if user is None:
        return
    yield Entry(user.date_joined, ACCOUNT, "The account was made")
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        yield Entry(session.created_at, ACCOUNT, "Signed in, and has not signed out there since")
    last = user.last_login
    if last and not any(abs(session.created_at - last) < dt.timedelta(minutes=1) for session in sessions):
        yield Entry(last, ACCOUNT, "Signed in last")


def _money(contact: Contact, user: User | None) -> list[Entry]:
    found: list[Entry] = import_string(settings.PERSON_STORY)(contact=contact, user=user)
    return found


SOURCES: dict[Kind, Callable[[Contact, User | None], "Iterator[Entry] | list[Entry]"]] = {
    LETTERS: _letters,
    MONEY: _money,
    ACCESS: _access,
    ACCOUNT: _account,
    CHOICES: _choices,
}
