"""Give every firm that a policy fits its notice, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises import pushing
from enterprises.models import Policy


class Command(BaseCommand):
    help = "Find the firms that a policy fits, and give each a notice, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", type=int, help="its number in the administration")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = pushing.push(options["policy"])
        except Policy.DoesNotExist:
            raise CommandError("there is no such policy") from None
        self.stdout.write(f"{found} firms have a new notice")
