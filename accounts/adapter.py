"""allauth's door to our letters and to what happens after a sign-in."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import recent, signup
from accounts.models import User
from coursesite.lib import clock
from mailing import contacts, letters, outbox
from mailing.models import Letter

# What the security notices say; the words stand in content/letters/service/account-notice.md around them.
NOTICES = {
    "account/email/account_already_exists": (
        "Somebody asked to open an account with this address. You have one already, so nothing was changed. "
        "If it was you, sign in as usual."
    ),
    "account/email/email_changed": "The email address of your account was changed.",
    "account/email/email_confirm": "The email address of your account was confirmed.",
    "account/email/email_deleted": "An email address was taken off your account.",
    "account/email/password_changed": "The password of your account was changed.",
    "account/email/password_reset": "The password of your account was set anew.",
    "account/email/password_set": "A password was added to your account.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made for your account.",
    "mfa/email/totp_activated": "An authenticator app was added to your account.",
    "mfa/email/totp_deactivated": "The authenticator app was taken off your account.",
    "mfa/email/webauthn_added": "A passkey was added to your account.",
    "mfa/email/webauthn_removed": "A passkey was taken off your account.",
}
WAYS = {
    "mfa_reauthenticate:webauthn": "Use a passkey",
    "mfa_reauthenticate": "Use your authenticator app or a recovery code",
    "reauthenticate": "Use your password",
}
CODE_SENT = "account/messages/login_code_sent.txt"
CODES = {
    "account/email/login_code": "service/sign-in-code",
    "account/email/password_reset_code": "service/sign-in-code",
    "account/email/email_confirmation": "service/confirm-address",
    "account/email/email_confirmation_signup": "service/confirm-address",
}


# What allauth says when it refuses, in our words.
REFUSALS = {
    "account_inactive": "This account is closed.",
    "duplicate_email": "This is your address already.",
    "email_password_mismatch": "This address and this password don’t belong together.",
    "email_taken": "This address can’t be used here.",
    "enter_current_password": "Type the password you have now.",
    "incorrect_code": "That is not the code. Have another look at the newest letter.",
    "incorrect_password": "That is not the password.",
    "too_many_login_attempts": "Those were too many tries. Please wait five minutes.",
    "rate_limited": "Those were too many tries. Please wait a few minutes.",
    "same_as_current": "This is your address already.",
}


class Adapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **REFUSALS}

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's ways to show that it is you, named in our words; whoever has a passkey is asked for it first."""
        ways = {way["id"]: way for way in super().get_reauthentication_methods(user)}
        return [{**ways[id_], "description": words} for id_, words in WAYS.items() if id_ in ways]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every account mail is a Letter like all others: in the ledger, sent by the outbox, in our words."""
        now = clock.now()
        if template_prefix in CODES:
            step, values = CODES[template_prefix], {"code": str(context["code"]), "minutes": code_minutes()}
        elif template_prefix == "account/email/unknown_account":
            step, values = "service/unknown-address", {}
        else:
            step, values = "service/account-notice", {"what": NOTICES[template_prefix]}
        letters.post(
            step=step,
            contact=contacts.of(email, now=now),
            dedupe_key=f"account:{uuid.uuid4()}",
            context=values,
            kind=Letter.Kind.ACCOUNT,
            now=now,
        )
        outbox.ring()

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *args: Any, **kwargs: Any
    ) -> None:
        """The page that asks for a code says that one was sent; only a further one needs saying."""
        if message_template == CODE_SENT and request.POST.get("action") != "resend":
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Fully signed in. If a code sent to the address was part of it, the address is proven now."""
        if signed_in_by_code(request, user) and signup.proven(user):
            recent.note(request, user)
            signup.tell_proven(user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response


def signed_in_by_code(request: HttpRequest, user: User) -> bool:
    """allauth notes how somebody signed in; a sign-up ends with the code that confirms its address."""
    methods = {record["method"] for record in get_authentication_records(request, user)}
    return "code" in methods or not methods


def code_minutes() -> str:
    return str(settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60)
