"""Orders and the pay pages they lead to. Amounts are whole minor units; a row of money is never deleted."""

import datetime as dt
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from courses.models import Course
from mailing.models import Contact

UNFINISHED = ["open", "processing", "failed", "expired", "cancelled"]
PAID_FOR = ["paid", "part_paid", "overpaid", "partly_refunded"]  # these give access
HAD_MONEY = [*PAID_FOR, "refunded", "lost"]
ALIVE = ["creating", "open", "processing", "unknown"]  # such an attempt may still become a payment


class OrderQuerySet(models.QuerySet["Order"]):
    def unfinished(self) -> "OrderQuerySet":
        return self.filter(state__in=Order.UNFINISHED)


class Order(models.Model):
    """A priced snapshot of what somebody wants to buy.

    Its state is derived from its attempts, payments, refunds and disputes. `amount_minor` is what all of it costs:
    with instalments their sum.
    """

    class State(models.TextChoices):
        OPEN = "open", "not paid yet"
        PROCESSING = "processing", "the bank is confirming"
        PAID = "paid"
        PART_PAID = "part_paid", "paid in part"
        OVERPAID = "overpaid", "paid twice"
        REVIEW = "review", "needs a look"
        PARTLY_REFUNDED = "partly_refunded", "refunded in part"
        REFUNDED = "refunded"
        LOST = "lost", "lost to a dispute"
        FAILED = "failed", "payment failed"
        EXPIRED = "expired", "not paid in time"
        CANCELLED = "cancelled"

    class Tax(models.TextChoices):
        INCLUDED = "included", "included in the price"
        COUNTED = "counted", "included, counted by the payment company"
        ADDED = "added", "added by the payment company"

    UNFINISHED: ClassVar[list[str]] = UNFINISHED
    PAID_FOR: ClassVar[list[str]] = PAID_FOR
    HAD_MONEY: ClassVar[list[str]] = HAD_MONEY

    key = models.UUIDField("public id", default=uuid.uuid4, unique=True, editable=False)
    shopper = models.CharField(
        max_length=60, db_index=True
    )  # "user:5", or the browser's secret word "browser:…"
    cart = models.CharField(max_length=64)  # digest of shopper, goods, price and address
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField("buyer’s address", max_length=254)
    email_key = models.CharField(max_length=254, db_index=True, editable=False)
    list_minor = models.PositiveIntegerField("price before any reduction, minor units", default=0)
    discount_minor = models.PositiveIntegerField("taken off by a code, minor units", default=0)
    amount_minor = models.PositiveIntegerField("amount in minor units")
    instalments = models.PositiveSmallIntegerField("monthly payments", default=1)
    currency = models.CharField(max_length=3)
    tax = models.CharField(max_length=20, choices=Tax, default=Tax.INCLUDED)
    tax_minor = models.PositiveIntegerField(
        "tax as the payment company counted it, minor units", null=True, blank=True
    )
    is_gift = models.BooleanField("a gift for somebody", default=False)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    disputed = models.BooleanField("a bank is looking into it", default=False)
    gateway = models.CharField(max_length=20, blank=True)  # empty: nothing to pay, nobody asked
    livemode = models.BooleanField("real money")
    terms_version = models.CharField(max_length=20)
    agreed_at = models.DateTimeField("agreed to the terms at")
    at_once_at = models.DateTimeField("asked to be let in at once at", null=True, blank=True)
    may_remind_at = models.DateTimeField("allowed one reminder at", null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    corrected_at = models.DateTimeField("address corrected at", null=True, blank=True)
    forgotten_at = models.DateTimeField("buyer’s data removed at", null=True, blank=True)
    lock_token = models.UUIDField(null=True, blank=True, editable=False)
    lock_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["cart"],
                condition=Q(state__in=UNFINISHED),
                name="one_unfinished_order_per_cart",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=HAD_MONEY) | Q(paid_at__isnull=False),
                name="never_paid_without_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=UNFINISHED) | Q(paid_at=None),
                name="only_money_has_a_paid_date",
            ),
            models.CheckConstraint(
                condition=Q(lock_token=None, lock_until=None)
                | Q(lock_token__isnull=False, lock_until__isnull=False),
                name="only_a_locked_order_has_a_lock_end",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=0) | ~Q(gateway=""), name="only_a_free_order_has_no_gateway"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) | ~Q(state__in=["refunded", "partly_refunded", "lost"]),
                name="never_money_back_for_a_free_order",
            ),
            models.CheckConstraint(
                condition=Q(list_minor__gte=F("amount_minor") + F("discount_minor")),
                name="never_dearer_than_its_list_price",
            ),
            models.CheckConstraint(
                condition=Q(instalments=1) | Q(instalments__gt=1, amount_minor__gt=0),
                name="never_instalments_of_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("payments:receipt", args=[self.key])

    @property
    def number(self) -> str:
        """What people say on the telephone. Receipts have numbers of their own, without gaps."""
        return f"{self.pk:06d}"

    @property
    def title(self) -> str:
        """What was bought, in a few words. Lists load the lines beforehand."""
        return ", ".join(line.title for line in self.lines.all())

    @property
    def is_paid_for(self) -> bool:
        return self.state in self.PAID_FOR

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def is_plan(self) -> bool:
        """Is it paid in monthly payments?"""
        return self.instalments > 1

    @property
    def each_minor(self) -> int:
        """One payment, in minor units: the whole amount, or one instalment."""
        return self.amount_minor // self.instalments

    @property
    def due_minor(self) -> int:
        """What the buyer pays in all, in minor units, with tax that is added on top."""
        return self.amount_minor + ((self.tax_minor or 0) if self.tax == self.Tax.ADDED else 0)


class OrderLine(models.Model):
    """One thing in an order, with the title and price shown when it was bought."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    about = models.CharField(max_length=160, blank=True)  # the honest line beside the title
    amount_minor = models.PositiveIntegerField("amount in minor units")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["order", "course"], name="one_line_per_course")]

    def __str__(self) -> str:
        return self.title

    @property
    def source(self) -> str:
        """The word by which the learning side knows why somebody is in."""
        return f"order-line:{self.pk}"


class Attempt(models.Model):
    """One Checkout Session, from before it exists until after it ended. Many per order, at most one alive."""

    class State(models.TextChoices):
        CREATING = "creating"
        OPEN = "open"
        PROCESSING = "processing", "the bank is confirming"
        PAID = "paid"
        FAILED = "failed"
        EXPIRED = "expired"
        UNKNOWN = "unknown", "no answer from the gateway"
        NEVER_EXISTED = "never_existed", "never came about"

    ALIVE: ClassVar[list[str]] = ALIVE

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in the Session's metadata
    idempotency_key = models.CharField(max_length=64, unique=True)
    session_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    payment_intent_id = models.CharField(max_length=100, blank=True, db_index=True)
    subscription_id = models.CharField(max_length=100, blank=True, db_index=True)
    state = models.CharField(max_length=20, choices=State, default=State.CREATING)
    url = models.TextField("pay page", blank=True)
    decline_code = models.CharField("last refusal", max_length=60, blank=True)
    mismatch = models.CharField("what does not match", max_length=100, blank=True)
    accepted_at = models.DateTimeField("taken as it is at", null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    looked_at = models.DateTimeField("gateway last asked", null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=ALIVE),
                name="one_live_attempt_per_order",
            ),
            models.CheckConstraint(
                condition=Q(session_id__isnull=False) | Q(state__in=["creating", "unknown", "never_existed"]),
                name="only_an_unborn_attempt_has_no_session",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | ~Q(mismatch=""), name="only_a_mismatch_can_be_accepted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}, {self.get_state_display()}"

    def is_over(self, now: dt.datetime) -> bool:
        return self.expires_at <= now
