"""`python -m config.prepare`: schema, province and, in production, static files, before serving.

One interpreter for all of it: to start Python and Django again for each step costs a second.
Standard output is for the person who waits; what the commands say goes to standard error, the log.
"""

import sys
from contextlib import redirect_stdout

import django
from django.conf import settings
from django.core.management import call_command

from config.durability import insist
from config.supervisor import say

STEPS = [("Migrating", ["migrate", "--no-input"]), ("Loading the province", ["prepare"])]
STATIC_FILES = ("Collecting static files", ["collectstatic", "--no-input"])


def main() -> None:
    django.setup()
    insist()
    for text, words in [*STEPS, *([STATIC_FILES] if settings.PRODUCTION else [])]:
        say(text)
        with redirect_stdout(sys.stderr):
            call_command(*words)


if __name__ == "__main__":
    main()
