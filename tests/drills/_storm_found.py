"""What a storm left behind, looked up in the database, and the table that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.figures import percentile
from tests.drills._load_generator import NEVER, Outcome
from tests.started import House

REPORT, VIEW = "report", "view"
WITHIN_S, SHORT_AGAIN_S, OLD_S = 60.0, 30.0, 5.0
STORED = "SELECT count(*) FROM incidents_report WHERE number = ANY(%s)"
# From being filed to the first offer, or the first word of why there is none.
DECIDED = """
SELECT extract(epoch FROM (
    SELECT min(e.at) FROM incidents_event e
    WHERE e.incident_id = i.id AND e.step IN ('offer', 'queue', 'triage')) - i.created_at)::float8
FROM incidents_report r JOIN incidents_incident i ON i.id = r.incident_id
WHERE r.number = ANY(%s)
"""
TWICE = """
SELECT count(*) FROM (
    SELECT 1 FROM dispatch_workorder WHERE status IN ('offered', 'accepted', 'en_route', 'arrived')
    GROUP BY incident_id HAVING count(*) > 1) twice
"""
OVERFULL = """
SELECT count(*) FROM dispatch_worker w WHERE open_orders > capacity OR open_orders <> (
    SELECT count(*) FROM dispatch_workorder o WHERE o.worker_id = w.id
      AND o.status IN ('offered', 'accepted', 'en_route', 'arrived'))
"""
HOT = """
SELECT round(100.0 * sum(n_tup_hot_upd) / greatest(sum(n_tup_upd), 1))
FROM pg_stat_user_tables WHERE relname = %s
"""
BATCHES = "SELECT count(*), coalesce(sum(offered), 0) FROM dispatch_batch"


@dataclass
class Seen:
    """`looks`: at, length and age of the queue; `unseen`: while there was nobody to ask."""

    looks: list[tuple[float, int, float]] = field(default_factory=list)
    kills: list[tuple[str, float]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """Seconds throughout; `decided` holds infinity for who was neither offered nor queued."""

    answered: list[Outcome]
    views: list[Outcome]
    asked: int
    lost: int
    decided: list[float]
    twice: int
    overfull: int
    longest_queue: int
    oldest_s: float
    short_again_s: float
    late_s: float
    points: int
    hot: int
    batches: tuple[int, int]
    kills: list[str]

    @property
    def faults(self) -> list[str]:
        late = sum(each > WITHIN_S for each in self.decided)
        checks = [
            (self.lost, f"{self.lost} reports are not stored, or were never answered"),
            (late, f"{late} were neither offered nor queued within {WITHIN_S:.0f} s"),
            (self.twice, f"{self.twice} incidents have two live offers"),
            (self.overfull, f"{self.overfull} workers' counts do not fit their orders"),
            (
                self.short_again_s > SHORT_AGAIN_S,
                f"the queue was older than {OLD_S:.0f} s until {self.short_again_s:.1f} s after"
                " the burst",
            ),
        ]
        return [words for wrong, words in checks if wrong]

    def table(self) -> str:
        first = sum(each.status == 201 for each in self.answered)
        rows = [
            ("Reports sent, answered at once", f"{self.asked:,}, {first:,}"),
            ("Answer of a report, p50 and p99", times([each.took for each in self.answered])),
            ("An empty view beside it, p50 and p99", times([each.took for each in self.views])),
            ("Lost", f"{self.lost}"),
            ("Offered or queued with a reason, p50 and p99", times(self.decided)),
            ("The last of them", f"{max(self.decided, default=NEVER):.1f} s"),
            ("Incidents with two live offers", f"{self.twice}"),
            ("Queue at its longest, its oldest", f"{self.longest_queue:,}, {self.oldest_s:.1f} s"),
            ("Oldest under 5 s again, after the burst", f"{self.short_again_s:.1f} s"),
            ("Batches, offers in them", "{:,}, {:,}".format(*self.batches)),
            ("Positions taken, newest ones updated HOT", f"{self.points:,}, {self.hot} %"),
            ("Killed", ", ".join(self.kills) or "nothing"),
            ("The generator's own lateness, p99", f"{self.late_s * 1000:.0f} ms"),
        ]
        head = ["| What | Seen |", "| --- | --- |"]
        return "\n".join([*head, *(f"| {what} | {seen} |" for what, seen in rows)])


def times(seconds: Sequence[float]) -> str:
    return f"{percentile(seconds, 0.5):.2f} s, {percentile(seconds, 0.99):.2f} s"


def looked_up(
    house: House,
    outcomes: Sequence[Outcome],
    made: Sequence[bytes],
    seen: Seen,
    burst_ends: float,
    points: int,
) -> Found:
    """`made`: the bodies of all answers 201, at once or after sending again."""
    asked = [each for each in outcomes if each.kind == REPORT]
    numbers = list({number_of(body) for body in made})
    with house.database() as database:

        def one(sql: str, *given: object) -> int:
            row = database.execute(sql, given).fetchone()
            assert row is not None
            return int(row[0] or 0)

        stored = one(STORED, numbers)
        decided = [
            float(row[0]) if row[0] is not None else NEVER
            for row in database.execute(DECIDED, [numbers]).fetchall()
        ]
        batches = database.execute(BATCHES).fetchone()
        assert batches is not None
        return Found(
            answered=asked,
            views=[each for each in outcomes if each.kind == VIEW],
            asked=len(asked),
            lost=len(asked) - stored,
            decided=decided,
            twice=one(TWICE),
            overfull=one(OVERFULL),
            longest_queue=max((length for _at, length, _age in seen.looks), default=0),
            oldest_s=max((age for _at, _length, age in seen.looks), default=NEVER),
            short_again_s=short_again(seen, burst_ends),
            late_s=percentile([each.late for each in outcomes], 0.99),
            points=points,
            hot=one(HOT, "dispatch_lastposition"),
            batches=(int(batches[0]), int(batches[1])),
            kills=[name for name, _at in seen.kills],
        )


def number_of(body: bytes) -> str:
    return body.split(b'"number":"', 1)[1].split(b'"', 1)[0].decode()


def short_again(seen: Seen, burst_ends: float) -> float:
    """Until when after the burst the oldest was old, leaving out what a kill did to it."""
    end = min([at for _name, at in seen.kills], default=NEVER)
    old = [at for at, _length, age in seen.looks if burst_ends < at < end and age > OLD_S]
    return max(old, default=burst_ends) - burst_ends
