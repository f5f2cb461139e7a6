"""Which roles a page is for. What of it they may see is `visible_to`, never this."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.roles import Role

View = TypeVar("View", bound=Callable[..., HttpResponse])
MOST_PAGES = 200


def only(roles: Collection[Role]) -> Callable[[View], View]:
    """A page for these roles: strangers are asked to log in, everybody else is refused (403)."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if user_of(request).role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return guard


def user_of(request: HttpRequest) -> User:
    """Who is logged in; only behind `only` or `login_required`."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def page_of(request: HttpRequest) -> int:
    """`?page=` of a list: 1 for what is no number, and never further than anybody reads."""
    given = request.GET.get("page", "1")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 1
    return min(max(number, 1), MOST_PAGES)
