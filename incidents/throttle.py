"""How many reports a client may send.

Counted in Redis, which all web processes share; while Redis is away, in PostgreSQL. Both are exact
however many callers come at once; a client may have its limit twice when Redis goes in between.
"""

import time

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerSecond, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.client import client_address, client_name
from accounts.models import ApiKey
from incidents import tally
from incidents.breaker import Away
from incidents.wake import REDIS_PATIENCE_S, redis

ANONYMOUS = parse(settings.ANONYMOUS_REPORTS)


def storage_url(redis_url: str) -> str:
    """limits spells Redis over a socket `redis+unix://`."""
    return redis_url.replace("unix://", "redis+unix://", 1)


shared = MovingWindowRateLimiter(
    storage_from_string(
        storage_url(settings.REDIS_URL),
        wrap_exceptions=True,
        socket_timeout=REDIS_PATIENCE_S,
        socket_connect_timeout=REDIS_PATIENCE_S,
    )
)


def allows(request: HttpRequest, what: str) -> bool:
    """Whether this client may do so once more; each such form is counted apart from reports."""
    name = f"client:{client_name(client_address(request))}"
    try:
        with redis.asking():
            return shared.hit(ANONYMOUS, what, name)
    except Away:
        return tally.count(f"{what}:{name}", ANONYMOUS.amount, ANONYMOUS.get_expiry())


def within(rate: str, what: str, name: str) -> bool:
    """Whether `name` may do so once more at this rate."""
    limit = parse(rate)
    try:
        with redis.asking():
            return shared.hit(limit, what, name)
    except Away:
        return tally.count(name, limit.amount, limit.get_expiry())


class ReportThrottle(BaseThrottle):
    """60 reports in 10 minutes for a client without a key; a key brings its own rate."""

    what = "reports"

    def __init__(self) -> None:
        self.limit: RateLimitItem = ANONYMOUS
        self.name = ""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ApiKey):
            self.limit = RateLimitItemPerSecond(request.auth.per_second)
            self.name = f"key:{request.auth.pk}"
        else:
            self.name = f"client:{client_name(client_address(request))}"
        try:
            with redis.asking():
                return shared.hit(self.limit, self.what, self.name)
        except Away:
            return tally.count(self.tallied, self.limit.amount, self.limit.get_expiry())

    def wait(self) -> float:
        try:
            with redis.asking():
                stats = shared.get_window_stats(self.limit, self.what, self.name)
            left = stats.reset_time - time.time()
        except Away:
            left = tally.seconds_left(self.tallied)
        return max(1.0, left)

    @property
    def tallied(self) -> str:
        return self.name if self.what == "reports" else f"{self.what}:{self.name}"


class CallThrottle(ReportThrottle):
    """Announcements of a telephone system, at its key's rate, apart from reports."""

    what = "calls"
