from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_count_of_refused_webhooks")]

    operations = [
        migrations.AddField(
            "gift",
            "sent_again_at",
            models.DateTimeField("letter queued once more at", blank=True, null=True),
        ),
        migrations.AddConstraint(
            "gift",
            models.CheckConstraint(
                condition=Q(sent_again_at=None) | Q(sent_at__isnull=False),
                name="only_a_gift_once_mailed_is_mailed_again",
            ),
        ),
        migrations.AddIndex(
            "gift",
            models.Index(
                fields=["send_on"],
                condition=Q(state="waiting", sent_at=None, recipient__isnull=False),
                name="gifts_to_mail",
            ),
        ),
    ]
