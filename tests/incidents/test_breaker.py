"""A server that failed is left alone for a while, then tried by one caller."""

import pytest

from incidents.breaker import Away, Breaker
from incidents.wake import same_server


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(ConnectionError, pause_s=5, clock=clock)


def ask(breaker: Breaker, *, fails: bool = False) -> str:
    try:
        with breaker.asking():
            if fails:
                raise ConnectionError
            return "answered"
    except Away as error:
        return "failed" if error.__cause__ else "not asked"


def test_a_failure_spares_the_others_the_wait(breaker: Breaker, clock: Clock) -> None:
    assert ask(breaker, fails=True) == "failed"
    clock.now = 4.9
    assert ask(breaker) == "not asked"


def test_after_the_pause_one_caller_tries(breaker: Breaker, clock: Clock) -> None:
    ask(breaker, fails=True)
    clock.now = 5.0
    with breaker.asking():
        assert ask(breaker) == "not asked"
    assert [ask(breaker), ask(breaker)] == ["answered", "answered"]


def test_a_try_that_fails_begins_another_pause(breaker: Breaker, clock: Clock) -> None:
    ask(breaker, fails=True)
    clock.now = 5.0
    assert ask(breaker, fails=True) == "failed"
    clock.now = 9.9
    assert ask(breaker) == "not asked"


def test_another_error_is_nobodys_absence(breaker: Breaker) -> None:
    with pytest.raises(KeyError), breaker.asking():
        raise KeyError
    assert ask(breaker) == "answered"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("unix:///run/a/redis.sock?db=0", "redis+socket:///run/a/redis.sock?virtual_host=0", True),
        ("unix:///run/a/redis.sock", "unix:///run/b/redis.sock", False),
        ("redis://10.0.0.1:6379/0", "redis://10.0.0.1:6379/1", True),
        ("redis://10.0.0.1:6379/0", "amqp://10.0.0.2:5672//", False),
    ],
)
def test_two_addresses_of_one_server(one: str, other: str, same: bool) -> None:
    assert same_server(one, other) is same
