"""The one door where passwords are checked: the log-in, a second asking, a change of password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts import lockout


class CountingBackend(AuthenticationBackend):
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """Raises LockedOut, which every form shows as it shows a wrong password."""
        typed = str(credentials.get("username") or "")
        limits = [*lockout.by_address(request), lockout.by_account(typed)]
        lockout.admit(limits)
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        # allauth would tell who knows the password of a closed account that it is closed.
        self.unstash_authenticated_user()
        if user is not None:
            lockout.forgive(limits)
        return user
