import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.utils.timezone
import newsletter.models.newsletters
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('glossary', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConfirmationToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('confirm', 'Confirm'), ('change', 'change of address'), ('export', 'Export'), ('erase', 'Erase')], max_length=8)),
                ('digest', models.CharField(max_length=64, null=True, unique=True)),
                ('new_address', models.CharField(blank=True, max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=300, unique=True)),
                ('free_at', models.FloatField(default=0)),
                ('used', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Arming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.UUIDField(default=uuid.uuid4)),
                ('generation', models.BigIntegerField(default=0)),
                ('counted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('site_url', models.CharField(max_length=300)),
                ('traits', models.JSONField(default=dict)),
                ('armed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('held', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='arming_one_row')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalNewsletter',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=80, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('slug', models.SlugField(max_length=80)),
                ('promise', models.CharField(help_text='One line: what readers get, and what it costs.', max_length=200)),
                ('frequency_text', models.CharField(help_text='For example “every Friday”.', max_length=60)),
                ('from_address', models.EmailField(blank=True, help_text="Empty: the site's MAIL_FROM.", max_length=254, verbose_name='from')),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('postal_address', models.TextField(blank=True, help_text='Shown in every mail; the law requires it in most countries.')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4)),
                ('local_time', models.TimeField(default=datetime.time(9, 0))),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[newsletter.models.newsletters.check_zone])),
                ('is_recurring', models.BooleanField(default=True, help_text='The next draft is made automatically, and filled two days before it is due.')),
                ('is_default', models.BooleanField(default=False, help_text='The newsletter of the signup form on every page.')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical newsletter',
                'verbose_name_plural': 'historical newsletters',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('slug', models.SlugField(max_length=120)),
                ('subject', models.CharField(blank=True, max_length=120, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('preheader', models.CharField(blank=True, help_text='The line that mail programs show beside the subject.', max_length=160, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('intro', models.TextField(blank=True, help_text='Markdown.', max_length=20000)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('sending', 'Sending'), ('paused', 'Paused'), ('sent', 'Sent'), ('cancelled', 'Canceled'), ('expired', 'Expired')], default='draft', max_length=10)),
                ('slot_on', models.DateField(blank=True, null=True, verbose_name='slot')),
                ('send_at', models.DateTimeField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tested_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tested_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('waived_links', models.TextField(blank=True, help_text='Links that need not work when the issue is approved, one per line.', max_length=5000)),
                ('proposed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('warned_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('pause_reason', models.CharField(blank=True, editable=False, max_length=300)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('readings', models.JSONField(blank=True, default=dict, editable=False)),
                ('intro_html', models.TextField(blank=True, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('approved_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
                'permissions': [('send_issue', 'Can send an issue to its readers')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalDataPoint',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('headline', models.CharField(blank=True, max_length=160)),
                ('figure', models.CharField(blank=True, max_length=40)),
                ('period', models.CharField(blank=True, help_text='The time or period of the number, as text.', max_length=80)),
                ('reading', models.JSONField(blank=True, editable=False, null=True)),
                ('change', models.CharField(blank=True, max_length=120)),
                ('comment', models.TextField(blank=True, help_text='Markdown: why it matters.', max_length=5000)),
                ('comment_html', models.TextField(blank=True, editable=False)),
                ('source_publisher', models.CharField(blank=True, max_length=120)),
                ('source_title', models.CharField(blank=True, max_length=300)),
                ('source_url', models.CharField(blank=True, max_length=500, validators=[django.core.validators.URLValidator(schemes=['http', 'https'])])),
                ('overdue_reason', models.CharField(blank=True, help_text='Only if the series is overdue: why it is shown.', max_length=200)),
                ('proposed_because', models.CharField(blank=True, editable=False, max_length=300)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('series', models.ForeignKey(blank=True, db_constraint=False, help_text='Figure, period and source may stay empty: they are then those of the series.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='glossary.series')),
                ('term', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='glossary.term')),
                ('issue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='newsletter.issue')),
            ],
            options={
                'verbose_name': 'historical data point',
                'verbose_name_plural': 'historical data points',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Newsletter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('promise', models.CharField(help_text='One line: what readers get, and what it costs.', max_length=200)),
                ('frequency_text', models.CharField(help_text='For example “every Friday”.', max_length=60)),
                ('from_address', models.EmailField(blank=True, help_text="Empty: the site's MAIL_FROM.", max_length=254, verbose_name='from')),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('postal_address', models.TextField(blank=True, help_text='Shown in every mail; the law requires it in most countries.')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4)),
                ('local_time', models.TimeField(default=datetime.time(9, 0))),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[newsletter.models.newsletters.check_zone])),
                ('is_recurring', models.BooleanField(default=True, help_text='The next draft is made automatically, and filled two days before it is due.')),
                ('is_default', models.BooleanField(default=False, help_text='The newsletter of the signup form on every page.')),
            ],
            options={
                'ordering': ['-is_default', 'name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='newsletter_one_default', violation_error_message='Another newsletter is the default one. Change that first.'), models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='newsletter_name_fits_header'), models.CheckConstraint(condition=models.Q(('from_address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='newsletter_from_fits_header'), models.CheckConstraint(condition=models.Q(('reply_to__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='newsletter_reply_to_fits_header')],
            },
        ),
        migrations.AddField(
            model_name='issue',
            name='newsletter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='newsletter.newsletter'),
        ),
        migrations.CreateModel(
            name='HistoricalIssue',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('slug', models.SlugField(max_length=120)),
                ('subject', models.CharField(blank=True, max_length=120, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('preheader', models.CharField(blank=True, help_text='The line that mail programs show beside the subject.', max_length=160, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('intro', models.TextField(blank=True, help_text='Markdown.', max_length=20000)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('sending', 'Sending'), ('paused', 'Paused'), ('sent', 'Sent'), ('cancelled', 'Canceled'), ('expired', 'Expired')], default='draft', max_length=10)),
                ('slot_on', models.DateField(blank=True, null=True, verbose_name='slot')),
                ('send_at', models.DateTimeField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tested_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tested_fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('waived_links', models.TextField(blank=True, help_text='Links that need not work when the issue is approved, one per line.', max_length=5000)),
                ('proposed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('warned_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('pause_reason', models.CharField(blank=True, editable=False, max_length=300)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('readings', models.JSONField(blank=True, default=dict, editable=False)),
                ('intro_html', models.TextField(blank=True, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('newsletter', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='newsletter.newsletter')),
            ],
            options={
                'verbose_name': 'historical issue',
                'verbose_name_plural': 'historical issues',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Pump',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('ticket', models.CharField(max_length=32)),
                ('due_at', models.DateTimeField()),
                ('failures_in_row', models.PositiveSmallIntegerField(default=0)),
                ('failed_in_row', models.JSONField(blank=True, default=list)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pumps', to='newsletter.issue')),
            ],
        ),
        migrations.CreateModel(
            name='SendingEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('started', 'Started'), ('paused', 'Paused'), ('resumed', 'Resumed'), ('cancelled', 'canceled'), ('resent', 'deliveries resent'), ('finished', 'Finished'), ('expired', 'Expired')], max_length=10)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('note', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sending_events', to='newsletter.issue')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SignupRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254)),
                ('source_page', models.CharField(blank=True, max_length=200)),
                ('consent_text', models.CharField(blank=True, max_length=400)),
                ('network_key', models.CharField(blank=True, max_length=64)),
                ('requested_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('next_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('newsletter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='newsletter.newsletter')),
            ],
            options={
                'ordering': ['requested_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=120)),
                ('html', models.TextField()),
                ('text', models.TextField()),
                ('sender', models.CharField(max_length=400)),
                ('reply_to', models.CharField(blank=True, max_length=254)),
                ('checksum', models.CharField(max_length=64)),
                ('secret', models.CharField(max_length=64)),
                ('candidates', models.PositiveIntegerField(default=0)),
                ('recipients', models.PositiveIntegerField(default=0)),
                ('excluded', models.JSONField(blank=True, default=dict)),
                ('frozen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('judged_from', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('issue', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='snapshot', to='newsletter.issue')),
            ],
        ),
        migrations.CreateModel(
            name='IssuePicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60)),
                ('alt', models.TextField()),
                ('png', models.BinaryField()),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='newsletter.snapshot')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(help_text='As entered.', max_length=254, validators=[django.core.validators.RegexValidator('[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', inverse_match=True, message='This contains a line break or an invisible control character. Type it again.')])),
                ('address_key', models.CharField(editable=False, max_length=320, unique=True)),
                ('address_hash', models.CharField(editable=False, max_length=64)),
                ('status', models.CharField(choices=[('ok', 'Ok'), ('bounced', 'Bounced'), ('complained', 'Complained')], default='ok', max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('address_key', ''), _negated=True), name='subscriber_has_address'), models.CheckConstraint(condition=models.Q(('address_hash', ''), _negated=True), name='subscriber_has_hash'), models.CheckConstraint(condition=models.Q(('address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='subscriber_address_fits_header')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subscription_id', models.BigIntegerField()),
                ('domain', models.CharField(max_length=255)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Claimed'), ('handing_over', 'handing over'), ('accepted', 'Accepted'), ('deferred', 'Deferred'), ('failed', 'Failed'), ('skipped', 'Skipped'), ('unknown', 'Unknown'), ('bounced', 'Bounced'), ('complained', 'Complained')], db_default='queued', default='queued', max_length=12)),
                ('next_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('has_place', models.BooleanField(db_default=False, default=False)),
                ('lease', models.CharField(blank=True, db_default='', default='', max_length=40)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('deferrals', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('resends', models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How many times a person resent it while it was unknown.')),
                ('code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('enhanced', models.CharField(blank=True, db_default='', default='', max_length=12)),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('begun_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('issue', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='newsletter.issue')),
                ('subscriber', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deliveries', to='newsletter.subscriber')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('paused', 'Paused'), ('unsubscribed', 'Unsubscribed')], default='pending', max_length=12)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('unsubscribed_at', models.DateTimeField(blank=True, null=True)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('source_page', models.CharField(blank=True, max_length=200)),
                ('consent_text', models.CharField(blank=True, max_length=400)),
                ('leaving_reason', models.CharField(blank=True, max_length=500)),
                ('newsletter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='newsletter.newsletter')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='newsletter.subscriber')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='OutboxMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirmation', 'Confirmation'), ('welcome', 'Welcome'), ('own_data', "link to the reader's own data"), ('change_note', 'note of a change of address')], max_length=12)),
                ('to', models.CharField(blank=True, max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('handing_over', 'handing over'), ('given_up', 'given up')], default='waiting', max_length=12)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('refused_in_row', models.BooleanField(default=False)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('token', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mail', to='newsletter.confirmationtoken')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='newsletter.subscription')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='MergedSubscription',
            fields=[
                ('former_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('into', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merged', to='newsletter.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_hash', models.CharField(db_index=True, max_length=64)),
                ('kind', models.CharField(choices=[('requested', 'Requested'), ('confirmed', 'Confirmed'), ('unsubscribed', 'Unsubscribed'), ('undone', 'unsubscribing undone'), ('paused', 'Paused'), ('resumed', 'Resumed'), ('refused', 'refused all mail'), ('changed', 'address changed'), ('exported', 'Exported'), ('erased', 'Erased')], max_length=12)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source_page', models.CharField(blank=True, max_length=200)),
                ('consent_text', models.CharField(blank=True, max_length=400)),
                ('newsletter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='newsletter.newsletter')),
                ('subscription', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='consent_events', to='newsletter.subscription')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='confirmationtoken',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='newsletter.subscription'),
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_hash', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('refused', 'refused all mail'), ('erased', 'asked to be erased'), ('bounced', 'Bounced'), ('complained', 'Complained'), ('by hand', 'By Hand')], max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('newsletter', models.ForeignKey(blank=True, help_text='Empty: all newsletters.', null=True, on_delete=django.db.models.deletion.CASCADE, to='newsletter.newsletter')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DataPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('headline', models.CharField(blank=True, max_length=160)),
                ('figure', models.CharField(blank=True, max_length=40)),
                ('period', models.CharField(blank=True, help_text='The time or period of the number, as text.', max_length=80)),
                ('reading', models.JSONField(blank=True, editable=False, null=True)),
                ('change', models.CharField(blank=True, max_length=120)),
                ('comment', models.TextField(blank=True, help_text='Markdown: why it matters.', max_length=5000)),
                ('comment_html', models.TextField(blank=True, editable=False)),
                ('source_publisher', models.CharField(blank=True, max_length=120)),
                ('source_title', models.CharField(blank=True, max_length=300)),
                ('source_url', models.CharField(blank=True, max_length=500, validators=[django.core.validators.URLValidator(schemes=['http', 'https'])])),
                ('overdue_reason', models.CharField(blank=True, help_text='Only if the series is overdue: why it is shown.', max_length=200)),
                ('proposed_because', models.CharField(blank=True, editable=False, max_length=300)),
                ('series', models.ForeignKey(blank=True, help_text='Figure, period and source may stay empty: they are then those of the series.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='data_points', to='glossary.series')),
                ('term', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='data_points', to='glossary.term')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='data_points', to='newsletter.issue')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('issue', 'position'), name='data_point_place_once'), models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 6)), name='data_point_one_of_three'), models.CheckConstraint(condition=models.Q(models.Q(('figure', ''), _negated=True), ('series__isnull', False), _connector='OR'), name='data_point_has_figure_or_series')],
            },
        ),
        migrations.CreateModel(
            name='IssueMention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('linked', 'linked'), ('crowded', 'the text has enough links'), ('heading', 'in a heading'), ('quote', 'in a quotation with its source'), ('flagged', 'not linked by itself'), ('forbidden', 'forbidden with [[!…]]')], max_length=10)),
                ('block', models.PositiveIntegerField()),
                ('start', models.PositiveIntegerField()),
                ('end', models.PositiveIntegerField()),
                ('shown', models.CharField(max_length=300)),
                ('is_manual', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='newsletter.issue')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentioned_in_issues', to='glossary.term')),
            ],
            options={
                'ordering': ['block', 'start'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['linked', 'crowded', 'heading', 'quote', 'flagged', 'forbidden'])), name='issue_mention_state_known'), models.CheckConstraint(condition=models.Q(('start__lt', models.F('end'))), name='issue_mention_has_length'), models.UniqueConstraint(fields=('issue', 'position', 'block', 'start'), name='issue_mention_one_a_place'), models.UniqueConstraint(condition=models.Q(('is_manual', False)), fields=('issue', 'term'), name='issue_mention_one_an_issue_unless_manual')],
            },
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.UniqueConstraint(fields=('newsletter', 'number'), name='issue_number_once'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.UniqueConstraint(fields=('number', 'slug'), name='issue_address_once'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='issue_number_from_one'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.UniqueConstraint(fields=('newsletter', 'slot_on'), name='issue_slot_once'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), ('status__in', ['draft', 'cancelled', 'expired']), _connector='OR'), name='issue_has_subject'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), ('send_at__isnull', False), _connector='OR'), name='issue_approved_has_time'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['sending', 'paused', 'sent']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='issue_sent_has_time'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('subject__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='issue_subject_fits_header'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('preheader__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='issue_preheader_fits_header'),
        ),
        migrations.AddConstraint(
            model_name='pump',
            constraint=models.UniqueConstraint(fields=('issue', 'place'), name='pump_once_a_place'),
        ),
        migrations.AddConstraint(
            model_name='signuprequest',
            constraint=models.CheckConstraint(condition=models.Q(('address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='signup_request_address_fits_header'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.CheckConstraint(condition=models.Q(('recipients__lte', models.F('candidates'))), name='snapshot_recipients_are_some'),
        ),
        migrations.AddConstraint(
            model_name='issuepicture',
            constraint=models.UniqueConstraint(fields=('snapshot', 'name'), name='issue_picture_once'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['issue', 'state', 'next_at'], name='delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscriber', 'issue'), name='delivery_once_a_reader'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'claimed', 'handing_over', 'accepted', 'deferred', 'failed', 'skipped', 'unknown', 'bounced', 'complained'])), name='delivery_state_known'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['handing_over', 'accepted']), _negated=True), ('attempts__gte', 1), _connector='OR'), name='delivery_accepted_was_tried'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['claimed', 'handing_over']), _negated=True), models.Q(models.Q(('lease', ''), _negated=True), ('lease_until__isnull', False)), _connector='OR'), name='delivery_in_hand_has_lease'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('attempts__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(1), '+', models.F('deferrals')), '+', models.F('resends')))), name='delivery_attempts_have_reasons'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('confirmed_at__isnull', True)), fields=['created_at'], name='subscription_unconfirmed'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('paused_until__isnull', False)), fields=['paused_until'], name='subscription_pause_end'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('subscriber', 'newsletter'), name='subscription_once_a_newsletter'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'active', 'paused', 'unsubscribed'])), name='subscription_status_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['active', 'paused']), _negated=True), ('confirmed_at__isnull', False), _connector='OR'), name='subscription_active_is_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'paused'), _negated=True), ('paused_until__isnull', False), _connector='OR'), name='subscription_pause_has_end'),
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='outbox_mail_due'),
        ),
        migrations.AddConstraint(
            model_name='outboxmail',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'handing_over', 'given_up'])), name='outbox_mail_state_known'),
        ),
        migrations.AddConstraint(
            model_name='outboxmail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('attempts__gte', 1), ('next_at__isnull', True)), _connector='OR'), name='outbox_mail_waits_for_a_time'),
        ),
        migrations.AddConstraint(
            model_name='outboxmail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['confirmation', 'own_data']), ('token__isnull', False)), models.Q(('kind__in', ['welcome', 'change_note']), ('token__isnull', True)), _connector='OR'), name='outbox_mail_token_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='outboxmail',
            constraint=models.CheckConstraint(condition=models.Q(('to__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='outbox_mail_to_fits_header'),
        ),
        migrations.AddIndex(
            model_name='confirmationtoken',
            index=models.Index(fields=['expires_at'], name='token_expiry'),
        ),
        migrations.AddConstraint(
            model_name='confirmationtoken',
            constraint=models.CheckConstraint(condition=models.Q(('new_address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='token_new_address_fits_header'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(fields=('address_hash', 'newsletter'), name='suppression_once_a_newsletter'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('newsletter__isnull', True)), fields=('address_hash',), name='suppression_once_for_all'),
        ),
    ]
