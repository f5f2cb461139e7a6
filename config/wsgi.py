"""The web server's door: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Settings and apps are ready only now.
from config.durability import insist  # noqa: E402

insist()
