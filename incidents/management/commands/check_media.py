"""Compare the rows of photos and videos with the files in the storage."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from incidents import media_check
from incidents.models import Original


class Command(BaseCommand):
    help = "Check that every row has its bytes and every file its row; fails when one has not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--checksums", action="store_true", help="read every original whole")
        parser.add_argument("--mend", action="store_true", help="make copies anew, remove orphans")
        parser.add_argument(
            "--young",
            type=int,
            default=24 * 60,
            metavar="MINUTES",
            help="a file without a row is left alone for so long (default: a day)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        young = timezone.now() - timedelta(minutes=options["young"])
        counts: Counter[str] = Counter()
        mended = 0
        for found in media_check.faults(
            default_storage, older_than=young, checksums=options["checksums"]
        ):
            counts[found.fault] += 1
            self.stdout.write(str(found))
            if options["mend"]:
                mended += media_check.mend(default_storage, found)
        total = counts.total()
        self.stdout.write(
            f"{Original.objects.count()} originals, {total} faults"
            + "".join(f", {count} {fault}" for fault, count in sorted(counts.items()))
        )
        if total > mended:
            raise CommandError(f"{total - mended} faults")
