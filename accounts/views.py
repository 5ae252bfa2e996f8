from typing import Any

from allauth.account import views as allauth_views
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import FormView

from accounts import invitations, recent, signup
from accounts.forms import CodeForm, ProfileForm, ZoneForm
from accounts.models import User
from accounts.requests import SignedInRequest
from coursesite.lib import clock
from mailing import choices, consent, contacts, pauses
from mailing.models import Consent


class CodePage(allauth_views.ConfirmLoginCodeView):
    """allauth's page takes an empty field for a wrong code, and has who mistyped three times wait; this does not."""

    def form_invalid(self, form: Form) -> HttpResponse:
        if not form.data.get("code", "").strip():
            form.errors["code"] = form.error_class(["Type the code from the letter."])
        elif not self._process.record_invalid_attempt():
            messages.error(self.request, "That was not the code, three times. Ask for a new one here.")
            return HttpResponseRedirect(self.passthrough_next_url(reverse("account_request_login_code")))
        return FormView.form_invalid(self, form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"wrong_url": self._process.state.get("wrong_url", "")}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponse:
    """allauth's page for the code; who comes too late is told so, and where they were going is kept."""
    if request.user.is_authenticated or signup.awaits_code(request):
        response: HttpResponse = CodePage.as_view()(request)
        return response
    messages.info(request, "That code has run out. Nothing is lost: ask for a new one here.")
    onward = request.POST.get("next") or request.GET.get("next")
    query = f"?{urlencode({'next': onward})}" if onward else ""
    return HttpResponseRedirect(reverse("account_request_login_code") + query)


@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    contact = request.user.contact
    now = clock.now()
    stored = {
        "name": contact.name,
        "time_zone": contacts.zone_of(contact),
        "lesson_letters": consent.wants_lessons(contact),
    }
    form = ProfileForm(request.POST or None, initial=stored)
    if form.is_valid():
        values = form.cleaned_data
        is_chosen = contact.time_zone_confirmed or "time_zone" in form.changed_data
        contacts.update(
            contact=contact, name=values["name"], time_zone=values["time_zone"], confirmed=is_chosen, now=now
        )
        wish = consent.give if values["lesson_letters"] else consent.withdraw
        wish(contact=contact, purpose=Consent.Purpose.LESSONS, source="profile", now=now)
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    address = EmailAddress.objects.filter(user=request.user, primary=True).first()
    return render(
        request,
        "accounts/profile.html",
        {
            "form": form,
            "proven": bool(address and address.verified),
            "letters_url": reverse(
                "mailing:preferences", args=[consent.token(contact, Consent.Purpose.LESSONS)]
            ),
            "paused_until": contact.paused_until if choices.is_paused(contact, now=now) else None,
            "obstacle": choices.obstacle(contact, now=now),
            "has_no_end": pauses.has_no_end(contact.paused_until),
            "has_password": request.user.has_usable_password(),
            "factors": Authenticator.objects.filter(user=request.user).count(),
        },
    )


@require_POST
def profile_zone(request: SignedInRequest) -> HttpResponse:
    """The student home asks once: is this your time zone? The answer may be the guess or another zone."""
    form = ZoneForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["time_zone"][0]))
        return redirect("accounts:profile")
    contacts.update(
        contact=request.user.contact,
        time_zone=form.cleaned_data["time_zone"],
        confirmed=True,
        now=clock.now(),
    )
    messages.success(request, "Saved. Your lessons open at 9:00 by that clock.")
    return HttpResponseRedirect(own_path(request))


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: SignedInRequest) -> HttpResponse:
    """Show that it is you: one button sends a code to the account's address, then the code is typed here."""
    if recent.has_other_ways(request.user):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': own_path(request)})}")
    code = recent.pending(request)
    if request.method == "POST" and "send" in request.POST:
        return send_code(request)
    form = CodeForm(request.POST or None, code=code.code) if code else None
    if code and form and form.is_bound:
        if form.is_valid():
            code.abort()
            recent.note(request, request.user)
            return HttpResponseRedirect(own_path(request))
        if not code.record_invalid_attempt():
            messages.error(request, "That was not the code, three times. Let me send you a new one.")
            form = None
    onward = own_path(request)
    is_desk = onward.startswith(reverse("admin:index"))
    return render(request, "accounts/show.html", {"form": form, "next": onward, "is_desk": is_desk})


def send_code(request: SignedInRequest) -> HttpResponseRedirect:
    try:
        recent.send_code(request)
    except signup.TooManyCodesError:
        messages.error(request, "Those were many codes. Please wait a few minutes and try again.")
    return HttpResponseRedirect(f"{reverse('accounts:show')}?{urlencode({'next': own_path(request)})}")


def own_path(request: HttpRequest) -> str:
    """The `next` of the form or the address if it is a path of ours, else the profile."""
    path = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None, require_https=request.is_secure())
    return path if ours and path.startswith("/") else reverse("accounts:profile")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Asked to the desk: the address is proven by a code, then one button takes the seat."""
    now, user = clock.now(), request.user
    try:
        invitation = invitations.of(token, now=now)
    except invitations.GoneError:
        return render(request, "accounts/invited.html", {"invitation": None}, status=404)
    mine = isinstance(user, User) and user.email.lower() == invitation.email and signup.proven(user)
    other = isinstance(user, User) and not mine
    if request.method == "POST" and not other:
        if not isinstance(user, User):
            return send_invited(request, invitation.email)
        invitations.accept(token=token, user=user, now=now)
        messages.success(request, "Welcome to the desk.")
        return redirect("admin:index")
    context = {
        "invitation": invitation,
        "mine": mine,
        "other": other,
        "words": invitations.WORDS[invitation.role],
    }
    return render(request, "accounts/invited.html", context)


def send_invited(request: HttpRequest, email: str) -> HttpResponse:
    try:
        return signup.begin_proof(request, email=email, next_url=request.path, now=clock.now())
    except signup.TooManyCodesError:
        messages.error(request, "Those were many codes. Please wait a few minutes and try again.")
        return HttpResponseRedirect(request.path)
