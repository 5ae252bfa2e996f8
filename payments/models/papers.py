"""Receipts and refund notes, with numbers of their own, without gaps."""

from django.db import models
from django.db.models import Q

from payments.models.money import Payment, Refund
from payments.models.orders import Order


class ReceiptSeries(models.Model):
    """The last number given out in a year. Its row is the lock: numbers are given one at a time."""

    year = models.PositiveSmallIntegerField()
    livemode = models.BooleanField("real money")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "livemode"], name="one_series_per_year")]

    def __str__(self) -> str:
        return f"{self.year}, {'real' if self.livemode else 'practice'} money: {self.last}"


class Receipt(models.Model):
    """A paper as it was issued. Everything on it is copied into `content`: it never changes afterwards."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "receipt"
        REFUND = "refund", "refund note"
        REVERSAL = "reversal", "reversal of a refund note"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=20, choices=Kind)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    livemode = models.BooleanField("real money")
    serial = models.PositiveIntegerField("number in its year")
    amount_minor = models.PositiveIntegerField("amount in minor units")
    currency = models.CharField(max_length=3)
    content = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["year", "livemode", "serial"], name="one_paper_per_number"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="payment"), name="one_receipt_per_payment"
            ),
            models.UniqueConstraint(fields=["refund", "kind"], name="one_note_per_refund"),
            models.CheckConstraint(
                condition=Q(kind="payment", refund=None) | (~Q(kind="payment") & Q(refund__isnull=False)),
                name="only_a_note_is_about_a_refund",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Practice papers have a series and a letter of their own."""
        return f"{'' if self.livemode else 'P'}{self.year}-{self.serial:05d}"
