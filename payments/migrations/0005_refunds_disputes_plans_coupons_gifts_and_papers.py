import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0002_sale_and_other_prices'),
        ('mailing', '0001_initial'),
        ('payments', '0004_rules_for_reductions_and_losses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='Capitals and digits, like SPRING10.', max_length=40, unique=True)),
                ('percent', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='percent off')),
                ('amount_minor', models.PositiveIntegerField(blank=True, null=True, verbose_name='amount off, minor units')),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='from (UTC)')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until (UTC)')),
                ('most', models.PositiveIntegerField(blank=True, help_text='Empty: no limit.', null=True, verbose_name='how often in all')),
                ('most_each', models.PositiveIntegerField(blank=True, default=1, help_text='Empty: no limit.', null=True, verbose_name='how often per person')),
                ('taken', models.PositiveIntegerField(default=0, editable=False)),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='for you alone')),
                ('created_at', models.DateTimeField(editable=False)),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='CouponHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email_key', models.CharField(db_index=True, max_length=254)),
                ('state', models.CharField(choices=[('held', 'being paid'), ('redeemed', 'used'), ('released', 'given free again')], default='held', max_length=20)),
                ('held_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-held_at'],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_id', models.CharField(max_length=100, unique=True)),
                ('status', models.CharField(max_length=40)),
                ('reason', models.CharField(blank=True, max_length=60)),
                ('amount_minor', models.PositiveIntegerField(verbose_name='amount in minor units')),
                ('due_by', models.DateTimeField(blank=True, null=True, verbose_name='answer before')),
                ('opened_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(verbose_name='gateway last asked')),
            ],
            options={
                'ordering': ['opened_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('asked', 'we asked'), ('told', 'the payment company said'), ('derived', 'so'), ('clicked', 'done by hand')], max_length=10)),
                ('says', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'entries',
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Gift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('state', models.CharField(choices=[('wanted', 'not paid yet'), ('waiting', 'not redeemed yet'), ('redeemed', 'Redeemed'), ('revoked', 'called back')], default='wanted', max_length=20)),
                ('giver_name', models.CharField(blank=True, max_length=80, verbose_name='from')),
                ('recipient_name', models.CharField(blank=True, max_length=80, verbose_name='for')),
                ('message', models.TextField(blank=True, max_length=500, verbose_name='a few words')),
                ('send_on', models.DateField(blank=True, null=True, verbose_name='to be mailed on')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='letter queued at')),
                ('redeemed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Instalment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('amount_minor', models.PositiveIntegerField(verbose_name='amount in minor units')),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('due', 'to come'), ('paid', 'Paid'), ('past_due', 'late'), ('written_off', 'given up')], default='due', max_length=20)),
                ('invoice_id', models.CharField(blank=True, max_length=100, null=True, unique=True)),
                ('decline_code', models.CharField(blank=True, max_length=60, verbose_name='last refusal')),
                ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='the gateway tries again at')),
            ],
            options={
                'ordering': ['plan', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subscription_id', models.CharField(max_length=100, unique=True)),
                ('customer_id', models.CharField(max_length=100)),
                ('state', models.CharField(choices=[('active', 'running'), ('complete', 'all paid'), ('past_due', 'a payment is late'), ('defaulted', 'not paid in time'), ('cancelled', 'Cancelled')], default='active', max_length=20)),
                ('started_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='the gateway stops at')),
                ('over_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at the gateway at')),
                ('late_since', models.DateTimeField(blank=True, null=True)),
                ('seen_at', models.DateTimeField(verbose_name='gateway last asked')),
            ],
            options={
                'ordering': ['-started_at'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('payment', 'receipt'), ('refund', 'refund note'), ('reversal', 'reversal of a refund note')], max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('livemode', models.BooleanField(verbose_name='real money')),
                ('serial', models.PositiveIntegerField(verbose_name='number in its year')),
                ('amount_minor', models.PositiveIntegerField(verbose_name='amount in minor units')),
                ('currency', models.CharField(max_length=3)),
                ('content', models.JSONField()),
                ('issued_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-year', '-serial'],
            },
        ),
        migrations.CreateModel(
            name='ReceiptSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('livemode', models.BooleanField(verbose_name='real money')),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('gateway_id', models.CharField(blank=True, max_length=100, null=True, unique=True)),
                ('amount_minor', models.PositiveIntegerField(verbose_name='amount in minor units')),
                ('state', models.CharField(choices=[('requested', 'asked for'), ('pending', 'on its way'), ('succeeded', 'given back'), ('failed', 'came back to us'), ('canceled', 'called off')], default='requested', max_length=20)),
                ('ends_access', models.BooleanField(default=False, verbose_name='access ends with it')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='why')),
                ('failure', models.CharField(blank=True, max_length=60, verbose_name='why it failed')),
                ('requested_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='gateway last asked')),
                ('dealt_with_at', models.DateTimeField(blank=True, null=True, verbose_name='failure dealt with at')),
            ],
            options={
                'ordering': ['requested_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='in their own words')),
                ('state', models.CharField(choices=[('asked', 'waits for an answer'), ('refunded', 'money given back'), ('settled', 'settled otherwise')], default='asked', max_length=20)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.AddField(
            model_name='coupon',
            name='course',
            field=models.ForeignKey(blank=True, help_text='Empty: any course.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course'),
        ),
        migrations.AddField(
            model_name='couponhold',
            name='coupon',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='payments.coupon'),
        ),
        migrations.AddField(
            model_name='couponhold',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='coupon_hold', to='payments.order'),
        ),
        migrations.AddField(
            model_name='couponhold',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dispute',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='entry',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='entry',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='payments.order'),
        ),
        migrations.AddField(
            model_name='gift',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='gift', to='payments.order'),
        ),
        migrations.AddField(
            model_name='gift',
            name='recipient',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mailing.contact'),
        ),
        migrations.AddField(
            model_name='gift',
            name='redeemed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='instalment',
            name='payment',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instalment', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='plan',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='plan', to='payments.order'),
        ),
        migrations.AddField(
            model_name='instalment',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instalments', to='payments.plan'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='payments.order'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment'),
        ),
        migrations.AddConstraint(
            model_name='receiptseries',
            constraint=models.UniqueConstraint(fields=('year', 'livemode'), name='one_series_per_year'),
        ),
        migrations.AddField(
            model_name='refund',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='refund',
            name='line',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.orderline'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='refund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.refund'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='payments.order'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor', None), ('currency', ''), ('percent__gte', 1), ('percent__lte', 100)), models.Q(('amount_minor__gt', 0), ('percent', None), models.Q(('currency', ''), _negated=True)), _connector='OR'), name='only_a_percentage_or_an_amount'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('most', None), ('taken__lte', models.F('most')), _connector='OR'), name='never_taken_more_often_than_allowed'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at', None), ('ends_at', None), ('starts_at__lt', models.F('ends_at')), _connector='OR'), name='only_a_coupon_that_begins_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('redeemed_at__isnull', False), ('redeemed_by__isnull', False), ('state', 'redeemed')), ('state', 'revoked'), models.Q(('redeemed_at', None), ('redeemed_by', None), ('state__in', ['wanted', 'waiting'])), _connector='OR'), name='only_a_redeemed_gift_has_a_redeemer'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(('send_on', None), ('recipient__isnull', False), _connector='OR'), name='only_a_gift_with_an_address_is_mailed'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('late_since__isnull', False), ('state__in', ['past_due', 'defaulted'])), models.Q(('state__in', ['past_due', 'defaulted']), _negated=True), _connector='OR'), name='only_a_late_plan_is_late_since'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.UniqueConstraint(fields=('plan', 'number'), name='one_instalment_per_number'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoice_id__isnull', False), ('state', 'paid')), models.Q(('state', 'paid'), _negated=True), _connector='OR'), name='never_an_instalment_paid_without_an_invoice'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='never_a_refund_of_nothing'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('gateway_id__isnull', False), ('state__in', ['requested', 'failed', 'canceled']), _connector='OR'), name='only_a_refund_not_yet_made_has_no_id'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('year', 'livemode', 'serial'), name='one_paper_per_number'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'payment')), fields=('payment',), name='one_receipt_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('refund', 'kind'), name='one_note_per_refund'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'payment'), ('refund', None)), models.Q(models.Q(('kind', 'payment'), _negated=True), ('refund__isnull', False)), _connector='OR'), name='only_a_note_is_about_a_refund'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('order',), name='one_open_withdrawal_per_order'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='only_an_answered_withdrawal_has_an_answer'),
        ),
    ]
