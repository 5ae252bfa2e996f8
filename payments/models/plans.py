"""Instalments: a course paid in monthly payments by a subscription that ends by itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.models.money import Payment
from payments.models.orders import Order


class Plan(models.Model):
    """The monthly payments of one order. `ends_at` is when the gateway itself stops, as last read there."""

    class State(models.TextChoices):
        ACTIVE = "active", "running"
        COMPLETE = "complete", "all paid"
        PAST_DUE = "past_due", "a payment is late"
        DEFAULTED = "defaulted", "not paid in time"
        CANCELLED = "cancelled"

    RUNNING: ClassVar[list[str]] = ["active", "past_due", "defaulted"]

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="plan")
    subscription_id = models.CharField(max_length=100, unique=True)
    customer_id = models.CharField(max_length=100)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField("the gateway stops at", null=True, blank=True)
    over_at = models.DateTimeField("ended at the gateway at", null=True, blank=True)
    late_since = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField("gateway last asked")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["past_due", "defaulted"], late_since__isnull=False)
                | ~Q(state__in=["past_due", "defaulted"]),
                name="only_a_late_plan_is_late_since",
            )
        ]

    def __str__(self) -> str:
        return f"Plan of {self.order}"

    @property
    def is_late(self) -> bool:
        return self.state in (self.State.PAST_DUE, self.State.DEFAULTED)


class Instalment(models.Model):
    class State(models.TextChoices):
        DUE = "due", "to come"
        PAID = "paid"
        PAST_DUE = "past_due", "late"
        WRITTEN_OFF = "written_off", "given up"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    amount_minor = models.PositiveIntegerField("amount in minor units")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State, default=State.DUE)
    invoice_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="instalment"
    )
    decline_code = models.CharField("last refusal", max_length=60, blank=True)
    next_try_at = models.DateTimeField("the gateway tries again at", null=True, blank=True)

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_instalment_per_number"),
            models.CheckConstraint(
                condition=Q(state="paid", invoice_id__isnull=False) | ~Q(state="paid"),
                name="never_an_instalment_paid_without_an_invoice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, payment {self.number}"
