"""How it is run: settings, addresses, web server, live gateway, task queue, processes."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
