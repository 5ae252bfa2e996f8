"""What the machinery knows of itself: who was at work when, how fast it may send, what a person switched off."""

from django.db import models


class Heartbeat(models.Model):
    """When a tick last ran to its end: what the health page and the morning page look at."""

    role = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.role} at {self.at:%Y-%m-%d %H:%M:%S}"


class RateBucket(models.Model):
    """How many letters a group of mail providers takes now; tokens come back with time, pauses are what they asked."""

    group = models.CharField(max_length=100, primary_key=True)  # gmail, yahoo, microsoft, a domain, all
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True, blank=True)
    backoff_minutes = models.PositiveSmallIntegerField(default=0)
    stopped_reason = models.CharField(max_length=200, blank=True)  # a policy refusal: a person must look

    def __str__(self) -> str:
        return self.group


class Switch(models.Model):
    """A thing that a person, or a restored backup, switched on for all mail: "hold"."""

    key = models.CharField(max_length=40, primary_key=True)
    is_on = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=254, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {'on' if self.is_on else 'off'}"
