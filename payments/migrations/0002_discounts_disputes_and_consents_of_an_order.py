import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0002_sale_and_other_prices'),
        ('payments', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='accepted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='taken as it is at'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='subscription_id',
            field=models.CharField(blank=True, db_index=True, max_length=100),
        ),
        migrations.AddField(
            model_name='order',
            name='at_once_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='asked to be let in at once at'),
        ),
        migrations.AddField(
            model_name='order',
            name='discount_minor',
            field=models.PositiveIntegerField(default=0, verbose_name='taken off by a code, minor units'),
        ),
        migrations.AddField(
            model_name='order',
            name='disputed',
            field=models.BooleanField(default=False, verbose_name='a bank is looking into it'),
        ),
        migrations.AddField(
            model_name='order',
            name='forgotten_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='buyer’s data removed at'),
        ),
        migrations.AddField(
            model_name='order',
            name='instalments',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='monthly payments'),
        ),
        migrations.AddField(
            model_name='order',
            name='is_gift',
            field=models.BooleanField(default=False, verbose_name='a gift for somebody'),
        ),
        migrations.AddField(
            model_name='order',
            name='list_minor',
            field=models.PositiveIntegerField(default=0, verbose_name='price before any reduction, minor units'),
        ),
        migrations.AddField(
            model_name='order',
            name='may_remind_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='allowed one reminder at'),
        ),
        migrations.AddField(
            model_name='order',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='tax',
            field=models.CharField(choices=[('included', 'included in the price'), ('counted', 'included, counted by the payment company'), ('added', 'added by the payment company')], default='included', max_length=20),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_minor',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='tax as the payment company counted it, minor units'),
        ),
        migrations.AddField(
            model_name='payment',
            name='captured_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='lost_minor',
            field=models.PositiveIntegerField(default=0, verbose_name='lost to a bank, minor units'),
        ),
        migrations.AddField(
            model_name='payment',
            name='method',
            field=models.CharField(blank=True, max_length=30, verbose_name='paid by'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='attempt',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.attempt'),
        ),
        migrations.AlterModelOptions(
            name='payment',
            options={'ordering': ['captured_at', 'pk']},
        ),
    ]
