"""A gift for whoever has its code: what it is, from whom, and the one button that opens it."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import signup
from accounts.models import User
from courses import access
from coursesite.lib import clock
from payments import browser, gifts
from payments.gift_forms import CodeForm, OwnAddressForm
from payments.models import Gift
from payments.views import pace
from payments.views.claims import TOO_MANY

UNKNOWN = "That code doesn’t open anything. Compare it with the card or the letter, letter by letter."
SLOWLY = "That was a lot in a short time. Wait a minute, then try again."
UNPROVEN = "Confirm your address first: sign out, and come back here with the code I send there."
DOORS = {
    gifts.TakenError: "taken",
    gifts.CalledBackError: "back",
    gifts.NotYetError: "rests",
    gifts.HasItError: "has",
    gifts.NotProvenError: "unproven",
}
STANDS_AGAINST = tuple(DOORS)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Type the code as it is read off a card. A wrong one is refused without telling why."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if not _counted(request):
            form.add_error(None, SLOWLY)
        elif found := _found(form.cleaned_data["code"]):
            return redirect("payments:gift", found.code)
        else:
            form.add_error("code", UNKNOWN)
    return render(request, "payments/gift_enter.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def gift(request: HttpRequest, code: str) -> HttpResponse:
    """Looking at it uses nothing up, so that a mail scanner may. One press opens it, for a proven address."""
    found = _found(code)
    if found is None:
        if not _counted(request):
            return render(request, "429.html", status=429)
        return render(request, "payments/gift_unknown.html", status=404)
    user = browser.user_of(request)
    if request.method == "POST":
        return _opened(request, found, user) if user else _asked(request, found)
    return _page(request, found, OwnAddressForm())


def _found(code: str) -> Gift | None:
    """A gift that was paid for at some time. Unknown and not paid sound alike."""
    found = Gift.objects.filter(code=gifts.tidy(code)).exclude(state=Gift.State.WANTED)
    return found.select_related("order__contact", "redeemed_by").first()


def _counted(request: HttpRequest) -> bool:
    """One guess more; False when there were too many from here. Whoever has a code is never kept waiting by a page."""
    used = ratelimit.consume(
        request, app="payments", action="gift", config={"gift": pace.RATE}, limit_get=True
    )
    return used is not None


def _asked(request: HttpRequest, found: Gift) -> HttpResponse:
    """Somebody not signed in: send a code to the address, then back to this page."""
    form = OwnAddressForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        return signup.begin_proof(
            request, email=form.cleaned_data["email"], next_url=request.path, now=clock.now()
        )
    except signup.TooManyCodesError:
        messages.error(request, TOO_MANY)
    return redirect("payments:gift", found.code)


def _opened(request: HttpRequest, found: Gift, user: User) -> HttpResponse:
    """The press. What stands against it is told by the page itself."""
    try:
        redeemed = gifts.redeem(code=found.code, user=user, now=clock.now())
    except gifts.NotProvenError:
        messages.error(request, UNPROVEN)
    except STANDS_AGAINST:
        pass
    else:
        course = gifts.course_of(redeemed)
        if access.of(user, course):
            return redirect("courses:carry_on", course.slug)
    return redirect("payments:gift", found.code)


def _page(request: HttpRequest, found: Gift, form: OwnAddressForm) -> HttpResponse:
    return render(
        request,
        "payments/gift.html",
        {
            "gift": found,
            "course": gifts.course_of(found),
            "door": _door(found, browser.user_of(request)),
            "form": form,
        },
        status=422 if form.is_bound else 200,
    )


def _door(found: Gift, user: User | None) -> str:
    """How the gift stands for whoever looks: open, or the word for what stands against it."""
    if user is not None and found.redeemed_by_id == user.pk:
        return "yours" if access.of(user, gifts.course_of(found)) else "ended"
    try:
        gifts.refuse(gift=found, user=user)
        if user is not None and not signup.proven(user):
            raise gifts.NotProvenError
    except STANDS_AGAINST as against:
        return DOORS[type(against)]
    return "open"
