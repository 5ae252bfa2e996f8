"""Letters as written: sequences, their steps, and each wording a step ever had."""

import datetime as dt
from decimal import Decimal

from django.db import models

NEW = 2**62  # the key of a step that is not there yet: behind all others of its place, as its own will be


class Sequence(models.Model):
    """Letters in order, of one kind; those of the kind service are each sent by an event of their own."""

    class Kind(models.TextChoices):
        DRIP = "drip", "letters of the course"
        NUDGE = "nudge", "reminders after quiet days"
        COMPLETION = "completion", "after the last lesson"
        MINICOURSE = "minicourse", "free mini-course"
        BROADCAST = "broadcast", "single letters to many"
        SERVICE = "service", "service letters"

    class State(models.TextChoices):
        DRAFT = "draft"
        LIVE = "live"
        PAUSED = "paused"

    class Anchor(models.TextChoices):
        START = "start", "the beginning"
        PREVIOUS = "previous", "the letter before"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.LIVE)
    send_at = models.TimeField("send at (the reader's own time)", default=dt.time(9, 0))
    weekdays = models.CharField("days of the week", max_length=7, default="1234567")  # ISO: 1 = Monday
    anchor = models.CharField("days are counted from", max_length=20, choices=Anchor, default=Anchor.START)
    paused_reason = models.CharField("why it paused itself", max_length=200, blank=True)
    paused_itself_at = models.DateTimeField(
        null=True, blank=True
    )  # letters before do not count against it again
    least_gap_hours = models.PositiveSmallIntegerField("least hours between two letters", default=18)

    class Meta:
        verbose_name, verbose_name_plural = "sequence", "sequences of letters"
        ordering = ["title"]
        permissions = [("pause_sequence", "Can pause and wake letters")]

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
    condition = models.CharField(  # likewise a word for the guard: only who it is true for gets the letter
        "only for", max_length=40, blank=True
    )
    revision = models.ForeignKey("StepRevision", on_delete=models.PROTECT, null=True, related_name="+")
    source_hash = models.CharField(max_length=64, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "letter of a sequence", "letters of sequences"
        ordering = ["sequence", "position"]
        constraints = [models.UniqueConstraint(fields=["sequence", "key"], name="one_step_per_key")]

    def __str__(self) -> str:
        return f"{self.sequence.slug}/{self.key}"

    @property
    def place(self) -> tuple[Decimal, int]:
        """By this the order of a sequence is told: of two letters in one position the newer one is behind."""
        return Decimal(self.position), self.pk or NEW


class StepPlace(models.Model):
    """Where a step stood until it was moved, and what it was about there."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="places")
    day = models.PositiveIntegerField()
    position = models.DecimalField(max_digits=8, decimal_places=2)
    subject_of = models.CharField(max_length=120, blank=True)
    condition = models.CharField(max_length=40, blank=True)
    until = models.DateTimeField()

    class Meta:
        ordering = ["step", "-until", "-pk"]

    def __str__(self) -> str:
        return f"{self.step} on day {self.day} until {self.until}"


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
        verbose_name, verbose_name_plural = "earlier wording", "earlier wordings"
        ordering = ["step", "-number"]
        constraints = [models.UniqueConstraint(fields=["step", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.step} revision {self.number}"
