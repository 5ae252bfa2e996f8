"""How an address is shown to be somebody's, and what that undoes and sets off (payments.md §3)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from accounts.models import User
from coursesite.lib import clock
from mailing import contacts


class TooManyCodesError(Exception):
    """This address or this browser has asked for too many codes; it may try again in a few minutes."""


def begin_proof(
    request: HttpRequest, *, email: str, next_url: str, now: dt.datetime, wrong_url: str = ""
) -> HttpResponseRedirect:
    """Send a sign-in code to an address and lead this browser to the page where it is typed.

    An account without password and without any right is made if the address has none, so that a stranger sees
    the same thing either way. Once the code is right the person is signed in, `settings.ADDRESS_PROVEN` is
    told, and the browser goes to `next_url` (a path of ours). `wrong_url` is where a wrong address is put right, for
    the page that asks for the code. The second call sends a new code; the old one is dead. Raises TooManyCodesError.
    """
    # The same bucket as the sign-in page's own form, so that this is no way around its limit.
    if not ratelimit.consume(request, app="allauth.account", action="request_login_code", key=email.lower()):
        raise TooManyCodesError
    user = account_of(email=email, now=now)
    process = LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
    process.state["wrong_url"] = wrong_url
    process.persist()
    return HttpResponseRedirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': next_url})}")


def awaits_code(request: HttpRequest) -> bool:
    """Was a code sent that this browser may still type? One that ran out is forgotten."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    return stage is not None and LoginCodeVerificationProcess.resume(stage) is not None


def account_of(*, email: str, now: dt.datetime) -> User:
    """The account of an address, made without password if there is none. The second call returns the same."""
    address = email.strip().lower()
    with transaction.atomic():
        user, made = User.objects.get_or_create(email=address, defaults={"date_joined": now})
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    return user


def of_addresses(emails: Iterable[str]) -> list[User]:
    """The accounts that have one of these addresses, in whatever capitals."""
    wanted = {email.lower() for email in emails}
    return list(User.objects.annotate(low=Lower("email")).filter(low__in=wanted)) if wanted else []


@transaction.atomic
def accounts_of(people: Mapping[str, str], *, now: dt.datetime) -> dict[str, User]:
    """`account_of` for many at once, by their address in small letters; each with the name to be called by, which is
    kept where there is none yet. The same few queries for two and for two thousand. The second call returns the same.
    """
    wanted = {email.strip().lower(): name for email, name in people.items()}
    had = {user.email.lower(): user for user in of_addresses(wanted)}
    known = contacts.of_many({email: name for email, name in wanted.items() if email not in had}, now=now)
    made = [User(email=email, contact=contact, date_joined=now) for email, contact in known.items()]
    for user in made:
        user.set_unusable_password()
    User.objects.bulk_create(made)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, primary=True) for user in made], ignore_conflicts=True
    )
    return had | {user.email: user for user in made}


def correct_address(*, user: User, old: str, now: dt.datetime) -> None:
    """The desk has given an account another address: it is not proven yet, and the old one opens nothing any more.

    Every session ends, waiting letters go to the new address, the old one is told. The second call only tells
    again.
    """
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
        contacts.move(contact=user.contact, email=user.email, now=now)
        for session in UserSession.objects.filter(user=user):
            session.end()
        get_adapter().send_mail("account/email/email_changed", old, {})


def proven(user: User) -> bool:
    """Has this person shown, now or earlier, that the account's address is theirs?"""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def tell_proven(user: User) -> None:
    """Somebody proved the account's address a moment ago: whoever waits for that may act (by string: above us)."""
    import_string(settings.ADDRESS_PROVEN)(user=user, email=user.email, now=clock.now())


@receiver(signals.email_confirmed)
def forget_what_strangers_preset(email_address: EmailAddress, **kwargs: Any) -> None:
    """An account may have been opened by somebody else before the owner of the address came: on its first
    proven address every password, authenticator and session made before that moment goes (payments.md §3.1)."""
    others = EmailAddress.objects.filter(user=email_address.user, verified=True).exclude(pk=email_address.pk)
    if others.exists():
        return
    user = email_address.user
    if user.has_usable_password():  # a new unusable one would end the session that begins right now
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()


@receiver(signals.email_changed)
def write_to_the_new_address(user: User, to_email_address: EmailAddress, **kwargs: Any) -> None:
    contacts.move(contact=user.contact, email=to_email_address.email, now=clock.now())
