"""What happened to an order beside its money: who did what, and what its buyer asked for."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from payments.models.orders import Order


class Entry(models.Model):
    """One line in an order's story. Only ever added."""

    class Kind(models.TextChoices):
        ASKED = "asked", "we asked"
        TOLD = "told", "the payment company said"
        DERIVED = "derived", "so"
        CLICKED = "clicked", "done by hand"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    says = models.CharField(max_length=300)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.says


class Withdrawal(models.Model):
    """A buyer wants the money back. The coach answers; the date of asking is kept."""

    class State(models.TextChoices):
        ASKED = "asked", "waits for an answer"
        REFUNDED = "refunded", "money given back"
        SETTLED = "settled", "settled otherwise"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="withdrawals")
    note = models.TextField("in their own words", max_length=1000, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="asked"), name="one_open_withdrawal_per_order"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at=None)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
                name="only_an_answered_withdrawal_has_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"Withdrawal from {self.order}"
