"""What `./hotline run` does between migrating and serving."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from dispatch import demo, workforce
from enterprises import demo as firms_demo
from incidents import knowledge_demo, reference, topics_demo


class Command(BaseCommand):
    help = (
        "Load divisions, service fields and, in development, the demo; quick when nothing is new."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_divisions", str(Path(settings.BASE_DIR) / "fixtures" / "divisions"))
        self.stdout.write(f"{reference.load()} categories")
        if not settings.PRODUCTION:
            self.stdout.write(demo.load())
            self.stdout.write(f"{knowledge_demo.load()} answers")
            self.stdout.write(f"{topics_demo.load()} topics")
            self.stdout.write(firms_demo.load())
        workforce.refresh(timezone.now())
