import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bucket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('hits', models.JSONField(default=list)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='ContentStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.SmallIntegerField(db_index=True, default=0)),
                ('stamp', models.CharField(max_length=36)),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('process', models.CharField(max_length=10, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=200)),
                ('slot', models.DateTimeField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('report', models.TextField(blank=True)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-slot', 'job'],
                'constraints': [models.UniqueConstraint(fields=('job', 'slot'), name='job_once_a_slot')],
            },
        ),
        migrations.CreateModel(
            name='LoginAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('password', 'Password'), ('code', 'Code')], default='password', max_length=8, verbose_name='what')),
                ('name_key', models.CharField(max_length=64)),
                ('network', models.CharField(max_length=43)),
                ('wide_network', models.CharField(max_length=43)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('succeeded', models.BooleanField(null=True)),
                ('is_lifted', models.BooleanField(default=False, verbose_name='lifted')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name='account')),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['network', 'at'], name='login_network'), models.Index(fields=['wide_network', 'at'], name='login_wide_network'), models.Index(fields=['name_key', 'at'], name='login_name'), models.Index(condition=models.Q(('succeeded', None)), fields=['at'], name='login_checked')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['password', 'code'])), name='login_attempt_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(max_length=32)),
                ('last_step', models.BigIntegerField()),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('factor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to='config.secondfactor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('factor', 'digest'), name='recovery_code_once')],
            },
        ),
    ]
