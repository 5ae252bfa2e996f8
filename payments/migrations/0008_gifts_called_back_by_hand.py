from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_second_letter_of_a_gift")]

    operations = [
        migrations.AddField(
            "gift",
            "ended_at",
            models.DateTimeField("called back by hand at", blank=True, null=True),
        ),
    ]
