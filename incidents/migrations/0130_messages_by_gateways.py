"""Messages of gateways beside the e-mails, and two more reasons."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0125_months"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="channel",
            field=models.CharField(
                choices=[
                    ("telephone", "telephone"),
                    ("web", "web page"),
                    ("api", "another system"),
                    ("mail", "mailbox"),
                    ("walk_in", "walk-in"),
                    ("message", "message"),
                    ("merged_line", "merged line"),
                ],
                default="mail",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="letter",
            name="why",
            field=models.CharField(
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
                    ("which", "it may go on from one of several reports"),
                    ("survey", "it answers whether it is solved"),
                    ("unreadable", "its form is broken"),
                    ("tried", "reading it failed three times"),
                ],
                max_length=12,
            ),
        ),
    ]
