"""Fails when a message of the sources has no finished translation, or a translation no message."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.catalogues import Unreadable, faults
from config.place import CHECKOUT


class Command(BaseCommand):
    help = "Compare the committed message catalogues with what makemessages finds in the sources."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = faults(CHECKOUT)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} faults in the message catalogues.")
        self.stdout.write("The message catalogues are complete.")
