"""What the price box adds about this browser's own payment. Wired as settings.OFFER_STATE."""

from django.http import HttpRequest
from django.urls import reverse

from courses.models import Course
from payments import browser, words
from payments.models import Claim, Order

Offer = dict[str, object]


def state(request: HttpRequest, course: Course) -> Offer | None:
    """The state, button and note for an order of this browser that is not finished; None when there is none.

    A browser that never ordered costs no query.
    """
    if not request.session.get(browser.ORDERS):
        return None
    order = browser.orders_for(request, course).select_related("claim").first()
    if order is None:
        return None
    if order.state in (Order.State.PROCESSING, Order.State.REVIEW):
        return _offer("pending", "See how it stands", _back(order), "Finishing your payment…")
    if order.is_paid_for and _waits(order):
        return _offer(
            "paid",
            "Open your course",
            _back(order),
            "One step left: show that the address is yours.",
        )
    attempt = order.attempts.first() if order.is_unfinished else None
    if attempt is None:
        return None
    retry = reverse("payments:cancelled", args=[order.key])
    if reason := words.decline(attempt.decline_code):
        return _offer("failed", "Try again", retry, f"{reason} Nothing was charged.")
    if order.state == Order.State.FAILED:
        return _offer("failed", "Try again", retry, "The payment did not go through. Nothing was charged.")
    if order.state == Order.State.OPEN:
        return _offer(
            "buy", "Go on paying", retry, "You began to pay and did not finish. Nothing was charged."
        )
    return None


def _waits(order: Order) -> bool:
    claim = getattr(order, "claim", None)
    return claim is not None and claim.state == Claim.State.UNCLAIMED


def _back(order: Order) -> str:
    return reverse("payments:return", args=[order.key])


def _offer(state: str, button: str, url: str, note: str) -> Offer:
    return {"state": state, "button_text": button, "button_url": url, "note": note}
