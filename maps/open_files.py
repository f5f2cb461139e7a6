"""Where the files of open data lie. None of them is made while it is read."""

from datetime import date

from django.core.files.storage import default_storage


def name_of(day: date, kind: str) -> str:
    return f"open/{day:%Y}/incidents-{day}.{kind}"


def read(day: date, kind: str) -> bytes:
    with default_storage.open(name_of(day, kind)) as file:
        return bytes(file.read())
