"""Play a day against this house, and print what came of it."""

from collections.abc import Sequence
from secrets import randbelow
from statistics import mean, median
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dispatch.drawn_day import PROFILES
from dispatch.simulating import Day, Played


class Command(BaseCommand):
    help = "Play a day of reports and workers against this database; for comparing rules."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", choices=sorted(PROFILES), default="quiet")
        parser.add_argument("--speed", type=float, default=120, help="times faster (120)")
        parser.add_argument("--seed", type=int, help="drawn and printed where it is left out")
        parser.add_argument("--begins", type=float, default=0, help="hour of the day (0)")
        parser.add_argument("--hours", type=float, default=24, help="how many of them (24)")
        parser.add_argument(
            "--policy", choices=("both", "single", "batch"), default="both",
            help="each for itself, or always together; else as the settings say",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("It fills the database with invented reports: not in production.")
        if options["speed"] <= 0 or options["hours"] <= 0:
            raise CommandError("--speed and --hours must be above 0")
        seed = randbelow(10**6) if options["seed"] is None else options["seed"]
        at_once = {"single": 1_000_000, "batch": 1, "both": settings.BATCH_FROM}
        settings.BATCH_FROM = at_once[options["policy"]]
        self.stdout.write(f"seed {seed}, policy {options['policy']}")
        day = Day(PROFILES[options["day"]], speed=options["speed"], seed=seed)
        found = day.play(begins=options["begins"], hours=options["hours"])
        for what, seen in told(found):
            self.stdout.write(f"{what:<40} {seen}")


def told(found: Played) -> list[tuple[str, str]]:
    loads = list(found.of_worker.values())
    answers = ", ".join(f"{name} {n}" for name, n in found.answers.most_common())
    spread = f"{mean(loads):.2f}, {max(loads)}" if loads else "-"
    return [
        ("reports filed, outside the province", f"{found.filed}, {found.outside}"),
        ("answers to offers", answers or "-"),
        ("filed to first offer, seconds", halves(found.offer_s)),
        ("filed to arrival, minutes of the day", halves([s / 60 for s in found.arrival_s])),
        ("metres driven to an incident", halves(found.metres)),
        ("orders of a worker: mean, most", spread),
        ("too late by the plan", f"{found.late} of {len(found.arrival_s)}"),
        ("still in the queue", f"{found.waiting}"),
    ]


def halves(values: Sequence[float]) -> str:
    if not values:
        return "-"
    ordered = sorted(values)
    return f"p50 {median(ordered):.1f}, p90 {ordered[int(0.9 * (len(ordered) - 1))]:.1f}"
