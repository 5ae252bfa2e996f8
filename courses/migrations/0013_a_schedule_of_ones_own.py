from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('courses', '0012_release_rules')]

    operations = [
        migrations.AddField(
            model_name="enrolment", name="shift_days", field=models.SmallIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="enrolment", name="paused_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="enrolment", name="paused_until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(paused_until=None)
                | models.Q(paused_at__lt=models.F("paused_until")),
                name="only_a_pause_that_began_has_an_end",
            ),
        ),
    ]
