"""How often the watch for sudden clusters is wrong, and how soon it is right."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from maps import cluster_watch
from maps.quiet_month import DAYS, OF, PLANTED, played


class Command(BaseCommand):
    help = "Play a month in which nothing happens, then plant clusters (docs/maps.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
        parser.add_argument("--reports", type=int, default=5_000, help="a day, of one city")

    def handle(self, *args: Any, **options: Any) -> None:
        seed, limits = options["seed"], cluster_watch.limits()
        self.stdout.write(
            f"seed {seed}, {options['reports']} reports a day, at least {limits.fewest}, "
            f"chance {limits.chance}"
        )
        month = played(seed, options["reports"], limits)
        self.stdout.write(f"false alarms in {DAYS} quiet days: {month.lines} of {month.reports}")
        after = f"half of them by report {month.found_after:g}" if month.planted else "none"
        self.stdout.write(
            f"planted {PLANTED} of {OF} reports each: {len(month.planted)} found, {after}, "
            f"all of these by report {max(month.planted, default=0)}; {month.missed} missed"
        )
