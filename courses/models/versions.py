"""What a lesson, an exercise or a plain page said at each saving: a row is added, never changed, never taken away."""

from django.conf import settings
from django.db import models


class Version(models.Model):
    """`subject` is a word like "lesson:17"; `said` the texts by field name, with a lesson’s questions and sheets."""

    subject = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    said = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=120, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["subject", "-number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.subject}, version {self.number}"
