"""Contacts and what they agreed to; letters as written, letters as sent. Nothing here knows a course or an account."""

import datetime as dt
import uuid

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
    created_at = models.DateTimeField()

    class Meta:
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "purpose"], name="one_consent_per_purpose")]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_purpose_display()} {self.state}"


class Suppression(models.Model):
    """An address that must not be written to; kept by address, so it outlives the contact."""

    class Scope(models.TextChoices):
        ALL = "all", "everything"
        SEQUENCES = "sequences", "all but receipts and sign-in codes"

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard", "address does not exist"
        COMPLAINT = "complaint"
        MANUAL = "manual", "by hand"
        UNSUBSCRIBED = "unsubscribed"

    email_key = models.CharField(max_length=254)
    scope = models.CharField(max_length=20, choices=Scope)
    reason = models.CharField(max_length=20, choices=Reason)
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email_key", "scope"],
                condition=Q(lifted_at=None),
                name="one_live_suppression_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email_key}: {self.get_scope_display()} ({self.get_reason_display()})"


class Sequence(models.Model):
    """Letters in order: those of a course (drip), or the site's service letters, each sent by an event of its own."""

    class Kind(models.TextChoices):
        DRIP = "drip"
        SERVICE = "service"

    class State(models.TextChoices):
        LIVE = "live"
        PAUSED = "paused"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.LIVE)
    send_at = models.TimeField("send at (the reader's own time)", default=dt.time(9, 0))

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Step(models.Model):
    """A place in a sequence; its text is the current revision. Archived, never deleted: the ledger hangs on it."""

    sequence = models.ForeignKey(Sequence, on_delete=models.PROTECT, related_name="steps")
    key = models.SlugField(max_length=60)
    position = models.DecimalField(max_digits=8, decimal_places=2)
    day = models.PositiveIntegerField("days after joining", default=0)
    subject_of = models.CharField(  # an opaque word for the guard, which knows the course
        "about", max_length=120, blank=True, help_text="The key of its lesson, such as 1.3."
    )
    revision = models.ForeignKey("StepRevision", on_delete=models.PROTECT, null=True, related_name="+")
    source_hash = models.CharField(max_length=64, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sequence", "position"]
        constraints = [models.UniqueConstraint(fields=["sequence", "key"], name="one_step_per_key")]

    def __str__(self) -> str:
        return f"{self.sequence.slug}/{self.key}"


class StepRevision(models.Model):
    """One wording of a step; never changed, so that a row can say which text somebody got."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=150)
    preheader = models.CharField(max_length=150, blank=True)
    body = models.TextField(help_text="Markdown with placeholders.")
    html = models.TextField(editable=False)  # compiled, styles inlined; placeholders still in it
    text = models.TextField(editable=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["step", "-number"]
        constraints = [models.UniqueConstraint(fields=["step", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.step} revision {self.number}"


class Run(models.Model):
    """A contact's way through a sequence. `source` is the caller's word for what started it: "enrolment:42"."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DONE = "done"
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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sequence", "contact", "generation"], name="one_run_per_generation"
            ),
            models.UniqueConstraint(
                fields=["sequence", "contact"], condition=Q(state="active"), name="only_one_active_run"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(state="active", next_due_at__isnull=False),
                name="runs_due",
            )
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

    class Kind(models.TextChoices):
        ACCOUNT = "account", "sign-in and account"
        RECEIPT = "receipt", "receipts and access"
        LESSON = "lesson", "lesson letters"

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
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["priority", "not_before", "id"], condition=Q(state="queued"), name="letters_waiting"
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["leased", "handed"]), name="letters_on_the_way"
            ),
            models.Index(fields=["contact", "sent_at"], name="letters_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.revision.subject} to {self.contact} ({self.state})"


class Heartbeat(models.Model):
    """When a tick last ran to its end: what the health page and the morning page look at."""

    role = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.role} at {self.at:%Y-%m-%d %H:%M:%S}"
