"""A buyer wants to be forgotten: the order stays for the books, and nobody can be known from it any more.

What the law asks for is kept: the amounts, and the papers as they were issued, with the address they were issued to.
They are for the seller's books alone then: no page shows them any more. Nor does this reach what lies elsewhere: the
account and its progress, the ledger of letters, and what the payment company keeps of its own.
"""

import contextlib
import datetime as dt
import re
import secrets

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import signup
from accounts.models import User
from courses import access
from courses.models import Grant
from mailing import addresses, contacts, outbox, suppression
from mailing.models import Suppression
from payments import claims, gateway, leases, settlement, story, waiting, words
from payments.models import Attempt, Claim, CouponHold, Gift, Order, Plan, Refund, Withdrawal

REASON = "the buyer’s data was removed"
INSTEAD = "(removed)"


def orders_at(address: str) -> QuerySet[Order]:
    """Orders not forgotten yet that were bought for an address, or by the account that has it."""
    mine = Q(email_key=addresses.key(address)) | Q(user__email__iexact=address.strip())
    return Order.objects.filter(mine, forgotten_at=None).order_by("pk")


def forget_account(*, user: User, now: dt.datetime, actor: User | None = None) -> list[Order]:
    """Forget every order of an account, also those that wait for its proven address; returns them.

    End what it was given as a gift, too. For the deletion of an account: it goes on where it stopped when called
    again, and then finds nothing. Must not be called in a transaction. Raises as `forget`.
    """
    mine = Q(user=user)
    if signup.proven(user):
        mine |= Q(user=None, email_key=addresses.key(user.email))
    found = list(Order.objects.filter(mine, forgotten_at=None).order_by("pk"))
    for order in found:
        forget(order=order, now=now, actor=actor)
    given = [gift.source for gift in Gift.objects.filter(redeemed_by=user)]
    _end_access(user, given, now=now, actor=actor)
    return found


def forget(*, order: Order, now: dt.datetime, actor: User | None = None) -> Order:
    """Remove from an order whatever says who bought it, end that person's access, stop the monthly payments first.

    A gift stays whom it was given to. Whatever comes later (a webhook, a refund) is settled as ever, gives nobody
    access, and writes to nobody but the coach. Must not be called in a transaction. The second call changes nothing.
    Raises gateway.DownError, gateway.RefusedError, leases.BusyError: then the order is as it was, except that its
    pay page may be closed and its plan cancelled; call again.
    """
    if Order.objects.filter(pk=order.pk, forgotten_at__isnull=False).exists():
        return Order.objects.get(pk=order.pk)
    _close_pay_pages(order, now=now)
    with leases.held(order.pk, now=now) as token:
        _stop_plan(order)
        with transaction.atomic():
            order = leases.locked(order.pk, token)
            if order.forgotten_at is not None:
                return order
            _remove(order, now=now, actor=actor)
    outbox.ring()
    _look_once_more(order, now=now)
    return order


def foretell(order: Order) -> list[str]:
    """What `forget` would do with an order, in words."""
    said = [
        f"Order {order.number} of {order.email}: {words.state(order)}, ordered {words.day(order.created_at.date())}"
    ]
    if Attempt.objects.filter(order=order, state__in=Attempt.ALIVE).exists():
        said.append("its pay page is closed; money already on its way is booked and told to the coach")
    if _running_plan(order) is not None:
        said.append("its monthly payments are cancelled at the payment company")
    if order.user is not None and _access_of(order.user, _sources(order)).exists():
        said.append("the buyer’s access ends")
    said.append("address, contact and words are removed; the link to an account is cut")
    if papers := order.receipts.count():
        said.append(
            f"kept for the books: {papers} paper{'s' if papers > 1 else ''}, with the address on them"
        )
    return said


def _close_pay_pages(order: Order, *, now: dt.datetime) -> None:
    """Nobody shall pay for a forgotten order. One that was paid a moment ago is paid: the look says so."""
    for attempt in order.attempts.filter(state__in=Attempt.ALIVE).select_related("order"):
        settlement.settle(attempt=attempt, now=now)
        attempt.refresh_from_db()
        if attempt.state == Attempt.State.OPEN:
            with contextlib.suppress(gateway.RefusedError):
                gateway.expire_session(attempt.session_id or "")
            settlement.settle(attempt=attempt, now=now)


