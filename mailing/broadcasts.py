"""One letter to many people: written, sent with ten minutes to call it back, put into the queue in portions.

Its audience is fixed at the moment of sending, by person. A portion and the mark of how far it got commit together, so
a crash in the middle goes on with who is left: nobody is skipped, nobody gets it twice.
"""

import datetime as dt
import time

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from mailing import audiences, contacts, kinds, publish, schedule
from mailing.models import Broadcast, Contact, Letter, Sequence, Step

S, L = Broadcast.State, Letter.State
SLUG = "letters-to-many"
HOLD = dt.timedelta(minutes=10)
PORTION = 200
SECONDS = 2  # then the other letters get their turn
ON_THE_WAY = (L.QUEUED, L.LEASED, L.HANDED)
GOT, PERHAPS = (L.SENT,), (L.UNKNOWN, L.HANDED)
CALLED_BACK = "The coach stopped this letter."


class Refused(ValueError):
    """It cannot be done now; the message says why in plain words."""


@transaction.atomic
def create(
    *, title: str, audience: str, subject: str, preheader: str, body: str, now: dt.datetime
) -> Broadcast:
    """Write a letter to many; nothing goes out. A second call writes a second one. Raises publish.Refused."""
    sequence, _ = Sequence.objects.get_or_create(
        slug=SLUG, defaults={"title": "Letters to many", "kind": Sequence.Kind.BROADCAST}
    )
    number = Step.objects.filter(sequence=sequence).count() + 1
    publish.step(
        sequence=sequence, key=f"many-{number}", subject=subject, preheader=preheader, body=body, day=0,
        subject_of="", position=number, now=now,
    )  # fmt: skip
    step = Step.objects.get(sequence=sequence, key=f"many-{number}")
    purpose = audiences.named(now=now)[audience].purpose
    return Broadcast.objects.create(
        title=title, audience=audience, purpose=purpose, step=step, created_at=now
    )


def address_to(*, broadcast: Broadcast, title: str, audience: str, now: dt.datetime) -> bool:
    """Another name or audience for one that was not sent yet. False if it was."""
    purpose = audiences.named(now=now)[audience].purpose
    drafts = Broadcast.objects.filter(pk=broadcast.pk, state=S.DRAFT)
    return bool(drafts.update(title=title, audience=audience, purpose=purpose))


def send(*, broadcast: Broadcast, by: str, now: dt.datetime) -> int:
    """Fix who gets it and start the ten minutes. Returns how many people; the second call changes nothing.

    Raises Refused when there is nobody, or it was stopped or sent before.
    """
    chosen = list(audiences.people(broadcast.audience, now=now).order_by("pk").values_list("pk", flat=True))
    if not chosen:
        raise Refused("There is nobody in this audience, so nothing was sent.")
    drafts = Broadcast.objects.filter(pk=broadcast.pk, state=S.DRAFT)
    values = {"state": S.HELD, "hold_until": now + HOLD, "counted": len(chosen), "sent_by": by[:254]}
    if drafts.update(chosen=chosen, written=0, reason="", **values):
        return len(chosen)
    standing = Broadcast.objects.get(pk=broadcast.pk)
    if standing.state in (S.HELD, S.SENDING):
        return standing.counted
    raise Refused("This letter was sent or stopped before. Write a new one, or send it to who missed it.")


def undo(*, broadcast: Broadcast, now: dt.datetime) -> bool:
    """Back to a draft within the ten minutes; nobody has got anything. False once it is going out."""
    held = Broadcast.objects.filter(pk=broadcast.pk, state=S.HELD, hold_until__gt=now)
    return bool(held.update(state=S.DRAFT, hold_until=None, counted=0, chosen=[]))


@transaction.atomic
def stop(*, broadcast: Broadcast, by: str, now: dt.datetime) -> bool:
    """No further letter of it leaves; what is being handed over at this moment cannot be called back.

    Who got it stands in the ledger. False the second time. Waits for a portion that is just being written.
    """
    going = Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state__in=[S.HELD, S.SENDING])
    if going.first() is None:
        return False
    Broadcast.objects.filter(pk=broadcast.pk).update(
        state=S.STOPPED, ended_at=now, reason=f"Stopped by {by}."[:200]
    )
    waiting = Letter.objects.filter(broadcast=broadcast, state__in=[L.QUEUED, L.LEASED])
    waiting.update(state=L.CANCELLED, reason=CALLED_BACK, lease_token=None, lease_until=None)
    return True


def advance(*, now: dt.datetime) -> int:
    """What a tick does: begin what was held long enough, write portions for SECONDS, close what is through.

    Returns how many letters were written; two at a time share the work, each portion is written once.
    """
    written, until = 0, time.monotonic() + SECONDS
    due = Broadcast.objects.filter(Q(state=S.SENDING) | Q(state=S.HELD, hold_until__lte=now)).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        Broadcast.objects.filter(pk=pk, state=S.HELD, hold_until__lte=now).update(state=S.SENDING)
        while time.monotonic() < until and (number := write_portion(pk, now)):
            written += number
    return written


