"""What the letters' tests start from: a sequence, a contact, a guard that says what the test wants."""

import datetime as dt
from collections.abc import Callable
from collections.abc import Sequence as Several
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from mailing import consent, contacts, drip, letters, publish
from mailing.guards import Again, Answer, Question, Send, Verdict
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step
from postbox import files

SOURCE = "enrolment:42"
BODY = "Hello {first_name},\n\nit is open.\n\n{button:Open the lesson}\n"
OPEN = {
    "lesson_title": "What a knot is",
    "lesson_url": "https://example.org/lesson",
    "course_title": "Knots In Your Back Gone",
}
answers: dict[str, Verdict] = {}
again: dict[str, Again] = {}  # by source
asked: list[str] = []


def guard(*, source: str, subject_of: str, now: dt.datetime) -> Verdict:
    """Stands where courses stands: yes, unless the test put another answer down."""
    asked.append(f"{source} {subject_of}")
    return answers.get(subject_of, Send(OPEN))


def guard_all(questions: Several[Question]) -> list[Answer]:
    """What settings.LETTER_GUARD points to in these tests."""
    return [
        again.get(one.source) or guard(source=one.source, subject_of=one.subject_of, now=one.now)
        for one in questions
    ]


def contact(email: str = "ann@example.org", *, now: dt.datetime, zone: str = "America/New_York") -> Contact:
    made = contacts.of(email, now=now)
    contacts.update(contact=made, name="Ann", time_zone=zone, now=now)
    return made


def sequence(
    *days: int, now: dt.datetime, slug: str = "course", kind: str = Sequence.Kind.DRIP, **more: Any
) -> Sequence:
    """A sequence with one letter for each day; letter n is about lesson "1.n"."""
    made = Sequence.objects.create(slug=slug, title=slug, kind=kind, **more)
    for number, day in enumerate(days, 1):
        step(made, number, day=day, now=now)
    return made


def step(sequence: Sequence, number: int, *, day: int, now: dt.datetime, **text: Any) -> Step:
    values = {
        "subject": f"Letter {number}",
        "preheader": "",
        "body": BODY,
        "subject_of": f"1.{number}",
        "position": number,
    }
    publish.step(sequence=sequence, key=f"a{number}", day=day, now=now, **{**values, **text})
    return Step.objects.get(sequence=sequence, key=f"a{number}")


def run(*, who: Contact, now: dt.datetime, source: str = SOURCE, slug: str = "course") -> Run:
    return drip.start(sequence=slug, contact=who, anchor_at=now, source=source, now=now)


def code(*, who: Contact, now: dt.datetime, key: str = "one", **more: Any) -> Letter:
    return letters.post(
        step="service/sign-in-code",
        contact=who,
        dedupe_key=key,
        context={"code": "ABC-DEF", "minutes": "10"},
        now=now,
        kind=Letter.Kind.ACCOUNT,
        **more,
    )


def receipt(*, who: Contact, now: dt.datetime, key: str = "r1", **context: str) -> Letter:
    values = {
        "course_title": "Knots In Your Back Gone",
        "amount": "149 USD",
        "paid_on": "November 20, 2026",
        "order_number": "1001",
        "receipt_number": "2026-00001",
        "refund_days": "30",
        "button_url": "https://example.org/receipt",
    }
    return letters.post(
        step="service/receipt",
        contact=who,
        dedupe_key=key,
        context={**values, **context},
        now=now,
        kind=Letter.Kind.RECEIPT,
    )


def of_kind(kind: Letter.Kind, *, who: Contact, now: dt.datetime, key: str = "k1", **more: Any) -> Letter:
    """A letter of this kind, to somebody who said yes to news; its text is beside the point."""
    if kind == Letter.Kind.BROADCAST:
        consent.give(contact=who, purpose=Consent.Purpose.NEWS, source="test", now=now)
    return letters.post(
        step="service/unknown-address",
        contact=who,
        dedupe_key=key,
        context={"email": who.email, "minutes": "10"},
        now=now,
        kind=kind,
        **more,
    )


def got() -> list[str]:
    """The subjects of all mails in the mailbox, oldest first."""
    return [mail.subject for mail in reversed(files.newest(limit=10_000))]


def mails() -> list[EmailMessage]:
    return [mail.message for mail in reversed(files.newest(limit=10_000))]


def states() -> list[tuple[str, str]]:
    """Letters by their subjects: (subject, state)."""
    return list(Letter.objects.order_by("created_at", "dedupe_key").values_list("revision__subject", "state"))


def letter_files() -> list[Path]:
    return sorted((Path(settings.CONTENT_DIR) / "letters").glob("*/*.md"))


class Killed(BaseException):
    """Like kill -9 of the sender: nothing of ours catches it."""


class Line(BaseEmailBackend):
    """A mail server that does what the test says: raises `fault` before or after taking the mail."""

    fault: BaseException | None = None
    takes_first = False
    sent = 0
    meanwhile: Callable[[], None] | None = None  # what happens once, while the first mail is being taken

    def send_messages(self, email_messages: Any) -> int:
        if Line.takes_first:
            self.take(email_messages)
        if Line.fault is not None:
            raise Line.fault
        if not Line.takes_first:
            self.take(email_messages)
        return len(email_messages)

    def take(self, email_messages: Any) -> None:
        for mail in email_messages:
            files.keep(mail.message().as_bytes())
        happens, Line.meanwhile = Line.meanwhile, None
        if happens is not None:
            happens()
