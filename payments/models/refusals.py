"""Webhooks that were turned away: nothing of them is kept but how many, and why."""

from django.db import models


class Refusal(models.Model):
    """How often webhooks were turned away for one reason on one day (UTC)."""

    class Reason(models.TextChoices):
        SIGNATURE = "signature", "no matching signature"
        CLOCK = "clock", "signed too long before or after our clock"
        UNREADABLE = "unreadable", "signed, but not an event"
        TOO_LARGE = "too_large", "too large"

    on = models.DateField()
    reason = models.CharField(max_length=20, choices=Reason)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "reason"]
        verbose_name = "refused webhooks"
        verbose_name_plural = "refused webhooks"
        constraints = [models.UniqueConstraint(fields=["on", "reason"], name="one_count_per_day_and_reason")]

    def __str__(self) -> str:
        return f"{self.on}: {self.count} × {self.get_reason_display()}"
