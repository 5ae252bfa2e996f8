"""The letters of a small course: three lessons, reminders, letters for afterwards, the mini-course; days go by."""

import datetime as dt
from decimal import Decimal

from mailing import drip, outbox, publish
from mailing.models import Letter, Sequence, Step
from tests.mailing import scene

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def write(slug: str, kind: str, *days: int, now: dt.datetime, subject_of: str = "") -> Sequence:
    """A sequence with one letter for each day, called "slug 1" and so on."""
    made = Sequence.objects.create(slug=slug, title=slug, kind=kind)
    for number, day in enumerate(days, 1):
        publish.step(
            sequence=made,
            key=f"{slug}-{number}",
            subject=f"{slug} {number}",
            preheader="",
            body=scene.BODY,
            day=day,
            subject_of=subject_of,
            position=Decimal(number),
            now=now,
        )
    return made


def all_kinds(now: dt.datetime) -> None:
    write("course", Sequence.Kind.DRIP, 0, 1, 3, 10, now=now)
    for number, step in enumerate(Step.objects.filter(sequence__slug="course"), 1):
        step.subject_of = f"1.{number}" if number < 4 else ""
        step.save()
    write("nudges", Sequence.Kind.NUDGE, 3, 7, 14, 30, now=now)
    write("completion", Sequence.Kind.COMPLETION, 0, 7, now=now)
    write("minicourse", Sequence.Kind.MINICOURSE, 0, 2, 4, now=now)
    service = Sequence.objects.get_or_create(
        slug="service", defaults={"title": "Service", "kind": Sequence.Kind.SERVICE}
    )[0]
    publish.step(
        sequence=service,
        key="confirm-minicourse",
        subject="Was that you?",
        preheader="",
        body="Hello,\n\n{button:Yes}\n",
        day=0,
        subject_of="",
        position=Decimal(0),
        now=now,
    )


def tick(now: dt.datetime) -> None:
    while drip.plan(now=now):
        pass
    outbox.deliver(now=now)


def live(begin: dt.datetime, *, days: int, step: dt.timedelta = HOUR) -> dt.datetime:
    """Let the site tick every hour for so many days. Returns the moment after."""
    now = begin
    while now < begin + days * DAY:
        tick(now)
        now += step
    return now


def sent(email: str) -> list[tuple[str, str]]:
    """(UTC day and hour, subject) of all letters somebody got, but for service letters."""
    rows = Letter.objects.filter(contact__email_key=email, state=Letter.State.SENT, run__isnull=False)
    return [
        (f"{at:%m-%d %H}", subject)
        for at, subject in rows.order_by("sent_at").values_list("sent_at", "revision__subject")
    ]


def states(slug: str) -> list[tuple[str, str, str]]:
    rows = Letter.objects.filter(revision__step__sequence__slug=slug)
    return list(rows.order_by("created_at", "pk").values_list("revision__subject", "state", "reason"))
