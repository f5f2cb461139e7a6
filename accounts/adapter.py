"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Accounts are given by the administrator; a citizen needs none to report."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
