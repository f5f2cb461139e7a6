"""How django-allauth behaves here."""

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Accounts are given by the administrator; a citizen needs none to report."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Who logged in a moment ago is not asked once more: the set-up comes right after it."""
        records = get_authentication_records(context.request, context.request.user)
        last: float = max((each["at"] for each in records), default=0.0)
        return bool(time.time() - last > app_settings.REAUTHENTICATION_TIMEOUT)
