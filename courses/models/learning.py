"""What a student does with a course. Access is any active Grant; the Enrolment keeps progress through its end."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from courses.models.content import Check, Course, Lesson


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def with_access(self) -> "EnrolmentQuerySet":
        active = Grant.objects.active().filter(enrolment=OuterRef("pk"))
        return self.filter(Exists(active))


class Enrolment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    joined_at = models.DateTimeField()
    time_zone = models.CharField(
        max_length=64
    )  # the zone lessons open by; follows the person's through release.rezone
    completed_at = models.DateTimeField(
        null=True, blank=True
    )  # set once; a lesson added later never takes it away
    last_lesson = models.ForeignKey(
        Lesson, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-joined_at"]
        permissions = [("export_enrolment", "Can take out the students as a file")]
        constraints = [models.UniqueConstraint(fields=["user", "course"], name="one_enrolment_per_course")]

    def __str__(self) -> str:
        return f"{self.user} in {self.course}"

    @property
    def word(self) -> str:
        """The word by which letters know this enrolment."""
        return f"enrolment:{self.pk}"


class GrantQuerySet(models.QuerySet["Grant"]):
    def active(self) -> "GrantQuerySet":
        return self.filter(state=Grant.State.ACTIVE)


class Grant(models.Model):
    """A reason why somebody is in: "order-line:17", "free", "manual:3". Each source counts once."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        ENDED = "ended"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="grants")
    source = models.CharField(max_length=60)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "source"], name="one_grant_per_source"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at=None)),
                name="only_an_ended_grant_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} by {self.source} ({self.state})"


class Opening(models.Model):
    """A lesson that was open for somebody before its rule or their zone changed: it stays open."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="openings")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "lesson"], name="one_opening_per_lesson")]

    def __str__(self) -> str:
        return f"{self.lesson} for {self.enrolment}"


class LessonProgress(models.Model):
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="progress")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    read_percent = models.PositiveSmallIntegerField(default=0)  # how far down the page
    video_seconds = models.PositiveIntegerField(default=0)  # where the video stopped

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="one_progress_per_lesson"),
            models.CheckConstraint(condition=Q(read_percent__lte=100), name="read_percent_at_most_100"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.lesson}"


class CheckAnswer(models.Model):
    """The latest answer somebody gave to a self-check."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="answers")
    check_question = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="given")
    chosen = models.PositiveSmallIntegerField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "check_question"], name="one_answer_per_check")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.check_question}"
