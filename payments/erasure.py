"""Somebody wants to be forgotten, altogether: orders, access and progress, the account, and every letter.

Each floor forgets its own (`farewell`, `courses.farewell`, `accounts.privacy`, `mailing.farewell`); here stands the
order in which they do, because only this floor knows them all. It is safe to run again after a breakdown: it goes on
where it stopped. What stays stands in `stays`, for whoever asks before it is done.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from accounts import invitations, privacy
from accounts.models import User
from courses import farewell as learning
from courses.models import Enrolment
from coursesite.lib import desk_log
from mailing import erased
from mailing import farewell as letters
from mailing.models import Contact, Letter
from payments import farewell, words
from payments.models import Claim, CouponHold, Entry, Gift, Order, Plan, Refund


class AtTheDesk(ValueError):
    """Somebody who works at the desk: the owner takes that away first, so that nobody locks everybody out."""


def account_of(contact: Contact) -> User | None:
    return User.objects.filter(contact=contact).first()


def orders_of(contact: Contact) -> list[Order]:
    """What they bought, by their account or their address."""
    mine = Q(contact=contact) | Q(email_key=contact.email_key) | Q(user__contact=contact)
    return list(Order.objects.filter(mine, forgotten_at=None).order_by("pk"))


def goes(contact: Contact, *, to_them: bool = False) -> list[str]:
    """What is removed, in sentences to the desk or `to_them`; four queries."""
    the, them = ("your", "you") if to_them else ("the", "them")
    user = account_of(contact)
    said = [f"{the.title()} name, {the} address and {the} time zone, everywhere."]
    if user is not None:
        courses = Enrolment.objects.filter(user=user).values_list("course__title", flat=True)
        said.append(
            f"{the.title()} account: nobody can sign in with it any more, and every device is signed out now."
        )
        said += [
            f"{the.title()} access to “{title}”, and everything that was done in it." for title in courses
        ]
    orders = orders_of(contact)
    running = Plan.objects.filter(order__in=orders, over_at=None).exclude(state=Plan.State.COMPLETE)
    said += [
        f"{the.title()} monthly payments of order {plan.order.number}: they are stopped, nothing more is taken."
        for plan in running.select_related("order")
    ]
    if Letter.objects.filter(contact=contact).exists():
        said.append(f"What was written to {them}, and every letter that still waits.")
    return said


def stays(contact: Contact, *, to_them: bool = False) -> list[str]:
    """What is kept, and why, in sentences to the desk or `to_them`."""
    the = "your" if to_them else "the"
    said = [
        f"Order {order.number} ({words.state(order)}) stays in the books, as the law wants it, with its receipts as "
        "they were issued; nobody can see them any more but the bookkeeper."
        for order in orders_of(contact)
    ]
    said.append("That letters were sent is still counted, but not to whom.")
    said.append(
        f"If {the} address asked not to be written to, that stays, as a code that cannot be read back."
    )
    return said


def erase(*, contact: Contact, now: dt.datetime, actor: User | None = None) -> None:
    """Remove a person's data. `actor` is who does it at the desk, None for the person.

    The second call changes nothing; after a breakdown it goes on. Must not be called in a transaction: monthly payments
    are stopped at the payment company first. Raises AtTheDesk, and as `farewell.forget`: gateway.DownError,
    gateway.RefusedError, leases.BusyError.
    """
    user, known = account_of(contact), [contact.email]
    if user is not None and user.is_staff:
        raise AtTheDesk
    if user is not None:
        known.append(user.email)
        farewell.forget_account(user=user, now=now, actor=actor)
    for order in orders_of(contact):
        farewell.forget(order=order, now=now, actor=actor)
    erased.remember(contact.email, now=now)
    with transaction.atomic():
        _leave_gifts(contact, user, now=now)
        if user is not None:
            learning.forget(user=user, now=now)
            CouponHold.objects.filter(user=user).update(user=None)
            Claim.objects.filter(claimed_by=user).update(claimed_by=None)
            privacy.delete_account(user=user)
        letters.erase(contact=contact, now=now)
        for address in known:
            if "@" in address and not address.endswith("@erased.invalid"):
                _take_out_of_stories(address)
                desk_log.forget(address)
                invitations.forget(address)
        if actor is not None:
            desk_log.record(
                actor=actor, kind=desk_log.Kind.DID, words="Removed a person’s data.", now=now, about=None
            )


def _leave_gifts(contact: Contact, user: User | None, *, now: dt.datetime) -> None:
    """A gift that was opened serves nobody any more; one that waits may still be passed on by its giver."""
    Gift.objects.filter(recipient=contact).update(recipient_name="", message="")
    if user is not None:
        Gift.objects.filter(redeemed_by=user).update(
            state=Gift.State.REVOKED, redeemed_by=None, ended_at=now, recipient_name="", message=""
        )


def _take_out_of_stories(address: str) -> None:
    """What is told of other people's orders ("Gift opened by …") is told without the address."""
    for model, name in ((Entry, "says"), (Refund, "note")):
        for row in model._default_manager.filter(**{f"{name}__icontains": address}):
            setattr(row, name, desk_log.without(getattr(row, name), address))
            row.save(update_fields=[name])
