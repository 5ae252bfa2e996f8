"""Who wants to change how an account is entered shows anew that it is they (security.md AU-8).

allauth asks for the password or the second factor again, but takes somebody who has neither for shown always; so an
unattended browser could have added a password of its own. Such a person types a code that goes to the address.
"""

import time
from collections.abc import Callable

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts import signup
from accounts.models import User
from accounts.requests import SignedInRequest

PENDING = "accounts_code_to_show"  # in the session: the code that was sent and how often it was guessed
# Changing a password is not among them: its form asks for the old one, and leads to adding one where there is none.
ENTRANCES = {
    "account_email",
    "account_set_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "payments:leave",  # no way in, but the way out
}
ROLES = {  # saving only
    "admin:accounts_user_add",
    "admin:accounts_user_change",
    "admin:accounts_user_team",
    "admin:accounts_user_team_role",
    "admin:accounts_user_team_away",
    "admin:auth_group_add",
    "admin:auth_group_change",
}


class Code(AbstractCodeVerificationProcess):
    """A code for somebody who is signed in already; it lives in this browser's session, as allauth's do."""

    def __init__(self, request: HttpRequest, state: dict[str, object]) -> None:
        self.request = request
        super().__init__(
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            state=state,
        )

    def send(self) -> None:
        self.state["code"] = get_adapter().generate_login_code()
        context = {"request": self.request, "code": self.code}
        get_adapter().send_mail("account/email/login_code", self.state["email"], context)

    def persist(self) -> None:
        self.request.session[PENDING] = self.state

    def abort(self) -> None:
        self.request.session.pop(PENDING, None)


def send_code(request: SignedInRequest) -> None:
    """Send a code to the account's address. The second call sends a new one; the old one is dead.

    Raises signup.TooManyCodesError; it counts in the same bucket as sign-in codes do.
    """
    email = request.user.email
    if not ratelimit.consume(request, app="allauth.account", action="request_login_code", key=email.lower()):
        raise signup.TooManyCodesError
    code = Code(request, Code.initial_state(user=request.user, email=email))
    code.send()
    code.persist()


def pending(request: SignedInRequest) -> Code | None:
    """The code this browser waits for, if it is still good and was sent to the address the account has now."""
    state = request.session.get(PENDING)
    if not state:
        return None
    code: Code | None = Code(request, state).abort_if_invalid()
    return code if code and code.user == request.user and state["email"] == request.user.email else None


def note(request: HttpRequest, user: User) -> None:
    """The right code was typed a moment ago: good for ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, in this session."""
    record_authentication(request, user, method="code", email=user.email, reauthenticated=True)


def is_fresh(request: SignedInRequest) -> bool:
    """Has this browser shown within the last minutes whose it is?"""
    if reauthentication.get_reauthentication_flows(request.user):
        return bool(reauthentication.did_recently_reauthenticate(request))
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(
        record.get("reauthenticated") and record["at"] > since
        for record in get_authentication_records(request, request.user)
    )


METHODS = ("GET", "HEAD", "POST")  # what these pages answer


class Middleware:
    """Stands before allauth's views, and asks only where allauth would not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: SignedInRequest, *args: object) -> HttpResponse | None:
        if not is_guarded(request) or not request.user.is_authenticated:
            return None
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if not signup.proven(request.user):
            messages.error(
                request, "Confirm your address first: sign out, and sign in with the code I send there."
            )
            return redirect("accounts:profile")
        return None if is_fresh(request) else ask(request)


def is_guarded(request: HttpRequest) -> bool:
    match = request.resolver_match
    name = match.view_name if match else ""
    return name in ENTRANCES or (name in ROLES and request.method == "POST")


def ask(request: SignedInRequest) -> HttpResponseRedirect:
    """To the page where it is shown, and back. What was posted is not kept: it may be a password."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    page = methods[0]["url"] if methods else reverse("accounts:show")
    return HttpResponseRedirect(f"{page}?{urlencode({'next': request.get_full_path()})}")


def has_other_ways(user: User) -> bool:
    """Has this person a password or a second factor to show it with?"""
    return bool(reauthentication.get_reauthentication_flows(user))
