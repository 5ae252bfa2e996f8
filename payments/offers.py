"""What the price box adds about the reader's own payment. Wired as settings.OFFER_STATE."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import browser, words
from payments.browser import MOST
from payments.models import Claim, Order, Plan

Offer = dict[str, object]
SLOWLY = "With a debit that takes up to several working days. You get a letter when it is through."
LOOKING = "Something about your payment does not match, and I’m having a look. Please don’t pay again."
LATE = "A monthly payment is late. Your purchases page says why, and how to mend it."


def state(request: HttpRequest, course: Course, *, was_in: bool = False) -> Offer | None:
    """What the price box says instead of its own words, for an order that is not finished or not at rest.

    None when there is none; a gift for somebody else says nothing about one's own way in. Only of whoever has or had
    the course (`was_in`) the account's orders are asked too. A browser that never ordered costs others no query.
    """
    user = browser.user_of(request) if was_in else None
    if user is None and not request.session.get(browser.ORDERS):
        return None
    found = browser.orders_for(request, course, user=user).filter(is_gift=False)
    orders = list(found.select_related("claim", "plan")[:MOST])
    held = next((one for one in orders if one.is_paid_for and _trouble(one)), None)
    if held is not None:
        return _in_trouble(held, user)
    order = next((one for one in orders if browser.ordered(request, one)), None)
    return _unfinished(order) if order is not None else None


def _trouble(order: Order) -> bool:
    """Does the course rest because of it, or may it soon?"""
    plan = getattr(order, "plan", None)
    return order.disputed or (plan is not None and plan.is_late)


def _in_trouble(order: Order, user: User | None) -> Offer:
    """A course that rests is not offered for sale again; one that is open says what is late."""
    where = reverse("payments:orders") if user is not None else _back(order)
    plan = getattr(order, "plan", None)
    if order.disputed and settings.HOLD_ACCESS_ON_DISPUTE:
        return _offer(
            "rests", "See how it stands", where, f"A bank is looking into the payment. {words.KEPT}"
        )
    if plan is not None and plan.state == Plan.State.DEFAULTED:
        return _offer("rests", "Mend the payment", where, f"A monthly payment is overdue. {words.KEPT}")
    return {} if order.disputed else {"note": LATE}


def _unfinished(order: Order) -> Offer | None:
    if order.state == Order.State.PROCESSING:
        slow = _offer("pending", "See how it stands", _back(order), SLOWLY)
        return {**slow, "title": "Your bank is confirming"}
    if order.state == Order.State.REVIEW:
        return _offer("pending", "See how it stands", _back(order), LOOKING)
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
