"""People who were sent through a sequence together, by somebody at the desk."""

from django.db import models

from mailing.models.texts import Sequence


class Wave(models.Model):
    """Who began with it has its number in their run; it can be called back for those who got nothing yet."""

    sequence = models.ForeignKey(Sequence, on_delete=models.PROTECT, related_name="waves")
    how = models.CharField(max_length=20)  # a word of switching.How
    days = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveIntegerField()
    was_state = models.CharField(max_length=20)  # the sequence's, before
    begun_by = models.CharField(max_length=254, blank=True)
    begun_at = models.DateTimeField()
    called_back_by = models.CharField(max_length=254, blank=True)
    called_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begun_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.people} into {self.sequence}"
