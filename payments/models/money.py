"""Money that came and money that went back, as the gateway last told. Whole minor units; nothing is ever deleted."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from payments.models.orders import Attempt, OrderLine


class Payment(models.Model):
    """Money the gateway holds, one PaymentIntent: of a single purchase, or of one instalment.

    Captured money only grows. What went back and what a bank took are sums of the rows below, kept here for reading.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="payments")
    gateway_id = models.CharField(max_length=100, unique=True)  # the PaymentIntent
    method = models.CharField("paid by", max_length=30, blank=True)  # "card", "sepa_debit"
    captured_minor = models.PositiveIntegerField("captured, minor units")
    refunded_minor = models.PositiveIntegerField("given back, minor units", default=0)
    lost_minor = models.PositiveIntegerField("lost to a bank, minor units", default=0)
    currency = models.CharField(max_length=3)
    captured_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["captured_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(captured_minor__gte=F("refunded_minor") + F("lost_minor")),
                name="never_more_back_than_came",
            )
        ]

    def __str__(self) -> str:
        return self.gateway_id

    @property
    def kept_minor(self) -> int:
        return self.captured_minor - self.refunded_minor - self.lost_minor


class Refund(models.Model):
    """Money on its way back, asked for here or in the gateway's own dashboard. A done one may still fail later."""

    class State(models.TextChoices):
        REQUESTED = "requested", "asked for"
        PENDING = "pending", "on its way"
        SUCCEEDED = "succeeded", "given back"
        FAILED = "failed", "came back to us"
        CANCELED = "canceled", "called off"

    GOING: ClassVar[list[str]] = ["requested", "pending", "succeeded"]  # this money counts as gone
    AT_GATEWAY: ClassVar[list[str]] = ["pending", "succeeded"]

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    key = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False
    )  # in its metadata, and its idempotency key
    gateway_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    amount_minor = models.PositiveIntegerField("amount in minor units")
    state = models.CharField(max_length=20, choices=State, default=State.REQUESTED)
    ends_access = models.BooleanField("access ends with it", default=False)
    note = models.CharField("why", max_length=200, blank=True)
    failure = models.CharField("why it failed", max_length=60, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    seen_at = models.DateTimeField("gateway last asked", null=True, blank=True)
    dealt_with_at = models.DateTimeField("failure dealt with at", null=True, blank=True)

    class Meta:
        ordering = ["requested_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="never_a_refund_of_nothing"),
            models.CheckConstraint(
                condition=Q(gateway_id__isnull=False) | Q(state__in=["requested", "failed", "canceled"]),
                name="only_a_refund_not_yet_made_has_no_id",
            ),
        ]

    def __str__(self) -> str:
        return self.gateway_id or f"refund {self.key}"


class Dispute(models.Model):
    """A buyer's bank asks for the money back. `status` is the gateway's own word, as last read."""

    OPEN: ClassVar[list[str]] = [
        "needs_response", "under_review", "appeal_needs_response", "appeal_under_review"
    ]  # fmt: skip
    INQUIRY: ClassVar[list[str]] = ["warning_needs_response", "warning_under_review"]
    OVER: ClassVar[list[str]] = ["won", "lost", "prevented", "warning_closed"]

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway_id = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)
    amount_minor = models.PositiveIntegerField("amount in minor units")
    due_by = models.DateTimeField("answer before", null=True, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField("gateway last asked")

    class Meta:
        ordering = ["opened_at", "pk"]

    def __str__(self) -> str:
        return self.gateway_id

    @property
    def is_lost(self) -> bool:
        return self.status == "lost"

    @property
    def is_open(self) -> bool:
        """Is the money away for now? A word we do not know counts as open, so that somebody looks."""
        return self.status not in (*self.OVER, *self.INQUIRY)

    @property
    def is_inquiry(self) -> bool:
        return self.status in self.INQUIRY
