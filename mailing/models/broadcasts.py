"""One letter to many people at once."""

from django.db import models

from mailing.models.people import Consent
from mailing.models.texts import Step


class Broadcast(models.Model):
    """Written, checked, held for ten minutes, sent, to a few first if wished; its audience is counted when it is sent
    and stays what it was."""

    class State(models.TextChoices):
        DRAFT = "draft"
        HELD = "held", "goes out soon"
        SENDING = "sending"
        TRIED = "tried", "the first of them have it"
        STOPPED = "stopped"
        DONE = "done", "sent"

    title = models.CharField(max_length=120)
    audience = models.CharField(max_length=40)  # a word for the floor above, which knows who that is
    purpose = models.CharField(  # what its readers must have said yes to; a notice to students is LESSONS
        max_length=20, choices=Consent.Purpose, default=Consent.Purpose.NEWS
    )
    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="broadcast")  # holds its wording
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    counted = models.PositiveIntegerField("people when it was sent", default=0)
    chosen = models.JSONField(
        default=list, editable=False
    )  # ids of the contacts it is for, fixed when it was sent
    written = models.PositiveIntegerField(default=0)  # how many of them have a row in the ledger
    first = models.PositiveIntegerField(default=0)  # so many get it before the others; 0: all at once
    again = models.JSONField(default=list, editable=False)  # who missed it, until the hold is over
    before_hold = models.CharField(max_length=20, choices=State, default=State.DRAFT)  # where undoing leads
    sent_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "letter to many", "letters to many"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title
