"""The fields that say when a lesson opens, and the rule they make."""

from django.db import models

from courses import rules


class Released(models.Model):
    """Of what is asked here the last opens the lesson, or the first; nothing asked: it is open at once."""

    class By(models.TextChoices):
        LAST = rules.LAST, "when all of it has come true"
        FIRST = rules.FIRST, "as soon as any of it has come true"

    release_days = models.PositiveSmallIntegerField(
        "opens days after joining",
        default=0,
        help_text="At 9:00 of the student's own morning; 0 asks for no day.",
    )
    release_at = models.DateTimeField("opens at", null=True, blank=True)
    release_after_lesson = models.ForeignKey(
        "courses.Lesson", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release_after_module = models.ForeignKey(
        "courses.Module", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release_by = models.CharField("opens", max_length=5, choices=By, default=By.LAST)

    class Meta:
        abstract = True

    @property
    def rule(self) -> rules.Rule:
        return rules.Rule(
            self.release_days,
            self.release_at,
            self.release_after_lesson_id,
            self.release_after_module_id,
            self.release_by,
        )

    @rule.setter
    def rule(self, rule: rules.Rule) -> None:
        self.release_days, self.release_at, self.release_by = rule.days, rule.at, rule.by
        self.release_after_lesson_id, self.release_after_module_id = rule.after_lesson, rule.after_module
