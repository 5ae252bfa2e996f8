"""Who can be written to, what they agreed to, and whom not to write to."""

from django.db import models
from django.db.models import Q

from mailing import addresses


class Contact(models.Model):
    """A person one can write to: student and visitor alike."""

    email = models.EmailField(max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    name = models.CharField("name to be called by", max_length=80, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    time_zone_confirmed = models.BooleanField(default=False)
    paused_until = models.DateTimeField(
        null=True, blank=True
    )  # no sequence letters before; receipts still go
    merged_into = models.ForeignKey(  # links in old letters lead to the person's other contact
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "person", "people"
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: object, **kwargs: object) -> None:
        self.email_key = addresses.key(self.email)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Consent(models.Model):
    """What a person said about one purpose, and the wording that was shown."""

    class Purpose(models.TextChoices):
        LESSONS = "lessons", "lesson letters"
        NUDGES = "nudges", "reminders after quiet days"
        MINICOURSE = "minicourse", "the free mini-course"
        NEWS = "news", "news and offers"

    class State(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        WITHDRAWN = "withdrawn"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    state = models.CharField(max_length=20, choices=State)
    source = models.CharField(max_length=60)
    wording_version = models.CharField(max_length=20)
    changed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField("confirmed from", null=True, blank=True)  # the proof of a double opt-in
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "yes or no to letters", "yes and no to letters"
        constraints = [models.UniqueConstraint(fields=["contact", "purpose"], name="one_consent_per_purpose")]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_purpose_display()} {self.state}"


class Suppression(models.Model):
    """An address that must not be written to; kept as a keyed hash, so it outlives the contact and names nobody."""

    class Scope(models.TextChoices):
        ALL = "all", "everything"
        SEQUENCES = "sequences", "all but receipts and sign-in codes"

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard", "address does not exist"
        FULL = "full", "mailbox full again and again"
        COMPLAINT = "complaint"
        MANUAL = "manual", "by hand"
        UNSUBSCRIBED = "unsubscribed"

    address_hash = models.CharField(max_length=64, editable=False)  # mailing.suppression.hash_of
    scope = models.CharField(max_length=20, choices=Scope)
    reason = models.CharField(max_length=20, choices=Reason)
    created_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)  # a full mailbox rests; empty = until lifted
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "address not written to", "addresses not written to"
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "scope"],
                condition=Q(lifted_at=None),
                name="one_live_suppression_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]}: {self.get_scope_display()} ({self.get_reason_display()})"
