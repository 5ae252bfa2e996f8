import hashlib
import hmac

from django.conf import settings
from django.db import migrations


def hash_of(key):
    """As mailing.suppression.hash_of was when this was written."""
    about = f"suppression:{key}".encode()
    return hmac.new(settings.SUPPRESSION_SALT.encode(), about, hashlib.sha256).hexdigest()


def fill(apps, schema_editor):
    rows = apps.get_model("mailing", "Suppression").objects
    for pk, key in rows.filter(address_hash="").values_list("pk", "email_key").iterator():
        rows.filter(pk=pk).update(address_hash=hash_of(key))


class Migration(migrations.Migration):
    dependencies = [("mailing", "0006_suppression_hash")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
