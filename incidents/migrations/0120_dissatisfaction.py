"""Why citizens are not satisfied, how they said it, and who is called for a low score."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

WAY_OF_BEFORE = """
UPDATE incidents_callback SET way = CASE WHEN by_link THEN 'link' ELSE 'call' END
WHERE is_solved IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0111_voices_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LowScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("tried_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("is_reached", models.BooleanField(null=True)),
                ("heard", models.CharField(blank=True, max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "low score",
                "verbose_name_plural": "low scores",
                "ordering": ["due_at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="callback",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("not_done", "not done, or not wholly"),
                        ("slow", "took too long"),
                        ("no_contact", "nobody got in touch"),
                        ("attitude", "manner of the staff"),
                        ("passed_on", "passed from one to the next"),
                        ("unclear", "reply not clear or not to the point"),
                        ("untrue", "reply does not match what was done"),
                        ("policy", "does not agree with the rule itself"),
                        ("other", "something else"),
                    ],
                    max_length=12,
                ),
                blank=True,
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="way",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "not said"),
                    ("call", "on the telephone"),
                    ("link", "by link"),
                    ("text", "by SMS"),
                ],
                default="",
                max_length=4,
            ),
        ),
        migrations.RunSQL(WAY_OF_BEFORE, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="callback",
            name="by_link",
        ),
        migrations.AlterField(
            model_name="event",
            name="step",
            field=models.CharField(
                choices=[
                    ("register", "register"),
                    ("import", "import"),
                    ("triage", "triage"),
                    ("accept", "accept"),
                    ("dispatch", "dispatch"),
                    ("designate", "designate"),
                    ("reclassify", "reclassify"),
                    ("join", "join"),
                    ("leave", "leave"),
                    ("repeat", "repeat"),
                    ("add", "add"),
                    ("queue", "queue"),
                    ("sign", "sign"),
                    ("offer", "offer"),
                    ("decline", "decline"),
                    ("miss", "miss"),
                    ("en_route", "en_route"),
                    ("arrive", "arrive"),
                    ("finish", "finish"),
                    ("withdraw_order", "withdraw_order"),
                    ("contact", "contact"),
                    ("ask_return", "ask_return"),
                    ("approve_return", "approve_return"),
                    ("refuse_return", "refuse_return"),
                    ("ask_extension", "ask_extension"),
                    ("approve_extension", "approve_extension"),
                    ("refuse_extension", "refuse_extension"),
                    ("ask_pause", "ask_pause"),
                    ("approve_pause", "approve_pause"),
                    ("refuse_pause", "refuse_pause"),
                    ("resume", "resume"),
                    ("cooperate", "cooperate"),
                    ("cooperated", "cooperated"),
                    ("reply", "reply"),
                    ("pass_check", "pass_check"),
                    ("fail_check", "fail_check"),
                    ("find_faked", "find_faked"),
                    ("call", "call"),
                    ("hear", "hear"),
                    ("rework", "rework"),
                    ("review", "review"),
                    ("review_rework", "review_rework"),
                    ("review_close", "review_close"),
                    ("close", "close"),
                    ("reopen", "reopen"),
                    ("archive", "archive"),
                    ("remind", "remind"),
                    ("supervise", "supervise"),
                    ("escalate", "escalate"),
                    ("answer", "answer"),
                    ("refuse", "refuse"),
                    ("transfer", "transfer"),
                    ("alarm", "alarm"),
                    ("take_alarm", "take_alarm"),
                    ("merge", "merge"),
                    ("unmerge", "unmerge"),
                    ("withdraw", "withdraw"),
                    ("invalidate", "invalidate"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reasons__contained_by",
                        [
                            "not_done",
                            "slow",
                            "no_contact",
                            "attitude",
                            "passed_on",
                            "unclear",
                            "untrue",
                            "policy",
                            "other",
                        ],
                    )
                ),
                name="reasons_are_known",
            ),
        ),
        migrations.AddField(
            model_name="lowscore",
            name="agent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lowscore",
            name="call_back",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="low_score",
                to="incidents.callback",
            ),
        ),
        migrations.AddIndex(
            model_name="lowscore",
            index=models.Index(
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("done_at", None)),
                name="low_score_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="lowscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", True), ("is_reached__isnull", True)),
                    models.Q(("done_at__isnull", False), ("is_reached__isnull", False)),
                    _connector="OR",
                ),
                name="low_score_done_with_a_result",
            ),
        ),
    ]
