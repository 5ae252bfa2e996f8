"""One letter to many people: written, sent with ten minutes to call it back, put into the queue in portions.

Its audience is fixed at the moment of sending, by person. A portion and the mark of how far it got commit together, so
a crash in the middle goes on with who is left: nobody is skipped, nobody gets it twice.
"""

import datetime as dt
import random
import time
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from mailing import audiences, contacts, kinds, publish, schedule
from mailing.models import Broadcast, Contact, Letter, Sequence, Step

S, L = Broadcast.State, Letter.State
SLUG = "letters-to-many"
HOLD = dt.timedelta(minutes=10)
PORTION = 200
SECONDS = 2  # then the other letters get their turn
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


def send(*, broadcast: Broadcast, by: str, now: dt.datetime, first: int = 0) -> int:
    """Fix who gets it and start the ten minutes. Returns how many people; the second call changes nothing.

    `first` of them, picked by chance, get it before the others, who wait for `go_on`. Raises Refused when there is
    nobody, or it was stopped or sent before.
    """
    chosen = list(audiences.people(broadcast.audience, now=now).order_by("pk").values_list("pk", flat=True))
    if not chosen:
        raise Refused("There is nobody in this audience, so nothing was sent.")
    first = first if first < len(chosen) else 0
    ahead = set(random.sample(chosen, first))
    chosen.sort(key=lambda pk: pk not in ahead)
    drafts = Broadcast.objects.filter(pk=broadcast.pk, state=S.DRAFT)
    values = {"counted": len(chosen), "chosen": chosen, "first": first, "written": 0, "reason": ""}
    if hold(drafts, by, now, **values):
        return len(chosen)
    standing = Broadcast.objects.get(pk=broadcast.pk)
    if standing.state in (S.HELD, S.SENDING, S.TRIED):
        return standing.counted
    raise Refused("This letter was sent or stopped before. Write a new one, or send it to who missed it.")


def hold(rows: "QuerySet[Broadcast]", by: str, now: dt.datetime, **values: Any) -> int:
    """The ten minutes begin, and undoing leads back to where it stood. How many letters to many: 0 or 1."""
    return rows.update(
        state=S.HELD, before_hold=F("state"), hold_until=now + HOLD, sent_by=by[:254], **values
    )


def go_on(*, broadcast: Broadcast, by: str, now: dt.datetime) -> int:
    """The first of them have it, and all is well: the others, after ten minutes. How many; 0 the second time."""
    standing = Broadcast.objects.filter(pk=broadcast.pk, state=S.TRIED)
    if not hold(standing, by, now):
        return 0
    return broadcast.counted - broadcast.first


def undo(*, broadcast: Broadcast, now: dt.datetime) -> bool:
    """Back to where it stood before the ten minutes; nobody more has got it. False once it is going out."""
    held = Broadcast.objects.filter(pk=broadcast.pk, state=S.HELD, hold_until__gt=now)
    fresh: dict[str, Any] = {"counted": 0, "chosen": [], "first": 0}
    back: dict[str, Any] = {"state": F("before_hold"), "hold_until": None, "again": []}
    return bool(
        held.filter(before_hold=S.DRAFT).update(**back, **fresh)
        or held.exclude(before_hold=S.DRAFT).update(**back)
    )


@transaction.atomic
def stop(*, broadcast: Broadcast, by: str, now: dt.datetime) -> bool:
    """No further letter of it leaves; what is being handed over at this moment cannot be called back.

    Who got it stands in the ledger. False the second time, and when nobody is to get it any more; one that is done can
    have readers who rest. Waits for a portion that is just being written.
    """
    states = [S.HELD, S.SENDING, S.TRIED, S.DONE]
    going = Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state__in=states).first()
    waiting = Letter.objects.filter(broadcast=broadcast, state__in=Letter.WAITING)
    if going is None or (going.state == S.DONE and not waiting.exists()):
        return False
    Broadcast.objects.filter(pk=broadcast.pk).update(
        state=S.STOPPED, ended_at=now, again=[], reason=f"Stopped by {by}."[:200]
    )
    waiting.update(state=L.CANCELLED, reason=CALLED_BACK, lease_token=None, lease_until=None)
    return True


