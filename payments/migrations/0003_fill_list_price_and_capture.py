from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Orders from before had no reductions; their money was seen when it was captured."""
    apps.get_model("payments", "Order").objects.filter(list_minor=0).update(list_minor=F("amount_minor"))
    apps.get_model("payments", "Payment").objects.filter(captured_at=None).update(captured_at=F("seen_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_discounts_disputes_and_consents_of_an_order'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
