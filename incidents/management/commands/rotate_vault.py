"""Seal every identity and second factor with the first of HOTLINE_VAULT_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.keys import keyring
from accounts.sealing import BrokenSeal, UnknownKey
from accounts.second_factor import reseal
from incidents.errors import SealedAway
from incidents.rotation import keys_in_use, refuse_missing_keys, rotate


class Command(BaseCommand):
    help = (
        "Seal every identity and second factor with the first key; safe to stop and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="also what has it already, for a new index key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        try:
            refuse_missing_keys()
            factors = reseal()
            for count in rotate(again=options["all"]):
                done += count
                self.stdout.write(f"{done} sealed")
        except (BrokenSeal, UnknownKey) as error:
            raise CommandError(f"A second factor: {error}. Nothing was changed.") from error
        except SealedAway as error:
            raise CommandError(f"{error} {done} were sealed anew before, none was lost.") from error
        self.stdout.write(f"{factors} second factors sealed anew")
        self.stdout.write(f"{done} identities sealed anew with the key {keyring().first}")
        for name, count in keys_in_use().items():
            self.stdout.write(f"{name}: {count}")
