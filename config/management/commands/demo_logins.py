"""Print the demo accounts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dispatch import demo


class Command(BaseCommand):
    help = "Print the log-ins of the demo accounts (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("There are no demo accounts in production.")
        for username, role in demo.logins():
            self.stdout.write(f"  {username:<14}{role}")
        self.stdout.write(f"  password of all: {demo.PASSWORD}")
