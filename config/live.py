"""The live gateway: `uvicorn config.live:application`. A process of its own, raw ASGI."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Models exist only after setup, and so does the gateway that reads them.
from config.durability import insist  # noqa: E402
from maps.gateway import Gateway  # noqa: E402

insist()
application = Gateway()
