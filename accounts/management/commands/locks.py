"""Who is locked out of the log-in, and letting somebody in again."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import lockout
from accounts.client import client_name
from accounts.models import LogInTries, User


class Command(BaseCommand):
    help = (
        "List who is locked out of the log-in; with --lift let a user name or an address in again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lift", metavar="NAME", help="a user name or an address")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lift"]:
            self.stdout.write(f"{lockout.lift(*names_of(options['lift']))} lifted")
            return
        known = {lockout.account_name(name): name for name in usernames()}
        for tries in LogInTries.objects.filter(ends__gt=timezone.now()).order_by("-hits", "name"):
            state = "locked" if tries.hits >= most_of(tries.name) else "counted"
            shown = known.get(tries.name, tries.name)
            self.stdout.write(f"{state}  {tries.hits:>4}  until {tries.ends:%H:%M:%S} UTC  {shown}")


def usernames() -> Iterable[str]:
    return User.objects.values_list("username", flat=True)


def most_of(name: str) -> int:
    of_address = name.startswith("address:")
    return int(settings.LOGIN_TRIES_ADDRESS if of_address else settings.LOGIN_TRIES_ACCOUNT)


def names_of(given: str) -> list[str]:
    """Every count that somebody or an address may have."""
    codes = User.objects.filter(username=given).values_list("pk", flat=True)
    return [
        lockout.account_name(given),
        f"address:{client_name(given)}",
        *(lockout.by_code(pk).name for pk in codes),
    ]
