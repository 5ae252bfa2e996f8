"""The letter with a gift, by hand: to whom and when it goes, and once more. By its giver, or by the coach."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from mailing import contacts, outbox
from mailing.models import Letter
from payments import gifts, paperwork, story
from payments.models import Gift, Order

A_MINUTE = dt.timedelta(minutes=1)
REPLACED = "It was written anew."
S = Gift.State


class TooLateError(Exception):
    """Its letter has gone as often as it may, or the gift has been opened or called back."""


def can_be_readdressed(gift: Gift) -> bool:
    """Is it still on nobody's way? Once mailed, somebody holds the code."""
    return gift.state in (S.WANTED, S.WAITING) and gift.sent_at is None


def change_letter(
    *, gift: Gift, email: str, send_on: dt.date | None, now: dt.datetime, actor: User | None = None
) -> Gift:
    """Until its letter is written: to whom and on which day it goes, said anew. Locks the order.

    By the giver, or by an `actor` at the desk. Without a day it goes at once. The second call changes nothing.
    Raises TooLateError.
    """
    recipient = contacts.of(email, now=now)
    with transaction.atomic():
        gift = gifts.locked(gift.pk)
        if not can_be_readdressed(gift):
            raise TooLateError
        if (gift.recipient_id, gift.send_on) == (recipient.pk, send_on):
            return gift
        gift.recipient, gift.send_on = recipient, send_on
        gift.save(update_fields=["recipient", "send_on"])
        _clicked(
            gift, f"Gift to be mailed to {recipient} {f'on {send_on}' if send_on else 'at once'}", actor, now
        )
        gifts.write_if_due(gift, now=now)
    outbox.ring()
    return gift


def send_again(*, gift: Gift, now: dt.datetime, email: str = "", actor: User | None = None) -> Letter:
    """Once more, perhaps to a better address: a letter gets lost, an address has a slip. Locks the order.

    The giver may do it once a gift. An `actor` at the desk may do it again and again, twice within a minute is once;
    as long as nothing was mailed it is the giver's own letter that goes once more. A letter that still waits is
    replaced, and counts as never written. Raises TooLateError and NotYetError.
    """
    with transaction.atomic():
        gift = gifts.locked(gift.pk)
        may, last = gift.sent_at and not gift.sent_again_at, gift.sent_again_at or gift.sent_at
        if gift.state != S.WAITING or not (may or actor):
            raise TooLateError
        gifts.refuse(gift=gift, user=None)
        if last is None:
            letter = paperwork.gift_for_giver(gift=gift, now=now, again=f"{now:%Y%m%d%H%M}")
        elif actor and now - last < A_MINUTE:
            letter = paperwork.gift_for_you(gift=gift, now=last)  # which it was
        else:
            if email:
                gift.recipient = contacts.of(email, now=now)
            letter = _write_again(gift, now=now)
        if letter.created_at == now:
            _clicked(gift, f"Letter with the gift once more, for {letter.contact}", actor, now)
    outbox.ring()
    return letter


def _write_again(gift: Gift, *, now: dt.datetime) -> Letter:
    """The letter to its recipient once more, instead of one that still waits. Order locked."""
    last = "sent_again_at" if gift.sent_again_at else "sent_at"
    instead = paperwork.withdraw_gift_letter(gift=gift, moment=getattr(gift, last), reason=REPLACED)
    setattr(gift, last if instead else "sent_again_at", now)
    gift.save(update_fields=["recipient", "sent_at", "sent_again_at"])
    return paperwork.gift_for_you(gift=gift, now=now)


def renew(*, order: Order, now: dt.datetime) -> None:
    """A stranger was told the code, because the giver's address was wrong: a new one. Order locked.

    It goes to the giver, and to whom it is meant if the old one was mailed there. Each call makes another code.
    """
    gift = Gift.objects.select_related("recipient").get(order=order)
    gift.order, gift.code = order, gifts.new_code()
    gift.save(update_fields=["code"])
    if gift.sent_at:
        _write_again(gift, now=now)
    paperwork.gift_for_giver(gift=gift, now=now, again=f"{now:%Y%m%d%H%M%S}")


def _clicked(gift: Gift, says: str, actor: User | None, now: dt.datetime) -> None:
    story.add(order=gift.order, kind=story.CLICKED, says=says, now=now, actor=actor or gift.order.user)
