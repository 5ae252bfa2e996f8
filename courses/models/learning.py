"""What a student does with a course. Access is any active Grant; the Enrolment keeps progress through its end."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from courses.models.content import Check, Course, Lesson

A_DAY = dt.timedelta(days=1)
BY_HAND = "manual:"  # how the source of a grant given at the desk begins
THERE = dt.timedelta(days=14)  # whoever was in the course within these days still comes
STUCK_AFTER = dt.timedelta(days=5)  # a lesson begun that long ago and still not done, though they came back
STUCK_VISITS = 3  # or one come back to that often
THERE_LAST = F("enrolment__last_seen_at")


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """How students stand. What each word means is told to the coach by courses.standing."""

    def with_access(self) -> "EnrolmentQuerySet":
        """Any grant is active."""
        return self.filter(Exists(grants().active()))

    def without_access(self) -> "EnrolmentQuerySet":
        return self.filter(~Exists(grants().active()))

    def on_hold(self) -> "EnrolmentQuerySet":
        """No grant is active, and one rests: a dispute, a late payment."""
        return self.without_access().filter(Exists(grants().filter(state=Grant.State.SUSPENDED)))

    def ended(self) -> "EnrolmentQuerySet":
        """Nothing is left that lets them in or could again by itself."""
        return self.filter(~Exists(grants().exclude(state=Grant.State.ENDED)))

    def by_hand(self) -> "EnrolmentQuerySet":
        """In by a grant that was given at the desk."""
        return self.filter(Exists(grants().active().filter(source__startswith=BY_HAND)))

    def never_started(self) -> "EnrolmentQuerySet":
        """In, and never opened a lesson."""
        return self.with_access().filter(last_seen_at=None)

    def finished(self) -> "EnrolmentQuerySet":
        """Did every published lesson once; a lesson added later changes nothing."""
        return self.exclude(completed_at=None)

    def under_way(self) -> "EnrolmentQuerySet":
        """In, began, and did not finish."""
        return self.with_access().filter(completed_at=None, last_seen_at__isnull=False)

    def quiet(self, *, days: int, now: dt.datetime) -> "EnrolmentQuerySet":
        """Under way, and not in the course for so many days."""
        return self.under_way().filter(last_seen_at__lte=now - dt.timedelta(days=days))

    def stuck(self, *, now: dt.datetime) -> "EnrolmentQuerySet":
        """Under way, still coming, and a lesson that they began is not done: begun STUCK_AFTER ago and they were in
        the course again on a later day, or come back to STUCK_VISITS times."""
        begun = LessonProgress.objects.stuck(OuterRef("last_seen_at"), now=now)
        return self.under_way().filter(
            Exists(begun.filter(enrolment=OuterRef("pk"))), last_seen_at__gt=now - THERE
        )


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
    shift_days = models.SmallIntegerField(default=0)  # the coach moved this one schedule; + is later
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(
        null=True, blank=True
    )  # already counted in shift_days; None: until woken

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-joined_at"]
        indexes = [models.Index(fields=["last_seen_at"], name="enrolments_last_seen")]
        permissions = [("export_enrolment", "Can take out the students as a file")]
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="one_enrolment_per_course"),
            models.CheckConstraint(
                condition=Q(paused_until=None) | Q(paused_at__lt=F("paused_until")),
                name="only_a_pause_that_began_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.course}"

    def is_paused(self, now: dt.datetime) -> bool:
        """Whether the schedule stands still: until a moment, or until it is woken."""
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > now)

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
        indexes = [
            models.Index(fields=["source"], name="grants_of_source")
        ]  # money asks what became of an order
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "source"], name="one_grant_per_source"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at=None)),
                name="only_an_ended_grant_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} by {self.source} ({self.state})"


def grants() -> GrantQuerySet:
    """Those of the enrolment that a query is about."""
    return GrantQuerySet(Grant).filter(enrolment=OuterRef("pk"))


class Opening(models.Model):
    """A lesson that was open for somebody before its rule or their zone changed: it stays open."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="openings")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "lesson"], name="one_opening_per_lesson")]

    def __str__(self) -> str:
        return f"{self.lesson} for {self.enrolment}"


class LessonProgressQuerySet(models.QuerySet["LessonProgress"]):
    def stuck(self, there: Any = THERE_LAST, *, now: dt.datetime) -> "LessonProgressQuerySet":
        """Not done, and either begun long ago by somebody who came back since, or come back to again and again.
        `there` is when they were last in the course."""
        long_ago, came_back = Q(first_seen_at__lte=now - STUCK_AFTER), Q(first_seen_at__lte=there - A_DAY)
        return self.filter(
            (long_ago & came_back) | Q(visits__gte=STUCK_VISITS),
            done_at=None,
            lesson__archived_at=None,
            lesson__module__archived_at=None,
            lesson__status=Lesson.Status.PUBLISHED,
        )


class LessonProgress(models.Model):
    # Neither needs an index of its own: by the student the constraint below finds rows, by the lesson the first index.
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.CASCADE, related_name="progress", db_index=False
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="progress", db_index=False)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    visits = models.PositiveSmallIntegerField(default=1)  # looks hours apart; see courses.progress
    done_at = models.DateTimeField(null=True, blank=True)
    read_percent = models.PositiveSmallIntegerField(default=0)  # how far down the page
    video_seconds = models.PositiveIntegerField(default=0)  # where the video stopped

    objects = LessonProgressQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["lesson", "done_at"], name="progress_of_lesson"),
            models.Index(
                fields=["enrolment", "lesson", "first_seen_at", "visits"],
                condition=Q(done_at=None),
                name="lessons_not_done",
            ),
            models.Index(
                fields=["enrolment", "lesson"], condition=Q(done_at__isnull=False), name="lessons_done"
            ),
        ]
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
