"""Links of the course that lead out of the site, and whether the pages were there."""

import datetime as dt

from django.db import models
from django.db.models import Q


class LinkQuerySet(models.QuerySet["Link"]):
    def due(self, now: dt.datetime, *, every: dt.timedelta | None) -> "LinkQuerySet":
        """Those somebody asked for; with `every` also those not looked at for so long."""
        asked = Q(asked_at__isnull=False)
        old = Q(checked_at=None) | Q(checked_at__lt=now - every) if every else Q(pk__in=[])
        return self.filter(asked | old).order_by("checked_at", "pk")


class Link(models.Model):
    """`says` is empty when the page was there. `asked_at`: somebody wants to know, and waits for the next look."""

    url = models.CharField(max_length=1000, unique=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    says = models.CharField(max_length=200, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["url"]

    def __str__(self) -> str:
        return self.url

    @property
    def is_dead(self) -> bool:
        return self.checked_at is not None and bool(self.says)
