"""The pay page, the 3-D Secure step, and the API over HTTP."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sandbox import amounts, cards, checkout, clock, core, debits, desk, faults, front, ibans, rhythm, store
from sandbox.errors import Json, Refused
from sandbox.forms import AddressForm, BankForm, CardForm
from sandbox.ids import Ids
from sandbox.models import Fault, Object

LONGEST_HOLD = 10  # seconds
FIELD_OF = {
    "incorrect_cvc": "code",
    "expired_card": "expiry",
}  # where a refusal is shown; else at the card number


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, key: str) -> HttpResponse:
    """The hosted page of one Session. Its id in the address is the right to see it."""
    row = _session(key)
    if closed := _closed(request, row):
        return closed
    now = clock.now()
    form = _form(request, row.body, now=now)
    if request.method != "POST":
        return _page(request, row, form, refusal=checkout.shown(row)["refusal"])
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        session = _press(key, form, now=now)
    except Refused:  # paid or expired a moment ago: the page itself explains
        return _see_other(request.path)
    return _after(request, session, form)


def _form(request: HttpRequest, session: Json, *, now: int) -> AddressForm:
    """The form of the way to pay that the buyer chose among those the seller allows."""
    typed = request.POST if request.method == "POST" else None
    kept: dict[str, Any] = {"email": session["customer_email"], "initial": _typed_before(session)}
    if session["payment_status"] == "no_payment_required":
        return AddressForm(typed, **kept)
    ways = session["payment_method_types"]
    way = request.GET.get("by")
    if (way if way in ways else ways[0]) == debits.METHOD:
        return BankForm(typed, **kept)
    today = datetime.fromtimestamp(now, UTC)
    return CardForm(typed, month=(today.year, today.month), **kept)


def _press(key: str, form: AddressForm, *, now: int) -> Json:
    """What the button does; returns the Session after it."""
    if isinstance(form, CardForm):
        return checkout.pay(key=key, card=form.card, payer=form.payer, ids=Ids(), now=now)
    if isinstance(form, BankForm):
        return checkout.debit(key=key, account=form.account, payer=form.payer, ids=Ids(), now=now)
    return checkout.take(key=key, payer=form.payer, ids=Ids(), now=now)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, key: str) -> HttpResponse:
    """The bank's page of the 3-D Secure step: it is you, or it is not."""
    row = _session(key)
    shown = checkout.shown(row)
    here = reverse("sandbox:pay", args=[key])
    if core.is_over(row.body, now=clock.now()) or not shown["waits"]:
        return _see_other(here)
    if request.method != "POST" or request.POST.get("answer") not in ("pass", "fail"):
        return _show(request, "sandbox/verify.html", shown | {"price": _price(row.body)})
    try:
        session = checkout.answer(
            key=key, passed=request.POST["answer"] == "pass", ids=Ids(), now=clock.now()
        )
    except Refused:
        return _see_other(here)
    return _go_on(request, session) if session["status"] == "complete" else _see_other(here)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "POST", "DELETE"])
