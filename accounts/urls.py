"""The pages of django-allauth that make sense here: no sign-up, no e-mail, no reset by e-mail."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods

from accounts import views

View = Callable[..., HttpResponseBase]
form = require_http_methods(["GET", "HEAD", "POST"])


def offered(view: View) -> View:
    """Not there while second factors are off."""

    @form
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.SECOND_FACTOR == "off":
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


urlpatterns = [
    path("login/", form(account.login), name="account_login"),
    path("logout/", form(account.logout), name="account_logout"),
    path("reauthenticate/", form(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", form(views.ChangePassword.as_view()), name="account_change_password"),
    path("2fa/", form(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", offered(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", offered(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", offered(views.SetUp.as_view()), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", offered(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/", offered(recovery.view_recovery_codes), name="mfa_view_recovery_codes"
    ),
    path(
        "2fa/recovery-codes/generate/",
        offered(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
