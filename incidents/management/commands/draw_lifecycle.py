"""`draw_lifecycle`: write docs/lifecycle.md from the table of transitions."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from incidents.drawing import page


class Command(BaseCommand):
    help = "Write docs/lifecycle.md from incidents/lifecycle.py."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "lifecycle.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(str(path))
