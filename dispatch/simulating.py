"""A drawn day played against the real system, faster than it would be: for comparing rules.

Reports come in by the one door; whoever else dispatches, a running house say, may take part.
Workers accept, decline, ignore, drive and finish through the very functions their phones use.
"""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from django.contrib.gis.geos import Point
from django.db.models import F
from django.utils import timezone

from dispatch import due, orders, travel
from dispatch.candidates import limits
from dispatch.drawn_day import HOUR_S, Answer, Arrival, Profile, answer, arrivals
from dispatch.errors import DispatchError
from dispatch.models import Worker, WorkOrder
from dispatch.positions import Sighting, take
from dispatch.walking import distance
from districts.datums import Datum
from incidents.errors import IncidentError, Unprocessable
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.models import Channel, Incident, Origin, Outcome

TICK_S = 0.05
# The database is asked this often what is new, in seconds of the wall.
LOOK_S = 0.5
REFUSED = (IncidentError, DispatchError)
Act = Callable[[], None]


@dataclass
class Played:
    """What came of it. Seconds of the day, but `offer_s`, which the machine itself needs."""

    filed: int = 0
    outside: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    offer_s: list[float] = field(default_factory=list)
    arrival_s: list[float] = field(default_factory=list)
    metres: list[float] = field(default_factory=list)
    late: int = 0
    of_worker: Counter[int] = field(default_factory=Counter)
    waiting: int = 0


class Day:
    """`speed`: seconds of the day in one of the wall; `begins`, `hours`: which part of it."""

    def __init__(self, profile: Profile, *, speed: float, seed: int) -> None:
        self.profile, self.speed, self.seed = profile, speed, seed
        self.found = Played()
        self._next = count()
        self._acts: list[tuple[float, int, Act]] = []
        self._asked: set[int] = set()
        self._filed: dict[int, float] = {}
        self._first_offered: set[int] = set()
        self._now = 0.0

    def play(self, *, begins: float, hours: float) -> Played:
        """From hour `begins` on; what is still under way at the end is left as it is."""
        homes = list(Worker.objects.filter(on_shift=True).values_list("home", flat=True))
        start, end = begins * HOUR_S, (begins + hours) * HOUR_S
        for each in arrivals(self.profile, len(homes), self.seed) if homes else ():
            if start <= each.at_s < end:
                self._at(each.at_s, self._filing(each, homes))
        self._run(start, end)
        self.found.waiting = Incident.objects.filter(
            pk__in=self._filed, dispatch_after__isnull=False
        ).count()
        return self.found

    def _run(self, start: float, end: float) -> None:
        """Until the hour is over, and for as long as this machine needs to catch up with it."""
        began, looked = time.monotonic(), 0.0
        now = start
        while now < end or self._due(end):
            now = min(end, start + (time.monotonic() - began) * self.speed)
            while self._due(now):
                self._now, _n, act = heapq.heappop(self._acts)
                act()
            self._now = now
            if time.monotonic() - looked > LOOK_S or now == end:
                looked = time.monotonic()
                due.dispatch_due()
                due.dispatch_due(again=True)
                self._ask(self._offered())
            time.sleep(TICK_S)

    def _due(self, now: float) -> bool:
        return bool(self._acts) and self._acts[0][0] <= now

    def _at(self, moment: float, act: Act) -> None:
        heapq.heappush(self._acts, (moment, next(self._next), act))

    def _after(self, seconds: float, act: Act) -> None:
        self._at(self._now + seconds, act)

    # --- Citizens -----------------------------------------------------------------------------

    def _filing(self, each: Arrival, homes: list[Point]) -> Act:
        def act() -> None:
            home = homes[each.home]
            given = GivenPosition(
                home.x + each.east, home.y + each.north, Datum.WGS84, 10.0, Origin.PIN
            )
            new = NewReport(
                kind="complaint", category=each.category, text="模拟上报", channel=Channel.WEB,
                position=given,
            )  # fmt: skip
            try:
                filed = file_report(new, sender=Sender())
            except Unprocessable:
                self.found.outside += 1
                return
            made = Incident.objects.only("pk").get(reports__number=filed.answer["number"])
            self._filed[made.pk] = self._now
            self.found.filed += 1

        return act

    # --- Workers ------------------------------------------------------------------------------

    def _offered(self) -> Iterable[WorkOrder]:
        new = WorkOrder.objects.filter(
            status=WorkOrder.Status.OFFERED, incident__in=self._filed
        ).exclude(pk__in=self._asked)
        return new.select_related("worker__user", "incident")

    def _ask(self, offered: Iterable[WorkOrder]) -> None:
        for order in offered:
            self._asked.add(order.pk)
            if order.incident_id not in self._first_offered:
                self._first_offered.add(order.incident_id)
                waited = order.offered_at - order.incident.created_at
                self.found.offer_s.append(waited.total_seconds())
            drawn = answer(order.pk, self.seed)
            self.found.answers[drawn.does] += 1
            self._after(self._patience(order, drawn), self._answering(order, drawn))

    def _patience(self, order: WorkOrder, drawn: Answer) -> float:
        if drawn.does != "ignore":
            return drawn.after_s
        urgent = order.incident.is_urgent
        limit = limits().answer_urgent if urgent else limits().answer_normal
        return limit.total_seconds()

    def _answering(self, order: WorkOrder, drawn: Answer) -> Act:
        def act() -> None:
            try:
                if drawn.does == "accept":
                    orders.accept(order.pk, order.worker.user)
                    self._after(drawn.sets_out_s, self._driving(order, drawn))
                elif drawn.does == "decline":
                    orders.decline(order.pk, order.worker.user, "模拟:另有任务")
                else:
                    orders.miss(order.pk)
            except REFUSED:
                self.found.answers["too late"] += 1

        return act

    def _driving(self, order: WorkOrder, drawn: Answer) -> Act:
        def act() -> None:
            there = order.incident.position
            assert there is not None
            start = order.worker.point
            metres = distance((start.x, start.y), (there.x, there.y))
            try:
                orders.set_out(order.pk, order.worker.user)
            except REFUSED:
                return
            self.found.metres.append(metres)
            self._after(travel.seconds(metres), self._arriving(order, there, drawn))

        return act

    def _arriving(self, order: WorkOrder, there: Point, drawn: Answer) -> Act:
        def act() -> None:
            take([Sighting(order.worker_id, there, timezone.now(), 10.0)])
            try:
                orders.arrive(order.pk, order.worker.user)
            except REFUSED:
                return
            took = self._now - self._filed[order.incident_id]
            self.found.arrival_s.append(took)
            self.found.late += self._is_late(order, took + drawn.works_s)
            self.found.of_worker[order.worker_id] += 1
            self._after(drawn.works_s, self._finishing(order))

        return act

    def _is_late(self, order: WorkOrder, took: float) -> bool:
        given = Incident.objects.annotate(given=F("due_at") - F("dispatched_at"))
        allowed: timedelta | None = given.values_list("given", flat=True).get(pk=order.incident_id)
        return allowed is not None and took > allowed.total_seconds()

    def _finishing(self, order: WorkOrder) -> Act:
        def act() -> None:
            try:
                orders.finish(
                    order.pk,
                    order.worker.user,
                    outcome=Outcome.EXPLAINED,
                    note="模拟完成",
                    media=[],
                )
            except REFUSED:
                self.found.answers["not finished"] += 1

        return act
