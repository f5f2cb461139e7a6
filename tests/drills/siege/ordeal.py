"""The run itself: a stream of reports, fault after fault, and what was found after each."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from config.supervisor import show
from tests.drills.siege import checks
from tests.drills.siege.checks import Violation
from tests.drills.siege.drafts import PLACES, Writer
from tests.drills.siege.house import House, NotUp
from tests.drills.siege.kinds import CannotInject, Fault
from tests.drills.siege.listener import Listener, log_in
from tests.drills.siege.records import Records
from tests.drills.siege.result import Injected, line
from tests.drills.siege.stream import Stream

UP_S = SETTLED_S = 60.0
# A photo whose preparation died is taken up again when its lease of a minute ends.
PREPARED_S = 150.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
IMPATIENCE = 0.03


@dataclass(frozen=True)
class Open:
    """A fault that is over, of which not all is known to be in hand: its place among the done."""

    place: int
    until: datetime
    began: float
    up_at: float


@dataclass
class Ordeal:
    """One stream on one house, and what it should have left behind.

    `overlapping`: the next fault comes while what the last one left is not yet in hand. The minute
    begins with the end of the last fault then.
    """

    house: House
    stream: Stream
    listener: Listener
    records: Records
    overlapping: bool = False
    checked: int = 0
    checked_at: datetime = LONG_AGO
    complained: int = 0
    last_up: float = 0.0
    done: list[Injected] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)

    def go_through(self, faults: Iterable[Fault], *, deadline: float = float("inf")) -> None:
        """One after the other; none is begun after `deadline` (monotonic seconds)."""
        for fault in faults:
            if time.monotonic() > deadline or self.is_down:
                break
            self.done.append(self.suffer(fault))
            if not self.overlapping:
                self.settle_all()
            self.review()
        self.settle_all()

    @property
    def is_down(self) -> bool:
        """The web did not come back from the last fault; there is nothing to break any more."""
        return bool(self.done) and any(v.kind == checks.DOWN for v in self.done[-1].violations)

    def suffer(self, fault: Fault) -> Injected:
        """Inject, hold, recover, wait for the web, check what was promised meanwhile."""
        began, before = time.monotonic(), self.stream.count()
        try:
            fault.inject(self.house)
            time.sleep(fault.hold_s)
            fault.recover(self.house)
            over = time.monotonic()
            self.house.wait_until_up(UP_S)
        except CannotInject as reason:
            injected = Injected(fault.kind, fault.target, not_run=str(reason))
            tell(injected)
            return injected
        except NotUp as error:
            injected = Injected(fault.kind, fault.target, violations=[down(error)])
            tell(injected)
            return injected
        self.last_up = up_at = time.monotonic()
        self.open.append(Open(len(self.done), self.records.now(), began, up_at))
        return Injected(
            fault.kind,
            fault.target,
            answered=self.stream.count() - before,
            up_s=up_at - over,
            violations=self.kept() + self.complaints(),
        )

    def settle_all(self) -> None:
        while self.open:
            self.review()
            time.sleep(0.4)

    def review(self) -> None:
        """Which of the faults that are over have all in hand now, and which took too long."""
        for each in list(self.open):
            left = self.open_points(each.until)
            now = time.monotonic()
            recovered = self.last_up if self.overlapping else each.up_at
            if left and now - recovered < SETTLED_S:
                continue
            self.open.remove(each)
            before = self.done[each.place]
            self.done[each.place] = replace(
                before,
                silent_s=self.stream.longest_silence(each.began, each.up_at),
                settled_s=now - each.up_at,
                violations=[*before.violations, *left],
            )
            tell(self.done[each.place])

    def open_points(self, until: datetime) -> list[Violation]:
        """What came before `until` and is not in hand, or not heard of."""
        return checks.in_hand(self.records.out_of_hand(until)) or checks.told(
            self.records.newest(until), dict(self.listener.heard)
        )

    def kept(self) -> list[Violation]:
        """Everything promised since the last check is there, once and intact."""
        now = self.records.now()
        promised = self.stream.answered[self.checked :]
        self.checked += len(promised)
        keys = {promise.draft.key for promise in promised}
        stored = self.records.reports(self.checked_at)
        self.checked_at = now
        if keys - {each.key for each in stored}:  # committed before the last check, answered now
            stored = self.records.reports(LONG_AGO)
        mine = [each for each in stored if each.key in keys]
        return checks.once(promised, mine, self.records.checksum_of)

    def complaints(self) -> list[Violation]:
        """Answers that no client should ever see."""
        new = self.stream.wrong[self.complained :]
        self.complained += len(new)
        return [Violation(checks.ANSWER, text) for text in new]

    def last_check(self) -> list[Violation]:
        """When the stream has ended: everything, from the first report on."""
        until = self.records.now()
        violations = settled(lambda: self.open_points(until), SETTLED_S)
        violations += checks.once(
            self.stream.answered, self.records.reports(LONG_AGO), self.records.checksum_of
        )
        violations += checks.sent_once(self.records.stories(until))
        violations += self.complaints()
        if self.listener.resets:
            violations.append(Violation(checks.STREAM, "the gateway told us to load anew"))
        return violations

    def unprepared(self) -> list[Violation]:
        """Photos nobody has made the copies of, after as long as two leases may take."""
        return settled(
            lambda: [
                Violation(checks.PHOTO, f"{left} photos were not prepared")
                for left in [self.records.unprepared()]
                if left
            ],
            PREPARED_S,
        )


def down(error: NotUp) -> Violation:
    return Violation(checks.DOWN, f"the web did not come back: {error}")


def tell(injected: Injected) -> None:
    show(line(injected))
    for violation in injected.violations[:3]:
        show(f"    {violation.kind}: {violation.text[:300]}")


def settled(open_points: Callable[[], list[Violation]], seconds: float) -> list[Violation]:
    """What is still open when all is well, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := open_points()) and time.monotonic() < deadline:
        time.sleep(0.4)
    return left


def begin(
    house: House,
    prefix: str,
    random: Random,
    *,
    rate: float,
    api_key: str,
    impatience: float = IMPATIENCE,
) -> Ordeal:
    """The stream and the listener run from here on."""
    places = [(float(x), float(y)) for x, y in house.ask(PLACES)]
    writer = Writer(prefix, places, random, impatience=impatience)
    stream = Stream(house.port, api_key, writer, rate)
    last = house.ask("SELECT coalesce(max(id), 0) FROM incidents_outbox")[0][0]
    listener = Listener(house.port + 1, log_in(house.base, "dispatcher"), int(last))
    listener.begin()
    stream.begin()
    return Ordeal(house, stream, listener, Records(house, prefix))
