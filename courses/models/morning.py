"""What somebody at the desk keeps for themselves."""

from django.conf import settings
from django.db import models


class Snooze(models.Model):
    """A line of the morning page that one person put off; `key` is the line's."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_snooze_per_line")]

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d}"
