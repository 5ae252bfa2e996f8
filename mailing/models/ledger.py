"""Who goes through which sequence, each letter that came of it, and what the outside said of it."""

import uuid

from django.db import models
from django.db.models import Q

from mailing.models.people import Contact
from mailing.models.texts import Sequence, Step, StepRevision
from mailing.models.waves import Wave


class Run(models.Model):
    """A contact's way through a sequence. `source` is the caller's word for what started it: "enrolment:42"."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DONE = "done"
        HELD = "held"
        CANCELLED = "cancelled"

    sequence = models.ForeignKey(Sequence, on_delete=models.PROTECT, related_name="runs")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="runs")
    source = models.CharField(max_length=60)
    generation = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    anchor_at = models.DateTimeField()
    next_step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    next_due_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")

    class Meta:
        verbose_name, verbose_name_plural = "way through letters", "people on the way"
        constraints = [
            models.UniqueConstraint(
                fields=["sequence", "contact", "generation"], name="one_run_per_generation"
            ),
            models.UniqueConstraint(
                fields=["sequence", "contact", "source"],  # of most kinds one for each contact: kinds.rivals
                condition=Q(state="active"),
                name="only_one_active_run_of_source",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(state="active", next_due_at__isnull=False),
                name="runs_due",
            ),
            models.Index(fields=["source"], name="runs_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} through {self.sequence} ({self.state})"


class Letter(models.Model):
    """One mail to one person: ledger and outbox in one. A row is never deleted and never re-used."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        LEASED = "leased", "about to go"
        HANDED = "handed", "handed over"
        SENT = "sent"
        UNKNOWN = "unknown", "outcome unknown"
        FAILED = "failed"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"
        EXPIRED = "expired"

    WAITING = (State.QUEUED, State.LEASED)  # nobody has it yet
    UNDER_WAY = (*WAITING, State.HANDED)
    GONE = (State.HANDED, State.SENT, State.UNKNOWN)  # somebody has it, or may have it

    class Kind(models.TextChoices):
        ACCOUNT = "account", "sign-in and account"
        RECEIPT = "receipt", "receipts and access"
        OPT_IN = "opt-in", "asking for a yes"
        LESSON = "lesson", "lesson letters"
        NUDGE = "nudge", "reminders"
        MINICOURSE = "minicourse", "free mini-course"
        BROADCAST = "broadcast", "letters to many"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dedupe_key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    priority = models.PositiveSmallIntegerField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="letters")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="letters")
    revision = models.ForeignKey(StepRevision, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254, blank=True)  # to whom it went, frozen when leased
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)  # hand-overs begun
    doubts = models.PositiveSmallIntegerField(default=0)  # hand-overs whose outcome nobody knows
    date_header = models.CharField(max_length=60, blank=True)
    message_id = models.CharField(max_length=200, blank=True, db_index=True)
    payload_sha256 = models.CharField(max_length=64, blank=True)
    provider_ref = models.CharField(max_length=200, blank=True, db_index=True)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    enhanced_code = models.CharField(max_length=12, blank=True)
    broadcast = models.ForeignKey(
        "mailing.Broadcast", on_delete=models.PROTECT, null=True, blank=True, related_name="letters"
    )
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "letter", "letters to people"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["priority", "not_before", "id"], condition=Q(state="queued"), name="letters_waiting"
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["leased", "handed"]), name="letters_on_the_way"
            ),
            models.Index(fields=["contact", "sent_at"], name="letters_of_contact"),
            models.Index(fields=["-created_at", "-id"], name="letters_newest_first"),  # the desk's list
        ]

    def __str__(self) -> str:
        return f"{self.revision.subject} to {self.contact} ({self.state})"
