"""A desk with letters on it: a sequence with people on the way, letters that went and that did not, one to many."""

import datetime as dt

from mailing import broadcasts, drip, outbox, publish
from mailing.models import Broadcast, Contact, Letter, Sequence, Step
from tests.mailing import scene

DAY = dt.timedelta(days=1)
WORDS = {
    "subject": "A day off",
    "preheader": "No calls",
    "body": "Hello {first_name},\n\nno calls on Friday.\n",
}


def everything(*, now: dt.datetime) -> Sequence:
    """Needs the guard of tests.mailing.scene. One person is on day 3, one just began; one letter is in doubt, one
    failed; a wording was mended."""
    course = scene.sequence(0, 1, 3, now=now - 3 * DAY)
    early = scene.contact("reader@example.org", now=now - 3 * DAY)
    scene.run(who=early, now=now - 3 * DAY)
    for days in (3, 2, 1):
        drip.plan(now=now - days * DAY)
        outbox.deliver(now=now - days * DAY)
    late = scene.contact("berta@example.org", now=now, zone="Europe/Berlin")
    scene.run(who=late, now=now, source="enrolment:43")
    step = Step.objects.get(key="a2")
    assert step.revision is not None
    mend(step, subject="Letter 2, mended", now=now)
    trouble(early, "550 5.1.1", Letter.State.FAILED, now=now)
    trouble(late, "", Letter.State.UNKNOWN, now=now)
    return course


def mend(step: Step, *, subject: str, now: dt.datetime) -> None:
    assert step.revision is not None
    publish.step(
        sequence=step.sequence, key=step.key, subject=subject, preheader="", body=step.revision.body,
        day=step.day, subject_of=step.subject_of, position=step.position, now=now,
    )  # fmt: skip


def trouble(who: Contact, answer: str, state: str, *, now: dt.datetime) -> Letter:
    reason = f"The mail server answered {answer}" if answer else "The mail server's answer never came."
    letter = scene.receipt(who=who, now=now, key=f"trouble:{who.pk}")
    Letter.objects.filter(pk=letter.pk).update(state=state, reason=reason, attempts=1, handed_at=now)
    letter.refresh_from_db()
    return letter


def to_many(*, now: dt.datetime, audience: str = "news") -> Broadcast:
    return broadcasts.create(title="Day off", audience=audience, now=now, **WORDS)
