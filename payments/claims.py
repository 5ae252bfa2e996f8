"""A waiting order goes to whoever proves the address now.

Never by paying, never because two strings are equal.
"""

import contextlib
import datetime as dt

from django.db import transaction

from accounts import signup
from accounts.models import User
from mailing import addresses, contacts, outbox
from payments import fulfilment, gift_letters, paperwork, story, waiting
from payments.models import Claim, Gift, Order, Plan, Receipt

CORRECTED = "Address corrected from "


class NotYoursError(Exception):
    """The address of the order is not the proven address of this account."""


class TooLateError(Exception):
    """The claim is fulfilled or revoked, or the address was corrected before."""


def address_proven(*, user: User, email: str, now: dt.datetime) -> None:
    """Somebody has just shown that `email` is theirs: everything that waits for it is theirs.

    Wired as settings.ADDRESS_PROVEN. The second call finds nothing waiting. What cannot be given now (an order under
    review) keeps nobody from signing in: it goes on waiting.
    """
    for claim in waiting_for(email):
        with contextlib.suppress(TooLateError):
            fulfil(claim=claim, user=user, now=now)


def waiting_for(email: str) -> list[Claim]:
    """Unclaimed claims of an address, oldest first. Ask only for an address that was proven."""
    found = Claim.objects.filter(state=Claim.State.UNCLAIMED, order__email_key=addresses.key(email))
    return list(found.select_related("order").prefetch_related("order__lines").order_by("opened_at"))


def take(*, order: Order, user: User, now: dt.datetime) -> Claim:
    """One click of a signed-in person whose proven address is the order's. Raises NotYoursError, TooLateError.

    The second call by the same person returns the same claim.
    """
    if addresses.key(user.email) != order.email_key or not signup.proven(user):
        raise NotYoursError
    return fulfil(claim=order.claim, user=user, now=now)


def fulfil(*, claim: Claim, user: User, now: dt.datetime) -> Claim:
    """Give the order and its courses to `user`, who has proven the address. Locks the order.

    The second call for the same user returns the claim; raises TooLateError if it is revoked or somebody else's, if
    the order is not paid for now, or if its address was corrected a moment ago.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=claim.order_id)
        claim.refresh_from_db()
        if claim.state == Claim.State.CLAIMED and claim.claimed_by_id == user.pk:
            return claim
        if claim.state != Claim.State.UNCLAIMED or not order.is_paid_for:
            raise TooLateError
        if order.email_key != addresses.key(user.email):
            raise TooLateError
        claim.state, claim.claimed_by, claim.claimed_at = Claim.State.CLAIMED, user, now
        claim.save(update_fields=["state", "claimed_by", "claimed_at"])
        order.user = user
        order.save(update_fields=["user"])
        fulfilment.give(order=order, user=user, now=now)
        fulfilment.follow(order=order, plan=Plan.objects.filter(order=order).first(), now=now)  # it may rest
    outbox.ring()
    return claim


def may_be_corrected(order: Order) -> bool:
    """Does the order of a guest, or the gift of one, still wait, and was its address never corrected?"""
    return order.corrected_at is None and _waits(order)


def _waits(order: Order) -> bool:
    if order.is_gift:
        rests = order.disputed or not order.is_paid_for
        return order.user_id is None and not rests and order.gift.state == Gift.State.WAITING
    claim = getattr(order, "claim", None)
    return claim is not None and claim.state == Claim.State.UNCLAIMED


def correct_address(*, order: Order, email: str, now: dt.datetime, actor: User | None = None) -> bool:
    """The buyer mistyped: the order is of `email` instead; the old link, or the gift's old code, dies, and its papers
    are sent to the new address too. Locks the order.

    The buyer may do it once; an `actor` at the desk as often as it takes. Raises TooLateError when the buyer did it
    before, or when the order does not wait any more. The same address changes nothing: False.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if addresses.key(email) == order.email_key:
            return False
        if not _waits(order) or (order.corrected_at is not None and actor is None):
            raise TooLateError
        if actor is not None:
            says = f"{CORRECTED}{order.email}"
            story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
        paperwork.address_corrected(order=order, now=now)
        order.email, order.email_key = email.strip(), addresses.key(email)
        order.contact, order.corrected_at = contacts.of(email, now=now), now
        order.save(update_fields=["email", "email_key", "contact", "corrected_at"])
        if order.is_gift:
            gift_letters.renew(order=order, now=now)
        else:
            waiting.renew(claim=order.claim, now=now)
        for one in Receipt.objects.filter(order=order).order_by("pk"):
            one.order = order  # with the address as it is now
            paperwork.paper_anew(issued=one, now=now)
    outbox.ring()
    return True
