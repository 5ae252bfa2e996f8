"""A course for somebody else: a code that is redeemed once, handed on by the giver or mailed on a day."""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from courses import access
from mailing import contacts, outbox
from mailing.models import Letter
from payments import paperwork, standing, story
from payments.models import Gift, Order

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
GROUPS, LENGTH = 4, 4  # 30 ** 16: nobody guesses one


class GoneError(Exception):
    """The gift was redeemed by somebody else, or called back."""


class NotYetError(Exception):
    """The payment for the gift is being looked into; the code will work again if it stands."""


@dataclass(frozen=True)
class Wish:
    """What a giver wants: names and words as typed; an address and a day only if the site shall write."""

    giver_name: str = ""
    recipient_name: str = ""
    message: str = ""
    recipient_email: str = ""
    send_on: dt.date | None = None


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
    """Open, hold or end what the gift gives, as the order's state says. Inside the settling transaction.

    The second call changes nothing.
    """
    gift = order.gift
    if access_is == standing.Access.GIVE and gift.state == Gift.State.WANTED:
        Gift.objects.filter(pk=gift.pk).update(state=Gift.State.WAITING)
        gift.refresh_from_db()
        paperwork.gift_for_giver(gift=gift, now=now)
    if access_is == standing.Access.END and gift.state in (Gift.State.WANTED, Gift.State.WAITING):
        Gift.objects.filter(pk=gift.pk).update(state=Gift.State.REVOKED)
    if access_is == standing.Access.GIVE and gift.state == Gift.State.REVOKED and gift.redeemed_at is None:
        Gift.objects.filter(pk=gift.pk).update(state=Gift.State.WAITING)


def redeem(*, code: str, user: User, now: dt.datetime) -> Gift:
    """Give the course to whoever holds the code and is signed in with a proven address. Locks the order.

    The second call by the same person returns the gift. Raises Gift.DoesNotExist, GoneError, NotYetError.
    """
    found = Gift.objects.get(code=tidy(code))
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=found.order_id)
        gift = Gift.objects.get(pk=found.pk)
        if gift.state == Gift.State.REDEEMED and gift.redeemed_by_id == user.pk:
            return gift
        if gift.state != Gift.State.WAITING or not order.is_paid_for:
            raise GoneError
        if order.disputed:
            raise NotYetError
        gift.state, gift.redeemed_by, gift.redeemed_at = Gift.State.REDEEMED, user, now
        gift.save(update_fields=["state", "redeemed_by", "redeemed_at"])
        for line in order.lines.select_related("course"):
            access.grant(user=user, course=line.course, source=gift.source, now=now)
        paperwork.gift_redeemed(gift=gift, now=now)
    outbox.ring()
    return gift


def can_be_readdressed(gift: Gift) -> bool:
    """Is it still on nobody's way? Once mailed, somebody holds the code."""
    return gift.state in (Gift.State.WANTED, Gift.State.WAITING) and gift.sent_at is None


def readdress(*, gift: Gift, email: str, actor: User, now: dt.datetime) -> None:
    """Have the gift mailed to another address, as long as it was not mailed. The second call changes nothing.

    Raises GoneError.
    """
    recipient = contacts.of(email, now=now)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=gift.order_id)
        gift = Gift.objects.get(pk=gift.pk)
        if not can_be_readdressed(gift):
            raise GoneError
        if gift.recipient_id == recipient.pk:
            return
        Gift.objects.filter(pk=gift.pk).update(recipient=recipient)
        says = f"The gift goes to {recipient.email}"
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)


def resend(*, gift: Gift, actor: User, now: dt.datetime) -> Letter:
    """The gift's letter once more: to its recipient if it was mailed, else to the giver. Twice within a minute is once.

    Raises GoneError for a gift that does not wait for anybody.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=gift.order_id)
        gift = Gift.objects.select_related("recipient", "order__contact").get(pk=gift.pk)
        if gift.state != Gift.State.WAITING:
            raise GoneError
        again = f"{now:%Y%m%d%H%M}"
        write = paperwork.gift_for_you if gift.sent_at and gift.recipient else paperwork.gift_for_giver
        letter = write(gift=gift, now=now, again=again)
        if letter.created_at == now:
            says = f"The gift’s letter goes to {letter.contact.email} again"
            story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
    outbox.ring()
    return letter
