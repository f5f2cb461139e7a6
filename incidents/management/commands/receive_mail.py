"""The receiver of e-mail, a process of its own."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from incidents.mailbox import serve


class Command(BaseCommand):
    help = "Receive letters by SMTP or LMTP at HOTLINE_SMTP_PORT until told to end."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SMTP_PORT:
            # No fault: a service manager that starts every process leaves this one ended.
            self.stdout.write("HOTLINE_SMTP_PORT is not set: no letters are received.")
            return
        asyncio.run(until_told())


async def until_told() -> None:
    """A letter on its way is finished or never promised: its sender has no 250 and comes again."""
    told = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, told.set)
    server = await serve(settings.SMTP_BIND, settings.SMTP_PORT)
    async with server:
        await told.wait()
