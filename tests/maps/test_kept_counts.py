"""What takes long to count is counted once for many readers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from maps import kept_counts
from maps.kept_counts import counted
from maps.models import KeptCount

pytestmark = pytest.mark.django_db


def test_what_is_quick_is_counted_each_time() -> None:
    answers = iter([[1], [2]])
    assert counted("few", lambda: next(answers))[0] == [1]
    assert counted("few", lambda: next(answers))[0] == [2]
    assert not KeptCount.objects.exists()


def test_what_takes_long_is_read_again_until_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_counts, "QUICK_S", 0.0)
    monkeypatch.setattr(kept_counts, "TIMES", 10**9)
    answers = iter([[1], [2], [3]])
    first, at = counted("many", lambda: next(answers))
    assert counted("many", lambda: next(answers)) == (first, at)
    assert counted("others", lambda: next(answers))[0] == [2]
    KeptCount.objects.update(fresh_until=timezone.now() - timedelta(seconds=1))
    assert counted("many", lambda: next(answers))[0] == [3]
    assert KeptCount.objects.count() == 2
