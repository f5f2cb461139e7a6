"""Append the daily roots that are due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.days import StillWriting, seal_days
from incidents.roots import CrookedLine, path


class Command(BaseCommand):
    help = "Seal the days that are over in a file outside the database; safe to run twice."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seal_days()
        except StillWriting as error:
            raise CommandError(str(error)) from error
        except CrookedLine as error:
            raise CommandError(f"{path()} has a line that is not ours: {error}") from error
        for root in made:
            self.stdout.write(f"{root.day}: {root.events} events, {root.root}")
        if not made:
            self.stdout.write("Every day that is over is sealed.")
