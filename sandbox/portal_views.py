"""The page on which a customer changes the card."""

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sandbox import cards, clock, portal, store
from sandbox.errors import Json, Refused
from sandbox.forms import NewCardForm
from sandbox.ids import Ids
from sandbox.models import Object
from sandbox.views import told


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The customer's own page. Its id in the address is the right to see it, once and for an hour."""
    row = _page(key)
    now = clock.now()
    if not portal.is_open(row, now=now):
        return render(request, "sandbox/portal_over.html", {"onward": portal.onward(row.body)}, status=410)
    form = _form(request, row, now=now)
    if request.method != "POST":
        return _shown(request, row, form)
    if not form.is_valid():
        return _shown(request, row, form, status=422)
    try:
        refusal = portal.change_card(key=key, card=form.card, payer=form.payer, ids=Ids(), now=now)
    except Refused:  # used a moment ago: the page itself explains
        return HttpResponse(status=303, headers={"Location": request.path})
    if refusal:
        return _shown(request, row, form, refusal=refusal, status=402)
    return HttpResponse(status=303, headers={"Location": portal.onward(row.body)})


def _page(key: str) -> Object:
    try:
        return store.find(portal.KIND, key)
    except Refused as refused:
        raise Http404 from refused


def _form(request: HttpRequest, row: Object, *, now: int) -> NewCardForm:
    customer = portal.shown(row)["customer"]
    today = datetime.fromtimestamp(now, UTC)
    return NewCardForm(
        request.POST or None,
        email=customer["email"],
        month=(today.year, today.month),
        initial={"name": customer["name"]},
    )


def _shown(
    request: HttpRequest, row: Object, form: NewCardForm, *, refusal: Json | None = None, status: int = 200
) -> HttpResponse:
    context = portal.shown(row) | told(refusal) | {"form": form, "cards": cards.TRY_CHANGE}
    return render(request, "sandbox/portal.html", context, status=status)
