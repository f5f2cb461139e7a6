"""In production the platform starts only on a database that keeps what it has confirmed."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

KEEPS = ("fsync", "synchronous_commit", "full_page_writes")


def switched_off() -> list[str]:
    """Which of the settings that make a commit durable are off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name",
            [list(KEEPS)],
        )
        return [str(name) for (name,) in cursor.fetchall()]


def insist() -> None:
    """Raise ImproperlyConfigured in production when the database may forget."""
    if settings.PRODUCTION and (off := switched_off()):
        raise ImproperlyConfigured(
            f"The database has {', '.join(off)} off and may lose confirmed reports; turn it on."
        )
