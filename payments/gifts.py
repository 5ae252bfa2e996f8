"""A course for somebody else: a code that is redeemed once, handed on by the giver or mailed on a day."""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts import signup
from accounts.models import User
from courses import access
from courses.models import Course
from mailing import contacts, outbox
from payments import paperwork, standing, story
from payments.models import Gift, Order

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
GROUPS, LENGTH = 4, 4  # 30 ** 16: nobody guesses one
AHEAD = dt.timedelta(hours=14)  # so far ahead of UTC is the earliest calendar
CALLED_BACK = "The gift was called back."
S = Gift.State


class NothingPaidError(Exception):
    """A gift must be paid for: one that costs nothing would let anybody have us write to anybody."""


class GoneError(Exception):
    """The gift can be opened no more."""


class TakenError(GoneError):
    """Somebody has opened it."""


class CalledBackError(GoneError):
    """The money went back to the giver."""


class NotYetError(Exception):
    """The payment for the gift is being looked into; the code will work again if it stands."""


class HasItError(Exception):
    """This person has the course already; the code stays good for somebody else."""


class NotProvenError(Exception):
    """This person has not shown yet that the account's address is theirs."""


@dataclass(frozen=True)
class Wish:
    """What a giver wants: names and words as typed; an address and a day only if the site shall write."""

    giver_name: str = ""
    recipient_name: str = ""
    message: str = ""
    recipient_email: str = ""
    send_on: dt.date | None = None


# ---- from the order to the code ----
def want(*, order: Order, wish: Wish, now: dt.datetime) -> Gift:
    """Make the order's gift, with its code. Inside the transaction that makes the order."""
    recipient = contacts.of(wish.recipient_email, now=now) if wish.recipient_email else None
    return Gift.objects.create(
        order=order,
        code=new_code(),
        giver_name=wish.giver_name,
        recipient_name=wish.recipient_name,
        message=wish.message,
        recipient=recipient,
        send_on=wish.send_on if recipient else None,
    )


def new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))


