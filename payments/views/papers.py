"""Receipts and refund notes: for the browser that ordered, the account it belongs to, and nobody else."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coursesite.lib import money
from payments import browser, paperwork
from payments.models import Receipt


@login_not_required
@never_cache
@require_safe
def paper(request: HttpRequest, key: uuid.UUID, number: str) -> HttpResponse:
    """One paper, to print or keep."""
    order = browser.order_or_404(request, key)
    found = next((one for one in order.receipts.all() if one.number == number), None)
    if found is None:
        raise Http404
    return render(request, "payments/paper.html", {"order": order, "paper": found, **_words(found)})


def _words(paper: Receipt) -> dict[str, object]:
    content = paper.content

    def text(minor: int) -> str:
        return money.amount_text(minor, paper.currency)

    return {
        "content": content,
        "amount": text(paper.amount_minor),
        "lines": [(one, text(one["amount_minor"])) for one in content["lines"]],
        "paid_on": paperwork.day_in_words(paper.payment.captured_at, paper.order),
        "issued_on": paperwork.day_in_words(paper.issued_at, paper.order),
    }