def _running_plan(order: Order) -> Plan | None:
    return Plan.objects.filter(order=order, over_at=None).exclude(state=Plan.State.COMPLETE).first()


def _stop_plan(order: Order) -> None:
    """Cancelled, cancelled before and not known there are all as good."""
    plan = _running_plan(order)
    if plan is not None:
        with contextlib.suppress(gateway.MissingError):
            gateway.cancel_subscription(plan.subscription_id)


def _sources(order: Order) -> list[str]:
    """The words by which the learning side knows that somebody is in by this order."""
    gifts = Gift.objects.filter(order=order)
    return [line.source for line in order.lines.all()] + [gift.source for gift in gifts]


def _access_of(buyer: User, sources: list[str]) -> QuerySet[Grant]:
    return Grant.objects.filter(enrolment__user=buyer, source__in=sources).exclude(state=Grant.State.ENDED)


def _end_access(buyer: User, sources: list[str], *, now: dt.datetime, actor: User | None) -> None:
    """By hand, so that no later settling gives it back."""
    for grant in _access_of(buyer, sources):
        access.end(grant=grant, reason=REASON, now=now, actor=actor or buyer)


def _remove(order: Order, *, now: dt.datetime, actor: User | None) -> None:
    """All of it in the caller's transaction, order locked."""
    known = _addresses_of(order)
    if order.user is not None:
        _end_access(order.user, _sources(order), now=now, actor=actor)
    waiting.revoke(order=order)
    _empty_words(order, known)
    _make_nobodys(order, now=now)
    story.add(order=order, kind=story.CLICKED, says="The buyer’s data was removed", now=now, actor=actor)


def _addresses_of(order: Order) -> re.Pattern[str]:
    known = {order.email, order.email_key, order.contact.email}
    if order.user is not None:
        known.add(order.user.email)
    corrected = order.entries.filter(says__startswith=claims.CORRECTED).values_list("says", flat=True)
    known |= {says.removeprefix(claims.CORRECTED) for says in corrected}
    return re.compile("|".join(re.escape(one) for one in sorted(known, key=len, reverse=True)), re.IGNORECASE)


def _empty_words(order: Order, known: re.Pattern[str]) -> None:
    """What the buyer wrote goes; what others wrote stays, without the buyer's address."""
    Gift.objects.filter(order=order).update(giver_name="", recipient_name="", message="")
    Withdrawal.objects.filter(order=order).update(note="")
    for entry in order.entries.all():
        entry.says = known.sub(INSTEAD, entry.says)
        entry.save(update_fields=["says"])
    for refund in Refund.objects.filter(payment__attempt__order=order).exclude(note=""):
        refund.note = known.sub(INSTEAD, refund.note)
        refund.save(update_fields=["note"])


def _make_nobodys(order: Order, *, now: dt.datetime) -> None:
    """In place of the buyer's an address of the order's own that is never written to; no account, no browser."""
    email = f"forgotten-{order.key}@forgotten.invalid"
    suppression.put(email=email, scope=Suppression.Scope.ALL, reason=Suppression.Reason.MANUAL, now=now)
    order.email, order.email_key = email, addresses.key(email)
    order.contact, order.user = contacts.of(email, now=now), None
    order.shopper, order.cart = f"forgotten:{order.key}", secrets.token_hex(32)
    order.may_remind_at, order.forgotten_at = None, now
    order.save()
    CouponHold.objects.filter(order=order).update(user=None, email_key=order.email_key)
    Claim.objects.filter(order=order).update(claimed_by=None)


def _look_once_more(order: Order, *, now: dt.datetime) -> None:
    """So that our rows know at once that the plan is over. Missed now, the next webhook or look tells."""
    paid = order.attempts.filter(state=Attempt.State.PAID).first()
    if paid is not None and order.is_plan:
        with contextlib.suppress(gateway.DownError, gateway.RefusedError, leases.BusyError):
            settlement.settle(attempt=paid, now=now)
