"""What lessons point at: exercise cards and drawings; and the site's plain pages."""

from typing import ClassVar

from django.db import models
from django.urls import reverse

from courses.models.content import Course, Imported


class Exercise(Imported):
    """A card of the exercise library; lessons show it by its key."""

    SUITABILITY: ClassVar[list[str]] = [
        "pregnancy", "fragile-bones", "dizziness", "cannot-lie-down", "one-arm", "wheelchair"
    ]  # fmt: skip

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="exercises")
    key = models.SlugField(max_length=20)
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    start = models.TextField()
    steps = models.JSONField()
    dose = models.JSONField(help_text="text, and numbers that a timer can use: see content format.")
    easier = models.TextField(blank=True)
    harder = models.TextField(blank=True)
    stop_if = models.TextField(blank=True)
    needs = models.JSONField(default=list, blank=True)
    avoid = models.JSONField(default=list, blank=True)
    caption_start = models.CharField(max_length=80, blank=True)
    caption_finish = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["course", "key"]
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="one_exercise_per_key")]

    def __str__(self) -> str:
        return f"{self.key.upper()} {self.name}"


class Illustration(Imported):
    """A drawing as sanitised SVG. An exercise's drawing has the exercise's key as its name."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="illustrations")
    name = models.SlugField(max_length=80)
    svg = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["course", "name"], name="one_illustration_per_name")]

    def __str__(self) -> str:
        return self.name


class Page(Imported):
    """A plain page of the site: safety, terms, privacy, coach."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=155, blank=True)
    body = models.TextField("text (Markdown)")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:page", args=[self.slug])
