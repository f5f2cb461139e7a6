"""The demo's shifts, two patterns of them, and whose hours follow one. Invented."""

from datetime import date, timedelta

from dispatch.models import RotaPlace, Shift, ShiftPattern, Worker
from incidents.reference import rows

BEGINS = date(2026, 1, 1)


def make_hours() -> None:
    """Shifts and patterns; `-` is a day off."""
    Shift.objects.bulk_create(Shift(**row) for row in rows("demo_shifts.csv"))
    ShiftPattern.objects.bulk_create(pattern(row) for row in rows("demo_patterns.csv"))


def pattern(row: dict[str, str]) -> ShiftPattern:
    return ShiftPattern(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        cycle=["" if code == "-" else code for code in row["cycle"].split()],
        on_working_days=row["on_working_days"] == "true",
    )


def make_rota() -> None:
    """Every fourth worker goes round in one of four crews, two days apart; every twentieth keeps
    office days; the rest has one shift every day, so that somebody is near at any hour."""
    people = list(Worker.objects.order_by("user__username").values_list("pk", flat=True))
    crews = [
        RotaPlace(worker_id=pk, pattern_id="round", begins_on=BEGINS + timedelta(days=n % 4 * 2))
        for n, pk in enumerate(people[::4])
    ]
    office = [
        RotaPlace(worker_id=pk, pattern_id="office", begins_on=BEGINS) for pk in people[1::20]
    ]
    RotaPlace.objects.bulk_create([*crews, *office], batch_size=2000)
