import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0005_editors_may_choose_series"),
        ("glossary", "0005_links_in_prose"),
    ]

    operations = [
        migrations.CreateModel(
            name='IssueMention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('linked', 'linked'), ('crowded', 'the text has enough links'), ('heading', 'in a heading'), ('quote', 'in a quotation with its source'), ('flagged', 'not linked by itself'), ('forbidden', 'forbidden with [[!…]]')], max_length=10)),
                ('block', models.PositiveIntegerField()),
                ('start', models.PositiveIntegerField()),
                ('end', models.PositiveIntegerField()),
                ('shown', models.CharField(max_length=300)),
                ('is_forced', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='newsletter.issue')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentioned_in_issues', to='glossary.term')),
            ],
            options={
                'ordering': ['block', 'start'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['linked', 'crowded', 'heading', 'quote', 'flagged', 'forbidden'])), name='issue_mention_state_known'), models.CheckConstraint(condition=models.Q(('start__lt', models.F('end'))), name='issue_mention_has_length'), models.UniqueConstraint(fields=('issue', 'position', 'block', 'start'), name='issue_mention_one_a_place'), models.UniqueConstraint(condition=models.Q(('is_forced', False)), fields=('issue', 'term'), name='issue_mention_one_an_issue_unless_forced')],
            },
        ),
    ]
