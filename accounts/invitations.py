"""Somebody is asked to the desk by letter, and comes in a role once the address is proven."""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import roles, signup
from accounts.models import Invitation, User
from coursesite.lib import desk_log
from mailing import contacts, letters, outbox
from mailing.models import Letter

GOOD_FOR = dt.timedelta(days=7)
STEP = "service/desk-invitation"
WORDS = {
    roles.OWNER: "an owner: everything, also who else sits here",
    roles.COACH: "a coach: courses, people, letters and money",
    roles.ASSISTANT: "an assistant: people and their questions, no money and no changes of content",
}


class MemberError(Exception):
    """This person sits at the desk already: change the role instead."""


class GoneError(Exception):
    """No such invitation, or it was taken, withdrawn, or waited too long."""


class NotYoursError(Exception):
    """Whoever is signed in is not who was invited, or has not proven the address."""


@transaction.atomic
def invite(*, email: str, role: str, by: User, now: dt.datetime) -> Invitation:
    """Write to an address and ask. A second call withdraws the first link and sends a new one.

    Raises roles.NotOwnerError and MemberError.
    """
    roles.lock(by)
    address = email.strip().lower()
    if User.objects.filter(email=address, is_staff=True).exists():
        raise MemberError
    for earlier in Invitation.objects.open(now).filter(email=address):
        withdraw(invitation=earlier, now=now)
    Invitation.objects.waiting().filter(email=address).update(withdrawn_at=now)
    token = secrets.token_urlsafe(24)
    made = Invitation.objects.create(
        email=address, role=role, token_hash=hashed(token), invited_by=by, created_at=now,
        expires_at=now + GOOD_FOR,
    )  # fmt: skip
    letters.post(
        step=STEP, contact=contacts.of(address, now=now), dedupe_key=f"invitation:{made.pk}",
        context={"giver_name": by.called, "what": WORDS[role].partition(":")[0], "button_url": url_of(token)},
        kind=Letter.Kind.ACCOUNT, now=now, expires_at=made.expires_at,
    )  # fmt: skip
    words = f"Invited {address} as {role}."
    desk_log.record(actor=by, kind=desk_log.Kind.ROLE, words=words, now=now)
    outbox.ring()
    return made


def url_of(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('accounts:invited', args=[token])}"


def hashed(token: str) -> str:
    """Kept instead of the link, so that who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def withdraw(*, invitation: Invitation, now: dt.datetime) -> bool:
    """The link stops working, and a letter that still waits is not sent. False the second time."""
    letters.withdraw(dedupe_key=f"invitation:{invitation.pk}", reason="The invitation was withdrawn.")
    return bool(Invitation.objects.waiting().filter(pk=invitation.pk).update(withdrawn_at=now))


def forget(address: str) -> None:
    """No row names an address any more, taken, withdrawn or waiting. The second call finds none."""
    Invitation.objects.filter(email__iexact=address).delete()


def of(token: str, *, now: dt.datetime) -> Invitation:
    """The invitation behind a link. Raises GoneError."""
    found = Invitation.objects.open(now).filter(token_hash=hashed(token)).select_related("invited_by").first()
    if found is None or not roles.is_owner(found.invited_by):
        raise GoneError
    return found


@transaction.atomic
def accept(*, token: str, user: User, now: dt.datetime) -> Invitation:
    """Whoever was invited takes the seat. The second call raises GoneError: a link works once.

    Raises GoneError and NotYoursError.
    """
    found = of(token, now=now)
    if user.email.lower() != found.email or not signup.proven(user):
        raise NotYoursError
    if not Invitation.objects.waiting().filter(pk=found.pk).update(accepted_at=now):
        raise GoneError
    if not user.is_staff:
        roles.put(user, found.role)
    desk_log.record(
        actor=user, kind=desk_log.Kind.ROLE, words=f"Came to the desk as {found.role}, invited by {found.invited_by}.",
        about=user, now=now,
    )  # fmt: skip
    return found
