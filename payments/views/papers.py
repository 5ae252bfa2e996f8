"""Receipts and refund notes: for the browser that ordered, the account it belongs to, and the desk."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import desk
from payments import browser, papers, pdf, words
from payments.models import Order, Receipt


def asked_to_sign_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A letter leads here, and may be opened anywhere: who is signed out in a browser that did not order is asked to
    sign in first, whatever the key, so that nobody learns which orders there are."""

    @wraps(view)
    def asked(request: HttpRequest, key: uuid.UUID, number: str) -> HttpResponse:
        if browser.user_of(request) is None and not browser.knows(request, key):
            return redirect_to_login(request.get_full_path())
        return view(request, key, number)

    return asked


@login_not_required
@never_cache
@require_safe
def overview(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """All papers of an order; straight to the paper when there is one. What was free has a confirmation here."""
    order = browser.order_or_404(request, key)
    if order.paid_at is None:
        raise Http404
    issued = list(order.receipts.order_by("issued_at", "pk"))
    if len(issued) == 1:
        return redirect("payments:paper", order.key, issued[0].number)
    page = "payments/receipt.html" if order.amount_minor else "payments/nothing_paid.html"
    return render(request, page, {"order": order, "state": words.state(order), "papers": _listed(issued)})


def _listed(issued: list[Receipt]) -> list[tuple[Receipt, str, str, str]]:
    return [
        (one, papers.TITLES[papers.K(one.kind)], papers.day(one.content["issued_on"]), papers.amount(one))
        for one in issued
    ]


@login_not_required
@never_cache
@require_safe
@asked_to_sign_in
def paper(request: HttpRequest, key: uuid.UUID, number: str) -> HttpResponse:
    """One paper, to print or keep."""
    order = _order_or_404(request, key)
    found = _paper_or_404(order, number)
    shown = {"order": order, "paper": found, "sheet": papers.sheet(found)}
    return render(request, "payments/paper.html", {**shown, "others": order.receipts.count() > 1})


@login_not_required
@never_cache
@require_safe
@asked_to_sign_in
def paper_pdf(request: HttpRequest, key: uuid.UUID, number: str) -> HttpResponse:
    """The same as a file. If it cannot be made now, back to the page, which prints the same."""
    found = _paper_or_404(_order_or_404(request, key), number)
    try:
        made = pdf.draw(found)
    except pdf.NotDrawnError:
        messages.error(request, "The PDF could not be made just now. This page prints the same paper.")
        return redirect("payments:paper", key, number)
    name = f"{papers.TITLES[papers.K(found.kind)].lower().replace(' ', '-')}-{found.number}.pdf"
    return HttpResponse(
        made, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _order_or_404(request: HttpRequest, key: uuid.UUID) -> Order:
    """For its buyer, and for whoever may see papers at the desk."""
    if desk.may(request.user, "payments.view_receipt"):
        return get_object_or_404(Order.objects.select_related("contact"), key=key)
    return browser.order_or_404(request, key)


def _paper_or_404(order: Order, number: str) -> Receipt:
    """The paper of that number, if it belongs to this very order."""
    found = next((one for one in order.receipts.all() if one.number == number), None)
    if found is None:
        raise Http404
    return found
