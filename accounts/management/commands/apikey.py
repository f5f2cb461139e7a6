"""Issue an API key to another system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiKey


class Command(BaseCommand):
    help = "Issue an API key; it is printed once and kept only as a digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the client's name; a new key replaces its old one")
        parser.add_argument("--rate", type=int, default=20, help="reports per second (default 20)")
        parser.add_argument(
            "--calls", action="store_true", help="a telephone system's: announces calls"
        )
        parser.add_argument(
            "--positions", action="store_true", help="a fleet's gateway: tells where workers are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["rate"] <= 10_000:
            raise CommandError("--rate must lie between 1 and 10000")
        try:
            _made, key = ApiKey.issue(
                options["name"],
                options["rate"],
                announces_calls=options["calls"],
                moves_workers=options["positions"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
