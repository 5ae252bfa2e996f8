from django.db import migrations


def wait(apps, schema_editor):
    """Sessions that were open before they waited by their own column."""
    rows = apps.get_model("sandbox", "Object").objects.filter(
        type="checkout.session", body__status="open", due_at=None
    )
    for row in rows.iterator():
        rows.model.objects.filter(pk=row.pk).update(turn="expire", due_at=row.body["expires_at"])


class Migration(migrations.Migration):

    dependencies = [("sandbox", "0002_objects_wait_for_their_time")]

    operations = [migrations.RunPython(wait, migrations.RunPython.noop)]
