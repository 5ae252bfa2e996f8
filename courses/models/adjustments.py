"""What was done by hand to the schedule of one student."""

from django.conf import settings
from django.db import models

from courses.models.learning import Enrolment


class Adjustment(models.Model):
    """What somebody at the desk did to one student's schedule (courses.adjusting), with how it was before."""

    class Kind(models.TextChoices):
        SHIFT = "shift", "moved the schedule"
        PAUSE = "pause", "paused the schedule"
        WAKE = "wake", "woke the schedule"
        OPEN = "open", "opened everything"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="adjustments")
    kind = models.CharField(max_length=10, choices=Kind)
    days = models.SmallIntegerField(default=0)  # + is later
    made_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    before = models.JSONField(default=dict)
    opened = models.JSONField(default=list)  # the ids of lessons that it opened
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.enrolment}"

    @property
    def words(self) -> str:
        """`moved the schedule 3 days earlier`, `paused the schedule for 1 day`."""
        size = "1 day" if abs(self.days) == 1 else f"{abs(self.days)} days"
        said = self.get_kind_display()
        if self.kind == self.Kind.SHIFT:
            return f"{said} {size} {'later' if self.days > 0 else 'earlier'}"
        return f"{said} for {size}" if self.days else said
