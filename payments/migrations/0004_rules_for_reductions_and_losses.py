import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0003_fill_list_price_and_capture'),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='captured_at',
            field=models.DateTimeField(),
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='never_paid_without_a_date',
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='never_more_back_than_came',
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_at', None), models.Q(('mismatch', ''), _negated=True), _connector='OR'), name='only_a_mismatch_can_be_accepted'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['paid', 'part_paid', 'overpaid', 'partly_refunded', 'refunded', 'lost']), _negated=True), ('paid_at__isnull', False), _connector='OR'), name='never_paid_without_a_date'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('list_minor__gte', django.db.models.expressions.CombinedExpression(models.F('amount_minor'), '+', models.F('discount_minor')))), name='never_dearer_than_its_list_price'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('instalments', 1), models.Q(('amount_minor__gt', 0), ('instalments__gt', 1)), _connector='OR'), name='never_instalments_of_nothing'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('captured_minor__gte', django.db.models.expressions.CombinedExpression(models.F('refunded_minor'), '+', models.F('lost_minor')))), name='never_more_back_than_came'),
        ),
    ]
