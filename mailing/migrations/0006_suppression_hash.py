from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for the hash of an address; the next one fills it and the one after takes the address away."""

    dependencies = [("mailing", "0005_consent_proof_merged_contacts_and_purpose_of_broadcasts")]

    operations = [
        migrations.AddField(
            model_name="suppression",
            name="address_hash",
            field=models.CharField(max_length=64, default="", editable=False),
            preserve_default=False,
        ),
    ]
