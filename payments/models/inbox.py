"""Webhooks that arrived. Only ids are kept: what is true is read from the gateway."""

from django.db import models
from django.db.models import Q

from payments.models.orders import Attempt


class EventInbox(models.Model):
    """One event of the gateway, on its way to a settled order."""

    class State(models.TextChoices):
        RECEIVED = "received"
        DONE = "done"
        IGNORED = "ignored"
        FAILED = "failed", "failed, will be tried again"
        DEAD = "dead", "given up"

    gateway = models.CharField(max_length=20)
    livemode = models.BooleanField("real money")
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=100, blank=True)
    payment_intent_id = models.CharField(max_length=100, blank=True)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    state = models.CharField(max_length=20, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = "webhook"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "livemode", "event_id"], name="one_row_per_event"),
            models.CheckConstraint(
                condition=Q(state__in=["done", "ignored", "dead"], done_at__isnull=False)
                | Q(state__in=["received", "failed"], done_at=None),
                name="only_a_finished_event_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["received", "failed"]), name="events_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
