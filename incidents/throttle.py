"""How many reports a client may send.

Counted in Redis, which all web processes share; while Redis is away each process counts alone.
"""

import time
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerSecond, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.models import ApiKey

ANONYMOUS = parse(settings.ANONYMOUS_REPORTS)


def storage_url(redis_url: str) -> str:
    """limits spells Redis over a socket `redis+unix://`."""
    return redis_url.replace("unix://", "redis+unix://", 1)


shared = MovingWindowRateLimiter(
    storage_from_string(
        storage_url(settings.REDIS_URL),
        wrap_exceptions=True,
        socket_timeout=1,
        socket_connect_timeout=1,
    )
)
alone = MovingWindowRateLimiter(MemoryStorage())


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
            return shared.hit(self.limit, "reports", self.name)
        except (StorageError, RedisError):
            return alone.hit(self.limit, "reports", self.name)

    def wait(self) -> float:
        try:
            stats = shared.get_window_stats(self.limit, "reports", self.name)
        except (StorageError, RedisError):
            stats = alone.get_window_stats(self.limit, "reports", self.name)
        return max(1.0, stats.reset_time - time.time())
