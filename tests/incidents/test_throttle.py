"""Sixty reports in ten minutes; what a client writes about itself does not count."""

import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.client import client_name
from accounts.models import ApiKey
from tests.conftest import Answer
from tests.incidents.conftest import post

pytestmark = pytest.mark.django_db


def sixty(web: Client, **more: Any) -> None:
    """An empty report is refused by its fields, and counted all the same."""
    for _n in range(60):
        assert knock(web, **more).status_code == 400


def knock(web: Client, **more: Any) -> Answer:
    return web.post("/api/reports", "{}", content_type="application/json", **more)


def test_the_sixty_first_report_has_to_wait(web: Client) -> None:
    sixty(web)
    answer = knock(web)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 600
    assert list(answer.json()["errors"]) == ["detail"]


def test_a_forged_forwarded_header_does_not_help(web: Client) -> None:
    for n in range(60):
        knock(web, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")
    assert knock(web, HTTP_X_FORWARDED_FOR="198.51.100.9").status_code == 429


def test_ipv6_is_counted_by_its_64() -> None:
    network = secrets.randbits(64) << 64
    web = Client()
    for n in range(60):
        knock(web, REMOTE_ADDR=str(IPv6Address(network + n)))
    assert knock(web, REMOTE_ADDR=str(IPv6Address(network + 99))).status_code == 429
    neighbour = IPv6Address((network + 2**64) % 2**128)
    assert knock(web, REMOTE_ADDR=str(neighbour)).status_code == 400


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("nonsense", "unknown"),
    ],
)
def test_one_subscriber_has_one_name(address: str, name: str) -> None:
    assert client_name(address) == name


def test_a_key_brings_its_own_rate(web: Client) -> None:
    _made, key = ApiKey.issue(f"city-{secrets.token_hex(4)}", per_second=1000)
    for _n in range(61):
        answer = web.post(
            "/api/reports",
            "{}",
            content_type="application/json",
            headers={"Authorization": f"Api-Key {key}"},
        )
        assert answer.status_code == 400


def test_an_unknown_key_is_refused(web: Client) -> None:
    headers = {"Authorization": "Api-Key nobody"}
    answer = web.post("/api/reports", "{}", content_type="application/json", headers=headers)
    assert answer.status_code == 401
    assert post(web, {}).status_code == 400


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_hundred_at_once_get_exactly_sixty(web: Client, settings: Settings, proxies: int) -> None:
    """Whatever each of them writes in front of what our proxy adds."""
    settings.TRUSTED_PROXIES = proxies
    address = str(web.defaults["REMOTE_ADDR"])
    web.handler.load_middleware()  # once, not in each thread

    def caller(n: int) -> int:
        added = f", {address}" * proxies
        forged = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{n}{added}"}
        return int(knock(web, **forged).status_code)

    with ThreadPoolExecutor(100) as pool:
        assert Counter(pool.map(caller, range(100))) == {400: 60, 429: 40}
