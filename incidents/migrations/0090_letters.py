"""Letters kept as they came, and the step of a citizen who writes more."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0080_reference_tracked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="step",
            field=models.CharField(
                choices=[
                    ("register", "register"),
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
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("message_digest", models.CharField(blank=True, max_length=64)),
                ("sender_index", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("sealed", models.BinaryField(null=True)),
                ("key_id", models.CharField(blank=True, max_length=8)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "not read yet"),
                            ("to_file", "to be filed by a person"),
                            ("bad", "cannot be read"),
                            ("filed", "report filed"),
                            ("threaded", "added to a report"),
                            ("ignored", "automatic, ignored"),
                            ("aside", "put aside"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("auto", "an automatic answer"),
                            ("bulk", "sent to many, or by a list"),
                            ("bounce", "a notice about delivery"),
                            ("unclear", "its words fit no category surely"),
                            ("no_text", "it says nothing"),
                            ("delicate", "it may report wrongdoing"),
                            ("often", "many letters of this sender within an hour"),
                            ("same_id", "it has the Message-ID of another letter"),
                            ("not_theirs", "it names a report of somebody else"),
                            ("ended", "it answers a case that has ended"),
                            ("unreadable", "its form is broken"),
                            ("tried", "reading it failed three times"),
                        ],
                        max_length=12,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("process_after", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="incidents.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        models.F("process_after"),
                        condition=models.Q(("state", "new")),
                        name="letter_queue",
                    ),
                    models.Index(
                        models.F("state"),
                        models.OrderBy(models.F("id"), descending=True),
                        name="letter_state",
                    ),
                    models.Index(
                        models.F("message_digest"),
                        condition=models.Q(("message_digest", ""), _negated=True),
                        name="letter_message",
                    ),
                    models.Index(
                        models.F("sender_index"),
                        models.F("received_at"),
                        condition=models.Q(("sender_index", ""), _negated=True),
                        name="letter_sender",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["filed", "threaded"]), _negated=True),
                            ("report__isnull", False),
                            _connector="OR",
                        ),
                        name="letter_filed_has_a_report",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "aside"), _negated=True),
                            ("reason__regex", "\\S"),
                            _connector="OR",
                        ),
                        name="letter_aside_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key_id", ""), ("sealed__isnull", True)),
                            models.Q(
                                ("sealed__isnull", False), models.Q(("key_id", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="letter_names_its_key",
                    ),
                ],
            },
        ),
    ]