@transaction.atomic
def write_portion(pk: int, now: dt.datetime) -> int:
    """The next PORTION of the chosen. 0 when somebody else is at it, it was stopped, or all are written."""
    rows = Broadcast.objects.filter(pk=pk, state=S.SENDING)
    standing = rows.first()
    portion = standing.chosen[standing.written : standing.written + PORTION] if standing else []
    people = readers(portion)  # locked before the letter, so that nobody becomes one with another meanwhile
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    broadcast = rows.select_related("step__sequence").defer("chosen").first()
    if standing is None or broadcast is None or broadcast.written != standing.written:
        return 0
    if not portion:
        if not Letter.objects.filter(broadcast=broadcast, state__in=ON_THE_WAY).exists():
            Broadcast.objects.filter(pk=pk).update(state=S.DONE, ended_at=now)
        return 0
    audience = audiences.named(now=now).get(broadcast.audience)
    context = {"button_url": audience.home} if audience else {}
    have = set(
        Letter.objects.filter(broadcast=broadcast, contact__in=people).values_list("contact", flat=True)
    )
    rows_ = [row(broadcast, contact, context, now) for contact in people if contact.pk not in have]
    if audience and audience.still is not None:
        still = set(
            audience.still.filter(pk__in=[one.contact_id for one in rows_]).values_list("pk", flat=True)
        )
        for one in rows_:
            if one.contact_id not in still:
                one.state, one.reason = Letter.State.SKIPPED, "Has no access any more."
    Letter.objects.bulk_create(rows_, ignore_conflicts=True)
    Broadcast.objects.filter(pk=pk).update(written=F("written") + len(portion))
    return len(portion)


def readers(chosen: list[int]) -> list[Contact]:
    """These contacts, locked; who became one with another since is that one, and is there once."""
    locked = Contact.objects.select_for_update(no_key=True).filter(pk__in=chosen).order_by("pk")
    found = (contacts.standing(one.pk) if one.merged_into_id else one for one in locked)
    return list({one.pk: one for one in found if one is not None}.values())


def row(broadcast: Broadcast, contact: Contact, context: dict[str, str], now: dt.datetime) -> Letter:
    """At night, where the reader lives, it waits for the morning."""
    if broadcast.step.revision_id is None:
        raise ValueError("Nothing was published for this letter.")
    zone, send_at = contacts.zone_of(contact), broadcast.step.sequence.send_at
    quiet = schedule.is_quiet(now, zone)
    return Letter(
        dedupe_key=f"bc:{broadcast.pk}:{contact.pk}",
        kind=Letter.Kind.BROADCAST,
        priority=kinds.PRIORITY[Letter.Kind.BROADCAST],
        contact=contact,
        broadcast=broadcast,
        revision_id=broadcast.step.revision_id,
        context=context,
        created_at=now,
        not_before=schedule.next_slot(after=now, zone=zone, send_at=send_at) if quiet else now,
    )


def tally(broadcast: Broadcast) -> dict[str, int]:
    """How many letters stand where; with those not written yet the numbers add up to `counted`, less who became one
    with another."""
    letters = Letter.objects.filter(broadcast=broadcast).order_by()
    found = dict(letters.values_list("state").annotate(number=Count("pk")))
    return {**found, "unwritten": broadcast.counted - broadcast.written}


def missing(*, broadcast: Broadcast, now: dt.datetime) -> "QuerySet[Contact]":
    """Who belongs to the audience and has not got it: the stopped, those not reached, and who joined since.

    Whoever turned such letters off, or whose mail server refused, is not among them.
    """
    settled = Letter.objects.filter(broadcast=broadcast).exclude(state__in=[L.CANCELLED, L.EXPIRED])
    people = audiences.people(broadcast.audience, now=now)
    return people.exclude(pk__in=settled.values("contact"))


@transaction.atomic
def resend_to_missing(*, broadcast: Broadcast, by: str, now: dt.datetime) -> int:
    """Go on with who missed it. Returns how many people; 0 the second time, and while it is still going out."""
    ended = Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state__in=[S.STOPPED, S.DONE])
    if (standing := ended.first()) is None:
        return 0
    found = set(missing(broadcast=standing, now=now).values_list("pk", flat=True))
    if not found:
        return 0
    back = Letter.objects.filter(broadcast=standing, contact__in=found, state__in=[L.CANCELLED, L.EXPIRED])
    once = dict(back.values_list("contact", "pk"))  # who became one with another may have two
    Letter.objects.filter(pk__in=once.values()).update(
        state=L.QUEUED, not_before=now, reason="Sent after all, to who missed it."
    )
    done, rest = standing.chosen[: standing.written], standing.chosen[standing.written :]
    rest = [*rest, *sorted(found - set(standing.chosen))]
    Broadcast.objects.filter(pk=standing.pk).update(
        state=S.SENDING, chosen=[*done, *rest], counted=len(done) + len(rest), ended_at=None, sent_by=by[:254]
    )
    return len(found)