def tidy(code: str) -> str:
    """The code as it is kept, however it was typed."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return "-".join(plain[start : start + LENGTH] for start in range(0, len(plain), LENGTH))


def follow(*, order: Order, access_is: standing.Access, now: dt.datetime) -> None:
    """Make the code good, or call it back, as the order's state says. Inside the settling transaction.

    The second call changes nothing. While a bank looks into the payment the code rests by itself (`refuse`). One that
    was called back by hand stays so.
    """
    gift = order.gift
    if access_is is standing.Access.GIVE:
        unopened = Gift.objects.filter(
            pk=gift.pk, state__in=[S.WANTED, S.REVOKED], redeemed_at=None, ended_at=None
        )
        unopened.update(state=S.WAITING)
        gift.refresh_from_db()
        gift.order = order
        if gift.state == S.WAITING:
            write_if_due(gift, now=now)
            paperwork.gift_for_giver(gift=gift, now=now)
    elif access_is is standing.Access.END:
        Gift.objects.filter(pk=gift.pk, state__in=[S.WANTED, S.WAITING]).update(state=S.REVOKED)
        gift.refresh_from_db()
        if gift.state == S.REVOKED:
            _keep_back(gift)


def call_back(*, order: Order, now: dt.datetime) -> None:
    """By hand, and for good: nobody opens the order's gift any more. Inside a transaction that holds the order.

    What was opened stays opened; the second call changes nothing.
    """
    unopened = Gift.objects.filter(order=order, state__in=[S.WANTED, S.WAITING, S.REVOKED], redeemed_at=None)
    if unopened.filter(ended_at=None).update(state=S.REVOKED, ended_at=now):
        _keep_back(Gift.objects.get(order=order))


def _keep_back(gift: Gift) -> None:
    """Letters about a gift that was called back do not go, if they still can be stopped."""
    for field in ("sent_again_at", "sent_at"):
        moment = getattr(gift, field)
        if moment and paperwork.withdraw_gift_letter(gift=gift, moment=moment, reason=CALLED_BACK):
            setattr(gift, field, None)
            gift.save(update_fields=[field])


# ---- opening ----
def course_of(gift: Gift) -> Course:
    return gift.order.lines.select_related("course")[0].course


def refuse(*, gift: Gift, user: User | None) -> None:
    """Raise what stands against opening the gift now: GoneError, NotYetError, HasItError. `user` None: unknown yet."""
    if gift.state == S.REDEEMED:
        raise TakenError
    if gift.state == S.REVOKED:
        raise CalledBackError
    if gift.state != S.WAITING or gift.order.disputed or not gift.order.is_paid_for:
        raise NotYetError
    if user is not None and access.of(user, course_of(gift)):
        raise HasItError


def redeem(*, code: str, user: User, now: dt.datetime) -> Gift:
    """Give the course to whoever holds the code and is signed in with a proven address. Locks the order.

    The second call by the same person returns the gift. Raises Gift.DoesNotExist, NotProvenError, and what `refuse`
    raises; then nothing is used up.
    """
    found = Gift.objects.get(code=tidy(code))
    if not signup.proven(user):
        raise NotProvenError
    with transaction.atomic():
        gift = locked(found.pk)
        if gift.redeemed_by_id == user.pk:
            return gift
        refuse(gift=gift, user=user)
        mine = Gift.objects.filter(pk=gift.pk, state=S.WAITING)
        if not mine.update(state=S.REDEEMED, redeemed_by=user, redeemed_at=now):
            raise TakenError
        gift.state, gift.redeemed_by, gift.redeemed_at = S.REDEEMED, user, now
        for line in gift.order.lines.select_related("course"):
            access.grant(user=user, course=line.course, source=gift.source, now=now)
        story.add(order=gift.order, kind=story.DERIVED, says=f"Gift opened by {user.email}", now=now)
        if gift.order.contact_id != user.contact_id:
            paperwork.gift_redeemed(gift=gift, now=now)
    outbox.ring()
    return gift


def locked(pk: int) -> Gift:
    """The gift as it stands, its order locked. Needs a transaction."""
    order_pk = Gift.objects.values_list("order_id", flat=True).get(pk=pk)
    order = Order.objects.select_for_update().get(pk=order_pk)
    gift = Gift.objects.select_related("recipient").get(pk=pk)
    gift.order = order
    return gift


# ---- the letter to whom it is meant ----
def send_due(*, now: dt.datetime) -> int:
    """Write to everybody whose gift has its day; returns how many letters. The second call finds none.

    A payment that is being looked into keeps its letter back until that is over.
    """
    waiting = Gift.objects.filter(
        Q(send_on=None) | Q(send_on__lte=(now + AHEAD).date()),
        state=S.WAITING,
        sent_at=None,
        recipient__isnull=False,
        order__disputed=False,
        order__state__in=Order.PAID_FOR,
    )
    sent = sum(_send(pk, now=now) for pk in waiting.order_by("send_on", "pk").values_list("pk", flat=True))
    if sent:
        outbox.ring()
    return sent


@transaction.atomic
def _send(pk: int, *, now: dt.datetime) -> bool:
    return write_if_due(locked(pk), now=now)


def write_if_due(gift: Gift, *, now: dt.datetime) -> bool:
    """Queue the letter if it is time and nothing stands against it. Order locked; the second call writes nothing."""
    if not gift.is_due(zone=contacts.zone_of(gift.order.contact), now=now):
        return False
    if gift.state != S.WAITING or gift.order.disputed or not gift.order.is_paid_for:
        return False
    if not Gift.objects.filter(pk=gift.pk, state=S.WAITING, sent_at=None).update(sent_at=now):
        return False
    gift.sent_at = now
    paperwork.gift_for_you(gift=gift, now=now)
    says = f"Letter with the gift for {gift.recipient}"
    story.add(order=gift.order, kind=story.DERIVED, says=says, now=now)
    return True
