"""The grid's counts behind heatmaps and tiles: counted anew, or compared with a recount."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maps import rollups
from maps.models import CountedIncident, GridCount


class Command(BaseCommand):
    help = "Check the counts behind the heatmaps against a recount, or make them anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="count everything anew")
        parser.add_argument("--trust", action="store_true", help="without the recount that checks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            rollups.rebuild()
        found = [] if options["trust"] else rollups.differences()
        for each in found:
            self.stdout.write(f"level {each.level}, span {each.span}, {each.since}: {each.cell}")
        self.stdout.write(
            f"{CountedIncident.objects.count()} incidents in {GridCount.objects.count()} counts"
        )
        if found:
            raise CommandError("the counts differ from the incidents; --rebuild makes them anew")
