"""What one person bought, for the desk's page about them. Wired as settings.PERSON_STORY."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from courses.people import MONEY, Entry
from coursesite.lib import money
from mailing.models import Contact
from payments import words
from payments.models import Dispute, Order, Payment, Refund, Withdrawal


def story(*, contact: Contact, user: User | None) -> list[Entry]:
    """Orders of the account, of the contact and of the address, and what became of their money: six queries."""
    whose = Q(contact=contact) | Q(email_key=contact.email_key)
    mine = Order.objects.filter(whose | Q(user=user) if user else whose).prefetch_related("lines")
    orders = {order.pk: order for order in mine}
    return [*_ordered(orders), *_came(orders), *_went(orders), *_asked(orders)]


def _ordered(orders: dict[int, Order]) -> Iterator[Entry]:
    for order in orders.values():
        what = f"{order.title} for {money.amount_text(order.amount_minor, order.currency)}"
        yield Entry(
            order.created_at, MONEY, f"Order {order.number}: {what}. Now {order.get_state_display()}.", url_of(order)
        )  # fmt: skip


def _came(orders: dict[int, Order]) -> Iterator[Entry]:
    for payment in Payment.objects.filter(attempt__order__in=orders).select_related("attempt"):
        sum_ = money.amount_text(payment.captured_minor, payment.currency)
        yield Entry(payment.captured_at, MONEY, f"{sum_} came", url_of(orders[payment.attempt.order_id]))


def _went(orders: dict[int, Order]) -> Iterator[Entry]:
    refunds = Refund.objects.filter(payment__attempt__order__in=orders)
    for refund in refunds.select_related("payment__attempt", "actor"):
        sum_ = money.amount_text(refund.amount_minor, refund.payment.currency)
        says = f"Refund of {sum_}: {refund.get_state_display()}"
        order = orders[refund.payment.attempt.order_id]
        yield Entry(refund.requested_at, MONEY, says, url_of(order), str(refund.actor or ""))


def _asked(orders: dict[int, Order]) -> Iterator[Entry]:
    for dispute in Dispute.objects.filter(payment__attempt__order__in=orders).select_related(
        "payment__attempt"
    ):
        sum_ = money.amount_text(dispute.amount_minor, dispute.payment.currency)
        url = url_of(orders[dispute.payment.attempt.order_id])
        yield Entry(
            dispute.opened_at, MONEY, f"A bank asked for {sum_}: {words.dispute(dispute.status)}", url
        )
    for wish in Withdrawal.objects.filter(order__in=orders):
        says = f"Wish to withdraw: {wish.get_state_display()}"
        yield Entry(wish.asked_at, MONEY, says, url_of(orders[wish.order_id]))


def url_of(order: Order) -> str:
    return reverse("admin:payments_order_change", args=[order.pk])
