"""One letter to one person, written at the desk: a row of the ledger like every other, under the same rules."""

import datetime as dt
import uuid

from django.db import transaction

from mailing import consent, contacts, frame, kinds, letters, proof, publish, schedule
from mailing.models import Contact, Letter, Sequence, Step, StepRevision

SLUG = kinds.TO_ONE
KIND = (
    Letter.Kind.LESSON
)  # what a coach writes to a student; who turned lesson letters off gets no such letter


class Unwanted(ValueError):
    """It may not go to this person; the message says why in plain words."""


class OtherWords(Unwanted):
    """The letter of this key went with other words; these go with a key of their own, if they are to go too."""


def sequence() -> Sequence:
    """The shelf on which such letters stand, made when the first is written."""
    found, _ = Sequence.objects.get_or_create(
        slug=SLUG, defaults={"title": "Letters to one person", "kind": Sequence.Kind.BROADCAST}
    )
    return found


def why_not(contact: Contact, *, now: dt.datetime) -> str:
    """Why nothing may be written to this person; empty if it may."""
    return consent.may_send(contact=contact, kind=KIND, now=now)


def faults(*, subject: str, body: str) -> list[str]:
    """What keeps the words from going out, in plain words. Changes nothing."""
    shelf = Sequence(slug=SLUG, kind=Sequence.Kind.BROADCAST)
    return proof.faults(sequence=shelf, subject=subject, preheader="", body=body)


def look(*, contact: Contact, subject: str, body: str, now: dt.datetime) -> letters.Rendered:
    """As the person will read it. Changes nothing. Raises placeholders.Missing."""
    shelf = Sequence(slug=SLUG, kind=Sequence.Kind.BROADCAST)
    compiled = frame.compile(subject=subject, preheader="", body=body, kind=shelf.kind)
    revision = StepRevision(
        step=Step(sequence=shelf, key="look", position=1), number=1, subject=subject, body=body,
        html=compiled.html, text=compiled.text,
    )  # fmt: skip
    return letters.render(Letter(contact=contact, revision=revision, kind=KIND, context={}), now=now)


@transaction.atomic
def write(*, contact: Contact, subject: str, body: str, key: uuid.UUID, by: str, now: dt.datetime) -> Letter:
    """Put it into the queue; at night, where the reader lives, it waits for the morning.

    The second call with the same `key` returns the first letter. Raises Unwanted, publish.Refused.
    """
    dedupe_key = f"one:{contact.pk}:{key}"
    if first := Letter.objects.filter(dedupe_key=dedupe_key).first():
        _insist_on_the_same(first, subject, body)
        return first
    if reason := why_not(contact, now=now):
        raise Unwanted(reason)
    shelf = sequence()
    revision = publish.step(
        sequence=shelf, key=f"one-{key.hex[:20]}", subject=subject, preheader="", body=body, day=0, subject_of="",
        position=Step.objects.filter(sequence=shelf).count() + 1, now=now,
    )  # fmt: skip
    if revision is None:
        raise ValueError("A letter of this key was written before, to somebody else.")
    zone = contacts.zone_of(contact)
    is_night = schedule.is_quiet(now, zone)
    made, _ = Letter.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "kind": KIND,
            "priority": kinds.PRIORITY[KIND],
            "contact": contact,
            "revision": revision,
            "created_at": now,
            "not_before": schedule.next_slot(after=now, zone=zone, send_at=shelf.send_at)
            if is_night
            else now,
            "reason": f"Written by {by}."[:200],
        },
    )
    return made


def _insist_on_the_same(first: Letter, subject: str, body: str) -> None:
    """As it was written, whatever was mended since. Raises OtherWords."""
    written = StepRevision.objects.filter(step=first.revision.step).order_by("number").first()
    if written is not None and (written.subject, written.body) != (subject, body):
        raise OtherWords(
            "A letter with other words was sent from this page before. To send these too, press once more."
        )
