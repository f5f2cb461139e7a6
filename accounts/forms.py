"""Forms of django-allauth that would check a password or a code past the one door."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.forms import Form

from accounts import lockout, second_factor

LONGEST_CODE = 40


class ChangePassword(ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        given: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        assert self.user is not None
        if not adapter.reauthenticate(self.user, given):
            raise adapter.validation_error("enter_current_password")
        return given


class Counted(Form):
    """Tries of codes are counted before the code is looked at, as those of passwords are."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"][:LONGEST_CODE]
        user = self.user  # type: ignore[attr-defined]
        limits = [*lockout.by_address(context.request), lockout.by_code(user.pk)]
        lockout.admit(limits)
        self.authenticator = second_factor.use_or_refuse(user, code)
        if self.authenticator is None:
            raise get_mfa_adapter().validation_error("incorrect_code")
        lockout.forgive(limits)
        return code


class GiveCode(Counted, AuthenticateForm):
    """At the log-in."""


class GiveCodeAgain(Counted, ReauthenticateForm):
    """Before something that changes how one logs in."""
