import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('courses', '0011_find_students_by_when_they_were_seen')]

    operations = [
        migrations.AddField(
            model_name="lesson",
            name="release_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="opens at"),
        ),
        migrations.AddField(
            model_name="lesson",
            name="release_after_lesson",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="courses.lesson",
            ),
        ),
        migrations.AddField(
            model_name="lesson",
            name="release_after_module",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="courses.module",
            ),
        ),
        migrations.AddField(
            model_name="lesson",
            name="release_by",
            field=models.CharField(
                choices=[
                    ("last", "when all of it has come true"),
                    ("first", "as soon as any of it has come true"),
                ],
                default="last",
                max_length=5,
                verbose_name="opens",
            ),
        ),
        migrations.AlterField(
            model_name="lesson",
            name="release_days",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="At 9:00 of the student's own morning; 0 asks for no day.",
                verbose_name="opens days after joining",
            ),
        ),
        migrations.AddConstraint(
            model_name="lesson",
            constraint=models.CheckConstraint(
                condition=models.Q(release_after_lesson=None) | models.Q(release_after_module=None),
                name="a_lesson_waits_for_only_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="lesson",
            constraint=models.CheckConstraint(
                condition=models.Q(release_after_lesson=None)
                | ~models.Q(release_after_lesson=models.F("id")),
                name="a_lesson_never_waits_for_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="lesson",
            constraint=models.CheckConstraint(
                condition=models.Q(release_by__in=["first", "last"]),
                name="opens_by_only_the_first_or_the_last",
            ),
        ),
    ]