def advance(*, now: dt.datetime) -> int:
    """What a tick does: begin what was held long enough, write portions for SECONDS, close what is through.

    Returns how many letters were written; two at a time share the work, each portion is written once.
    """
    written, until = 0, time.monotonic() + SECONDS
    due = Broadcast.objects.filter(Q(state=S.SENDING) | Q(state=S.HELD, hold_until__lte=now)).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        release(pk, now)
        while time.monotonic() < until and (number := write_portion(pk, now)):
            written += number
    return written


@transaction.atomic
def release(pk: int, now: dt.datetime) -> None:
    """The ten minutes are over: it goes out; where it went before, to those who missed it, and to nobody else for whom
    it was once meant. The second call changes nothing."""
    held = Broadcast.objects.filter(pk=pk, state=S.HELD, hold_until__lte=now)
    if (seen := held.first()) is None:
        return
    missed = {one.pk for one in readers(seen.again)}  # locked before the letter, as for a portion
    standing = held.select_for_update().first()
    if standing is None or standing.again != seen.again:
        return
    values: dict[str, Any] = {"state": S.SENDING, "ended_at": None, "reason": "", "again": []}
    if standing.again:
        written = standing.chosen[: standing.written]
        chosen = [*written, *sorted(take_up(standing, missed, now) - set(written))]
        values |= {"chosen": chosen, "counted": len(chosen), "first": 0}
    held.update(**values)


def take_up(broadcast: Broadcast, missed: set[int], now: dt.datetime) -> set[int]:
    """Queue again what was stopped or came too late for these people; returns who has no letter of it at all."""
    letters = Letter.objects.filter(broadcast=broadcast, contact__in=missed)
    ended = letters.filter(state__in=[L.CANCELLED, L.EXPIRED])
    settled = set(letters.exclude(pk__in=ended).values_list("contact", flat=True))
    once = dict(ended.exclude(contact__in=settled).values_list("contact", "pk"))  # one person may have two
    Letter.objects.filter(pk__in=once.values()).update(
        state=L.QUEUED, not_before=now, reason="Sent after all, to who missed it."
    )
    return missed - settled - once.keys()


@transaction.atomic
def write_portion(pk: int, now: dt.datetime) -> int:
    """The next PORTION of the chosen. 0 when somebody else is at it, it was stopped, or all are written."""
    rows = Broadcast.objects.filter(pk=pk, state=S.SENDING)
    standing = rows.first()
    portion = upcoming(standing) if standing else []
    people = readers(portion)  # locked before the letter, so that nobody becomes one with another meanwhile
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    broadcast = rows.select_related("step__sequence").defer("chosen").first()
    if standing is None or broadcast is None or broadcast.written != standing.written:
        return 0
    if not portion:
        left = Letter.objects.filter(broadcast=broadcast, state__in=Letter.UNDER_WAY)
        if not left.exclude(
            state=L.QUEUED, contact__paused_until__gt=now
        ).exists():  # who rests gets it afterwards
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
                one.state, one.reason = Letter.State.SKIPPED, audiences.LEFT
    Letter.objects.bulk_create(rows_, ignore_conflicts=True)
    written = broadcast.written + len(portion)
    Broadcast.objects.filter(pk=pk).update(
        written=written, state=S.TRIED if written == broadcast.first else S.SENDING
    )
    return len(portion)


def upcoming(broadcast: Broadcast) -> list[int]:
    """The next of the chosen, not beyond those who get it first."""
    start = broadcast.written
    end = start + PORTION
    return broadcast.chosen[start : min(end, broadcast.first) if start < broadcast.first else end]  # type: ignore[no-any-return]


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
    """After ten minutes, go on with who missed it. How many people; 0 the second time, and while it is going out."""
    ended = Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state__in=[S.STOPPED, S.DONE])
    if (standing := ended.first()) is None:
        return 0
    found = list(missing(broadcast=standing, now=now).order_by("pk").values_list("pk", flat=True))
    if found:
        hold(Broadcast.objects.filter(pk=standing.pk), by, now, again=found)
    return len(found)
