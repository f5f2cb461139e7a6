"""Give every active firm its service manager."""

from typing import Any

from django.core.management.base import BaseCommand

from enterprises import assigning


class Command(BaseCommand):
    help = "Give every active firm without a fitting service manager one; the others keep theirs."

    def handle(self, *args: Any, **options: Any) -> None:
        done = assigning.assign()
        self.stdout.write(
            f"{done.new} assigned, {done.let_go} let go, {done.have} firms have a manager, "
            f"{done.without} have none"
        )
