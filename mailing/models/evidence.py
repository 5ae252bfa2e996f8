"""What mail servers and providers said of a letter after it had left."""

from django.db import models

from mailing.models.ledger import Letter


class DeliveryEvent(models.Model):
    """One thing said about one letter, stored once however often it is told; see mail.md §2 for its key."""

    class Type(models.TextChoices):
        DELIVERED = "delivered"
        DEFERRED = "deferred"
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        UNSUBSCRIBED = "unsubscribed"

    provider = models.CharField(max_length=40)  # "smtp", "bounce", or a provider's name
    event_key = models.CharField(
        max_length=64, unique=True
    )  # hash of message, type, recipient, provider's time
    message_ref = models.CharField(
        max_length=200, blank=True, db_index=True
    )  # to join it with a letter later
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    type = models.CharField(max_length=20, choices=Type)
    code = models.CharField("enhanced code", max_length=12, blank=True)
    text = models.CharField("what the server said", max_length=500, blank=True)
    at = models.DateTimeField("when it happened")
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.type} {self.code}".strip()