def api(request: HttpRequest, rest: str) -> HttpResponse:
    """Stripe's API over HTTP, for whoever is not in this process."""
    path = f"/v1/{rest}"
    given = (
        request.body.decode("utf-8", "replace") if request.method == "POST" else request.META["QUERY_STRING"]
    )
    answer = front.answer(
        method=(request.method or "").lower(),
        path=path,
        pairs=parse_qsl(given, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        ids=Ids(),
        now=clock.now(),
    )
    if request.method == "POST" and faults.strike(kind=Fault.Kind.TIMEOUT_AFTER_CREATE, what=path):
        return HttpResponse(status=504)
    return JsonResponse(answer.body, status=answer.status, headers=answer.headers)


def _session(key: str) -> Object:
    try:
        return store.find(checkout.KIND, key)
    except Refused as refused:
        raise Http404 from refused


def _closed(request: HttpRequest, row: Object) -> HttpResponse | None:
    """The page for a Session that cannot be paid any more, or None. Reading it changes nothing."""
    session: Json = row.body
    if session["status"] == "complete":
        said = {
            "confirming": checkout.shown(row)["confirming"],
            "onward": _onward(session),
            "free": session["payment_status"] == "no_payment_required",
            "paid": session["payment_status"] == "paid",
            "price": _price(session),
        } | _rhythm(checkout.shown(row)["lines"])
        return _show(request, "sandbox/paid.html", said)
    if session["status"] == "expired" or core.is_over(session, now=clock.now()):
        return _show(request, "sandbox/expired.html", {"session": session}, status=410)
    return None


def _after(request: HttpRequest, session: Json, form: AddressForm) -> HttpResponse:
    """Where the buyer goes once the bank has answered."""
    if session["status"] == "complete":
        return _go_on(request, session)
    row = _session(session["id"])
    shown = checkout.shown(row)
    if shown["waits"]:
        return _see_other(reverse("sandbox:verify", args=[row.key]))
    return _page(request, row, form, refusal=shown["refusal"], status=402)


def _page(
    request: HttpRequest, row: Object, form: AddressForm, *, refusal: Json | None = None, status: int = 200
) -> HttpResponse:
    by_bank = isinstance(form, BankForm)
    context: dict[str, Any] = checkout.shown(row) | {
        "by_bank": by_bank,
        "free": not isinstance(form, BankForm | CardForm),
        "tax": _tax(row.body),
        "tax_inside": row.body["amount_total"] == row.body["amount_subtotal"],
        "form": form,
        "price": _price(row.body),
        "cards": ibans.TRY if by_bank else cards.TRY,
    }
    context |= told(None if by_bank else refusal) | _rhythm(context["lines"])
    for line in context["lines"]:
        line["price"] = amounts.words(line["amount_subtotal"], line["currency"])
    return _show(request, "sandbox/pay.html", context, status=status)


def _rhythm(lines: list[Json]) -> Json:
    """What a page says of a Session that is not paid at once: how often, and the cards worth a try."""
    recurring = lines[0]["price"]["recurring"]
    return {"rhythm": rhythm.words(recurring), "cards": cards.TRY_PLAN} if recurring else {}


def told(refusal: Json | None) -> Json:
    """A bank's refusal as a page shows it: the words, and the field where they stand."""
    if refusal is None:
        return {"told": "", "told_at": ""}
    return {"told": _plain(refusal), "told_at": FIELD_OF.get(refusal["code"], "number")}


def _plain(refusal: Json) -> str:
    """Why the bank refused, in words for people."""
    if refusal["code"] == "payment_intent_authentication_failure":
        return cards.REASONS["authentication_failure"].plain
    return cards.REASONS[refusal.get("decline_code") or refusal["code"]].plain


def _typed_before(session: Json) -> Json:
    details = session["customer_details"] or {}
    return {"email": details.get("email"), "name": details.get("name")}


def _price(session: Json) -> str:
    return amounts.words(session["amount_total"], session["currency"])


def _tax(session: Json) -> str:
    """The tax in words; empty without one."""
    tax = session["total_details"]["amount_tax"]
    return amounts.words(tax, session["currency"]) if tax else ""


def _onward(session: Json) -> str:
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _go_on(request: HttpRequest, session: Json) -> HttpResponse:
    """To the seller's page: at once, or later if a planned Fault holds the buyer.

    Stripe waits up to ten seconds for the seller's answer to the webhook before it sends the buyer on.
    """
    address = _onward(session)
    held = faults.strike(kind=Fault.Kind.HOLD_REDIRECT, what=request.path)
    if held is None:
        return _see_other(address)
    answer = _show(request, "sandbox/held.html", {"onward": address})
    answer.headers["Refresh"] = f"{min(held.seconds, LONGEST_HOLD)};url={address}"
    return answer


def _show(request: HttpRequest, template: str, context: Json, status: int = 200) -> HttpResponse:
    return render(request, template, context | {"owner": desk.is_owner(request)}, status=status)


def _see_other(address: str) -> HttpResponse:
    """303: what follows a POST is a GET."""
    return HttpResponse(status=303, headers={"Location": address})
