"""The link in each message to a follower: signed, for one following, without a log-in."""

from uuid import UUID

from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from incidents.models import Follow

SALT = "incidents.following"


def link(follow: Follow) -> str:
    """The path of the page where it is confirmed, ended, and the result is spoken of."""
    return reverse("follow-link", args=[signing.dumps(follow.uid.hex, salt=SALT)])


def of_token(token: str) -> Follow:
    """Raises Http404 for a forged one; an old one ends a following as well as a new one."""
    try:
        uid = UUID(hex=signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    every = Follow.objects.select_related("incident__category", "person")
    return get_object_or_404(every, uid=uid)
