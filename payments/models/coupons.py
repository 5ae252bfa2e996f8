"""Codes that take something off a price. Limits are held by the database, also when many press at once."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from courses.models import Course
from payments.models.orders import Order


class Coupon(models.Model):
    """`taken` counts the holds that are not released: it can never pass `most`."""

    code = models.CharField(max_length=40, unique=True, help_text="Capitals and digits, like SPRING10.")
    percent = models.PositiveSmallIntegerField("percent off", null=True, blank=True)
    amount_minor = models.PositiveIntegerField("amount off, minor units", null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: any course.",
    )
    starts_at = models.DateTimeField("from (UTC)", null=True, blank=True)
    ends_at = models.DateTimeField("until (UTC)", null=True, blank=True)
    most = models.PositiveIntegerField(
        "how often in all", null=True, blank=True, help_text="Empty: no limit."
    )
    most_each = models.PositiveIntegerField(
        "how often per person", null=True, blank=True, default=1, help_text="Empty: no limit."
    )
    taken = models.PositiveIntegerField(default=0, editable=False)
    note = models.CharField("for you alone", max_length=200, blank=True)
    created_at = models.DateTimeField(editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100, amount_minor=None, currency="")
                | (Q(percent=None, amount_minor__gt=0) & ~Q(currency="")),
                name="only_a_percentage_or_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(most=None) | Q(taken__lte=F("most")), name="never_taken_more_often_than_allowed"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=F("ends_at")),
                name="only_a_coupon_that_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponHold(models.Model):
    """One use of a coupon by one order: held while it may still be paid, redeemed by money, else released."""

    class State(models.TextChoices):
        HELD = "held", "being paid"
        REDEEMED = "redeemed", "used"
        RELEASED = "released", "given free again"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="holds")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="coupon_hold")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    email_key = models.CharField(max_length=254, db_index=True)
    state = models.CharField(max_length=20, choices=State, default=State.HELD)
    held_at = models.DateTimeField()

    class Meta:
        ordering = ["-held_at"]

    def __str__(self) -> str:
        return f"{self.coupon} in {self.order}"
