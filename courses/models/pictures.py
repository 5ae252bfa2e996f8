"""Photographs of a course: kept outside of every public folder, shown by lessons with `::picture name`."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.fields.files import FieldFile

from courses.models.content import Course


def picture_file(picture: "Picture", name: str) -> str:
    return f"pictures/{uuid.uuid4().hex}.{name.rpartition('.')[2].lower()}"


class PictureQuerySet(models.QuerySet["Picture"]):
    def speechless(self) -> "PictureQuerySet":
        """Those that nobody has described yet, nor called decoration."""
        return self.filter(alt="", decorative=False)


class Picture(models.Model):
    """`sizes` are smaller ones: a list of {"width": int, "file": str}."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="pictures")
    name = models.SlugField(max_length=80, help_text="What lessons call it: small letters, digits, hyphens.")
    alt = models.CharField(
        "what is to be seen",
        max_length=300,
        blank=True,
        help_text="For who cannot see it, and where it does not load: a sentence that says what matters in it.",
    )
    decorative = models.BooleanField(
        "decoration only",
        default=False,
        help_text="It says nothing that the text does not: it is left out of what is read aloud.",
    )
    caption = models.CharField(max_length=200, blank=True, help_text="Stands below it; may be empty.")
    file = models.FileField(upload_to=picture_file)
    sizes = models.JSONField(default=list, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    stored_bytes = models.PositiveBigIntegerField(editable=False)
    digest = models.CharField(max_length=64, editable=False)
    changed_at = models.DateTimeField(editable=False)

    objects = PictureQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "name"]
        constraints = [
            models.UniqueConstraint(fields=["course", "name"], name="one_picture_per_name"),
            models.CheckConstraint(
                condition=Q(decorative=False) | Q(alt=""), name="only_a_picture_that_says_something_has_words"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_described(self) -> bool:
        return bool(self.alt or self.decorative)

    def of_width(self, width: int) -> FieldFile:
        return FieldFile(self, self.file.field, self.file_of(width))

    def file_of(self, width: int) -> str:
        """The stored name of the size of that width; the picture itself when there is none."""
        found: list[dict[str, Any]] = [one for one in self.sizes if one["width"] == width]
        return str(found[0]["file"]) if found else str(self.file.name)

    @property
    def files(self) -> list[str]:
        return [str(self.file.name), *(str(one["file"]) for one in self.sizes)]
