"""What the coach writes. Rows come from content/ by import or from the desk by hand; archived, never deleted."""

import datetime as dt
import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from courses import rules
from courses.models.releases import Released
from coursesite.lib import markdown


def film_name(lesson: "Lesson", name: str) -> str:
    """A name nobody can guess, with the ending of the file that came."""
    return f"video/{uuid.uuid4().hex}.{name.rpartition('.')[2].lower()}"


def sheet_name(material: "Material", name: str) -> str:
    return f"materials/{uuid.uuid4().hex}.{name.rpartition('.')[2].lower()}"


class Imported(models.Model):
    """A row that content/ may have made. `source_hash` is the hash of its fields as last imported:
    when the fields no longer match it, somebody edited the row and the import leaves it alone."""

    source_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


class CourseQuerySet(models.QuerySet["Course"]):
    def published(self) -> "CourseQuerySet":
        return self.filter(status=Course.Status.PUBLISHED)


class Course(Imported):
    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        ARCHIVED = "archived"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    tagline = models.CharField(
        "self-help line", max_length=160, help_text="Stands beside the title wherever it is introduced."
    )
    headline = models.CharField(max_length=160)
    lede = models.TextField("opening paragraph")
    description = models.CharField("for search engines", max_length=155)
    minutes_per_day = models.PositiveSmallIntegerField(default=10)
    weeks = models.CharField(max_length=20, blank=True)
    price_minor = models.PositiveIntegerField("price in minor units", help_text="14900 is 149.00; 0 is free.")
    currency = models.CharField(max_length=3, default="usd")
    sale_minor = models.PositiveIntegerField("sale price in minor units", null=True, blank=True)
    sale_from = models.DateTimeField("sale begins (UTC)", null=True, blank=True)
    sale_until = models.DateTimeField("sale ends (UTC)", null=True, blank=True)
    refund_days = models.PositiveSmallIntegerField(default=30)
    needs = models.JSONField("to have at hand", default=list, blank=True)
    includes = models.JSONField("what the price includes", default=list, blank=True)
    sequence = models.SlugField("letters that joining starts", blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sale_minor=None, sale_from=None, sale_until=None)
                | Q(sale_minor__lt=F("price_minor"), sale_from__lt=F("sale_until")),
                name="only_a_lower_price_with_a_beginning_and_an_end_is_a_sale",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course", args=[self.slug])

    @property
    def is_free(self) -> bool:
        return self.price_minor == 0

    def is_on_sale(self, now: dt.datetime) -> bool:
        return bool(self.sale_from and self.sale_until and self.sale_from <= now < self.sale_until)

    def price_at(self, now: dt.datetime) -> int:
        """What one payment for the course costs at that moment, in minor units; 0 is free."""
        return self.sale_minor if self.is_on_sale(now) and self.sale_minor is not None else self.price_minor


class Section(Imported):
    """A part of the sales page. The page draws data into the keys outline, needs, price and questions."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField()
    position = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=120)
    body = models.TextField("text (Markdown)", blank=True)
    aside = models.TextField("honest note beside the rope", blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="one_section_per_key")]

    def __str__(self) -> str:
        return self.heading


class Question(Imported):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=200)
    answer = models.TextField("answer (Markdown)")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.question


class Module(Imported):
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="modules")
    key = models.CharField(max_length=20)
    slug = models.SlugField()
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["course", "position"]
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="one_module_per_key")]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def kept(self) -> "LessonQuerySet":
        """Not archived, neither it nor its module."""
        return self.filter(archived_at=None, module__archived_at=None)

    def listed(self) -> "LessonQuerySet":
        """All that an outline names: written or still to be written, not drafts, not archived."""
        return self.kept().exclude(status=Lesson.Status.DRAFT)

    def published(self) -> "LessonQuerySet":
        return self.listed().filter(status=Lesson.Status.PUBLISHED)


class Lesson(Released, Imported):
    class Status(models.TextChoices):
        DRAFT = "draft", "draft: nobody sees it"
        OUTLINE = "outline", "outline: title and goal only"
        PUBLISHED = "published"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="lessons")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="lessons")
    key = models.CharField(
        max_length=20, help_text="Stays the same for ever; progress and letters hang on it."
    )
    slug = models.SlugField()
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=200, blank=True)
    goal = models.CharField(max_length=240, blank=True)
    minutes = models.PositiveSmallIntegerField(default=5)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    preview = models.BooleanField("free preview", default=False)
    body = models.TextField("text (Markdown)", blank=True)
    sources = models.JSONField(default=list, blank=True)
    reviewed_on = models.DateField("sources reviewed on", null=True, blank=True)
    video = models.FileField(upload_to=film_name, blank=True)
    film_url = models.URLField("film somewhere else", max_length=500, blank=True)
    captions = models.FileField("captions (WebVTT)", upload_to=film_name, blank=True)
    transcript = models.TextField("transcript (Markdown)", blank=True)
    exercise_keys = models.JSONField(
        default=list, editable=False
    )  # what the body shows, so that lists need no body
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["course", "module__position", "position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="one_lesson_per_key"),
            models.UniqueConstraint(fields=["course", "slug"], name="one_lesson_per_slug"),
            models.CheckConstraint(
                condition=Q(release_after_lesson=None) | Q(release_after_module=None),
                name="a_lesson_waits_for_only_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(release_after_lesson=None) | ~Q(release_after_lesson=F("id")),
                name="a_lesson_never_waits_for_itself",
            ),
            models.CheckConstraint(
                condition=Q(release_by__in=[rules.FIRST, rules.LAST]),
                name="opens_by_only_the_first_or_the_last",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.exercise_keys = [ref for kind, ref in markdown.references(self.body) if kind == "exercise"]
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Needs `course` loaded."""
        return reverse("courses:lesson", args=[self.course.slug, self.slug])

    @property
    def is_written(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def subject(self) -> str:
        """The word by which letters know this lesson. Needs `course` loaded."""
        return f"{self.course.slug}/{self.key}"


class Check(models.Model):
    """A self-check question. `answers` is a list of {"text": str, "right": bool}; one is right."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="checks")
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=300)
    why = models.TextField("explanation")
    answers = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["lesson", "position"], name="one_check_per_position")]

    def __str__(self) -> str:
        return self.question

    @property
    def right(self) -> int:
        """The index of the right answer."""
        return next(index for index, answer in enumerate(self.answers) if answer.get("right"))


class Material(models.Model):
    """Something to print or download with a lesson: a Markdown page, or a file."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="materials")
    slug = models.SlugField()
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField("page (Markdown)", blank=True)
    file = models.FileField(upload_to=sheet_name, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["lesson", "slug"], name="one_material_per_slug")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Needs `lesson.course` loaded."""
        name = "courses:material_file" if self.file else "courses:material"
        return reverse(name, args=[self.lesson.course.slug, self.lesson.slug, self.slug])
