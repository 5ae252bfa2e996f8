"""Other ways to pay for a course than its own price."""

from django.db import models
from django.db.models import Q

from courses.models.content import Course, Imported

MOST_PAYMENTS = 24


class PriceQuerySet(models.QuerySet["Price"]):
    def offered(self) -> "PriceQuerySet":
        return self.filter(archived_at=None)


class Price(Imported):
    """Another way to pay for a course, beside its own price: a reduced one, or several monthly payments."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="prices")
    key = models.SlugField(help_text="Part of the address of the till, like three-payments.")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=80, help_text="Like “Three monthly payments”.")
    note = models.CharField(
        "for whom", max_length=160, blank=True, help_text="One sentence, like “For whoever earns little.”"
    )
    payments = models.PositiveSmallIntegerField("monthly payments", default=1, help_text="1 is paid once.")
    amount_minor = models.PositiveIntegerField("each payment, in minor units")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="one_price_per_key"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="never_a_free_price_beside_another"),
            models.CheckConstraint(
                condition=Q(payments__gte=1, payments__lte=MOST_PAYMENTS),
                name="only_one_to_twenty_four_payments",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def total_minor(self) -> int:
        return self.amount_minor * self.payments
