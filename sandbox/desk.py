"""The owner's view: what was paid here, what was told of it, and buttons for everything outside the shop."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sandbox import aftermath, amounts, bank, clock, overview, passing, sender, store
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.models import Event, Fault

View = Callable[..., HttpResponse]
PAYMENTS, EVENTS = 10, 20  # rows on a page
MOVES = {"minutes": "3 minutes", "day": "1 day", "month": "1 month"}
MOST = 1000  # times and seconds of a fault


def is_owner(request: HttpRequest) -> bool:
    """Anybody on a practice site of one's own; elsewhere whoever may sit at the shop's desk."""
    return bool(settings.DEV_PAGES or import_string(settings.DESK_OPEN_TO)(request))


def address_for(request: HttpRequest) -> str:
    """Where the owner's view is, for its owners; empty for everybody else. Wired as settings.PRACTICE_PAYMENTS."""
    return reverse("sandbox:desk") if is_owner(request) else ""


def owners_only(view: View) -> View:
    """404 for everybody else: they do not learn that it is there. Staff are shown what the desk still wants of them."""

    @login_not_required
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, **named: str) -> HttpResponse:
        if not is_owner(request):
            if request.user.is_staff:
                return redirect_to_login(reverse("sandbox:desk"), reverse("admin:login"))
            raise Http404
        return view(request, **named)

    return guarded


@owners_only
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    page = _page(request, store.listed("charge"), size=PAYMENTS)
    return _show(request, "payments", page=page, payments=overview.payments(page))


@owners_only
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    rows = Event.objects.order_by("-number").prefetch_related("deliveries")
    page = _page(request, rows, size=EVENTS)
    address = getattr(settings, "SANDBOX_WEBHOOK_URL", "")
    return _show(request, "events", page=page, events=overview.events(page), address=address)


@owners_only
@require_safe
def troubles(request: HttpRequest) -> HttpResponse:
    return _show(request, "troubles", switches=overview.switches())


@owners_only
@require_POST
def happen(request: HttpRequest, key: str) -> HttpResponse:
    """Something happens to one payment: `do` says what."""
    charge = _found("charge", key)
    do = request.POST.get("do", "")
    if do == "refund":
        return _try(request, lambda now: _refund(charge, request.POST.get("amount", ""), now=now), at=key)
    if do in ("confirm", "refuse"):
        pays = do == "confirm"
        return _try(request, lambda now: bank.answer(key=key, pays=pays, ids=Ids(), now=now), at=key)
    if do in ("dispute", "inquiry"):
        reason, inquiry = ("general", True) if do == "inquiry" else ("fraudulent", False)
        return _try(
            request,
            lambda now: aftermath.dispute(key=key, reason=reason, inquiry=inquiry, ids=Ids(), now=now),
            at=key,
        )
    raise Http404


@owners_only
@require_POST
def refund(request: HttpRequest, key: str) -> HttpResponse:
    """A refund arrives, or comes back."""
    body = _found("refund", key)
    act = {"book": aftermath.book, "send_back": aftermath.send_back}.get(request.POST.get("do", ""))
    if act is None:
        raise Http404
    return _try(request, lambda now: act(key=key, ids=Ids(), now=now), at=body["charge"])


@owners_only
@require_POST
def dispute(request: HttpRequest, key: str) -> HttpResponse:
    """A dispute goes one step on its way."""
    body = _found("dispute", key)
    how = request.POST.get("do", "")
    if how not in overview.WAYS:
        raise Http404
    return _try(
        request, lambda now: aftermath.move_dispute(key=key, how=how, ids=Ids(), now=now), at=body["charge"]
    )


@owners_only
@require_POST
def resend(request: HttpRequest, key: str) -> HttpResponse:
    try:
        sender.resend(key, now=clock.now())
    except Refused as refused:
        raise Http404 from refused
    messages.success(request, "The event is on its way once more.")
    return redirect(_back(request, "desk_events", at=key))


@owners_only
@require_POST
def trouble(request: HttpRequest) -> HttpResponse:
    """Plan a fault so many times; 0 takes it away. Again: the same plan, not twice of it."""
    switch = overview.switch_of(request.POST.get("kind", ""))
    if switch is None:
        raise Http404
    times, seconds = (_number(request.POST.get(name, "")) for name in ("times", "seconds"))
    if "off" in request.POST:
        times = 0
    if times is None or seconds is None:
        messages.error(request, f"Nothing was changed. Type whole numbers from 0 to {MOST}.")
        return redirect("sandbox:desk_troubles")
    Fault.objects.filter(kind=switch.kind).delete()
    if times:
        match = request.POST.get("match", "").strip()[:100]
        Fault.objects.create(kind=switch.kind, match=match, times=times, seconds=seconds)
    messages.success(request, f"{switch.title}: {f'{times} more' if times else 'off'}.")
    return redirect("sandbox:desk_troubles")


@owners_only
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    Fault.objects.all().delete()
    messages.success(request, "All is well again: no trouble is planned.")
    return redirect("sandbox:desk_troubles")


@owners_only
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Put the practice clock forward, and let everything happen that is due by then. Each press moves it on."""
    by = request.POST.get("by", "")
    if by not in MOVES or not clock.can_move():
        raise Http404
    now = clock.now()
    steps = {"minutes": 180, "day": 86400, "month": clock.month_after(now) - now}
    clock.move(steps[by])
    passing.bring(ids=Ids(), now=clock.now())
    shown = overview.moment(clock.now())
    messages.success(request, f"The clock now shows {shown:%A, %B %-d, %H:%M} UTC.")
    return redirect("sandbox:desk")


def _show(request: HttpRequest, name: str, **context: object) -> HttpResponse:
    shared = {
        "here": name,
        "moves": MOVES if clock.can_move() else {},
        "time": overview.moment(clock.now()),
    }
    return render(request, f"sandbox/desk/{name}.html", context | shared)


def _page(request: HttpRequest, rows: QuerySet, *, size: int) -> Page:  # type: ignore[type-arg]
    return Paginator(rows, size).get_page(request.GET.get("page"))


def _found(kind: str, key: str) -> Json:
    try:
        body: Json = store.find(kind, key).body
    except Refused as refused:
        raise Http404 from refused
    return body


def _refund(charge: Json, typed: str, *, now: int) -> None:
    """As from Stripe's dashboard: no request, no mark of the shop's."""
    amount = amounts.minor(typed, charge["currency"])
    if not amount:
        raise Refused("Type an amount like 149.00.")
    aftermath.refund(key=charge["id"], params={"amount": amount}, ids=Ids(), now=now)


def _try(request: HttpRequest, act: Callable[[int], object], *, at: str) -> HttpResponse:
    """Do it, and say how it went, where the button stood."""
    try:
        act(clock.now())
        messages.success(request, "Done. The shop is told in a moment.")
    except Refused as refused:
        messages.error(request, f"Nothing was changed. {refused.message}")
    return redirect(_back(request, "desk", at=at))


def _back(request: HttpRequest, name: str, *, at: str) -> str:
    page = _number(request.GET.get("page", "")) or 1
    query = f"?{urlencode({'page': page})}" if page > 1 else ""
    return f"{reverse(f'sandbox:{name}')}{query}#{at}"


def _number(typed: str) -> int | None:
    """A small whole number; nothing typed is 0; None if it is none."""
    text = typed.strip() or "0"
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MOST else None
