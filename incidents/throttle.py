"""How many reports a client may send.

Counted in Redis, which all web processes share; while Redis is away, in PostgreSQL. Both are exact
however many callers come at once; a client may have its limit twice when Redis goes in between.
"""

import time
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerSecond, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

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


def client_address(request: HttpRequest | Request) -> str:
    """The client's address; a forwarded header counts only as far as our own proxies wrote it."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if proxies and len(forwarded) >= proxies:
        return str(forwarded[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def client_name(address: str) -> str:
    """One name for one subscriber: IPv4 as it is, IPv6 by its /64."""
    if address.count(":") == 1:
        # Some proxies write the port behind an IPv4 address.
        address = address.split(":")[0]
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(IPv6Address(int(ip) >> 64 << 64))
    return str(ip)


class ReportThrottle(BaseThrottle):
    """60 reports in 10 minutes for a client without a key; a key brings its own rate."""

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
                return shared.hit(self.limit, "reports", self.name)
        except Away:
            return tally.count(self.name, self.limit.amount, self.limit.get_expiry())

    def wait(self) -> float:
        try:
            with redis.asking():
                stats = shared.get_window_stats(self.limit, "reports", self.name)
            left = stats.reset_time - time.time()
        except Away:
            left = tally.seconds_left(self.name)
        return max(1.0, left)
