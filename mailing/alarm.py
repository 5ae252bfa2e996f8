"""A send that too many addresses refuse, or too many people call spam, stops by itself until a person has looked.

More than 5 % hard bounces or more than 0.3 % complaints (mail.md §2). "A send" is a broadcast, or what a sequence sent
within a week. A single one of them is no alarm, for few letters of a sequence go on a day, and the first of a broadcast
may be the one with the dead address.
"""

import datetime as dt

from django.db.models import Count, Q, QuerySet

from mailing.models import Broadcast, DeliveryEvent, Letter, Sequence
from mailing.replies import NO_SUCH_ADDRESS

T = DeliveryEvent.Type
HARD = [*NO_SUCH_ADDRESS, "5.2.1"]
BOUNCES, COMPLAINTS = 0.05, 0.003
LEAST_BOUNCES, LEAST_COMPLAINTS = 3, 2
WEEK = dt.timedelta(days=7)


def watch(letter: Letter, *, now: dt.datetime) -> str:
    """Look at the send of a letter of which something bad was just said; stop it if it is too much.

    Returns the reason, empty if all is well. The second call for one send finds it stopped.
    """
    if letter.broadcast_id is not None:
        mine = Letter.objects.filter(broadcast=letter.broadcast_id)
        if reason := _too_much(mine, least=(LEAST_BOUNCES, LEAST_COMPLAINTS)):
            _stop_broadcast(letter.broadcast_id, reason, now)
        return reason
    if letter.run is None:
        return ""
    sequence = letter.run.sequence
    since = max(now - WEEK, sequence.paused_itself_at or now - WEEK)
    lately = Q(handed_at__gt=since) | Q(state=Letter.State.FAILED, created_at__gt=since)
    mine = Letter.objects.filter(lately, run__sequence=sequence)
    if reason := _too_much(mine, least=(LEAST_BOUNCES, LEAST_COMPLAINTS)):
        live = Sequence.objects.filter(pk=sequence.pk, state=Sequence.State.LIVE)
        live.update(state=Sequence.State.PAUSED, paused_reason=reason, paused_itself_at=now)
    return reason


def _too_much(letters: QuerySet[Letter], *, least: tuple[int, int]) -> str:
    offered = Q(handed_at__isnull=False) | Q(
        state=Letter.State.FAILED
    )  # refused at the door: never handed over
    count = letters.filter(offered).aggregate(
        handed=Count("pk", distinct=True),
        gone=Count("pk", filter=Q(events__type=T.BOUNCED, events__code__in=HARD), distinct=True),
        complained=Count("pk", filter=Q(events__type=T.COMPLAINED), distinct=True),
    )
    handed, gone, complained = count["handed"], count["gone"], count["complained"]
    if gone >= least[0] and gone > BOUNCES * handed:
        return f"{gone} of {handed} letters went to addresses that do not exist."
    if complained >= least[1] and complained > COMPLAINTS * handed:
        return f"{complained} of {handed} readers called a letter spam."
    return ""


def _stop_broadcast(pk: int, reason: str, now: dt.datetime) -> None:
    """Nothing more of it goes: who has it stands in the ledger, the others' letters are cancelled."""
    running = Broadcast.objects.filter(pk=pk).exclude(state=Broadcast.State.STOPPED)
    if running.update(state=Broadcast.State.STOPPED, reason=reason, ended_at=now):
        waiting = Letter.objects.filter(broadcast=pk, state__in=Letter.WAITING)
        waiting.update(state=Letter.State.CANCELLED, reason=reason, lease_token=None, lease_until=None)
