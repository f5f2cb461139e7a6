"""The demo city: units for the 15 fields in every county, and Shenyang's 7,766 community workers.

Everyone and everything here is invented; the places are real. Made once, in one transaction, the
same every time; a second start finds it and does nothing.
"""

from collections.abc import Iterator
from itertools import cycle
from random import Random

from django.contrib.auth.hashers import make_password
from django.contrib.gis.geos import Point
from django.db import connection, transaction

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch import demo_history, demo_rota, duties_demo
from dispatch.models import Rule, Worker
from districts.models import Division, Level
from incidents.models import ServiceField
from incidents.reference import rows

PASSWORD = "demo-12345"
CITY = "210100"
WORKERS = 7_766
SHIFTS = ("day", "evening", "night")
# What community workers can be trained for; one in three each, so that some are always near.
SKILLS = ("heating", "utilities", "mediation", "enforcement")
# Events go to the territory first: the street office and its own workers.
TERRITORY_FIRST = (
    "exposed-garbage", "dirty-road", "small-ads", "street-vending", "rubble", "shared-bikes",
    "illegal-parking", "lawn", "e-bike-charging", "ice-snow",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏红梅建国春燕志辉雪松海波"


def load() -> str:
    """Make the demo if it is not there; returns a line that says what was done."""
    if Worker.objects.exists():
        there = {unit.code: unit for unit in Unit.objects.select_related("division")}
        with transaction.atomic():
            duties = duties_demo.load(there)
        made = make_accounts(there)
        return f"the demo is there, {made} new accounts, {duties}"
    with transaction.atomic():
        units = make_units()
        rules = make_rules(units)
        workers = make_workers(units)
        duties = duties_demo.load(units)
        make_accounts(units)
        history = demo_history.make(180, units, TERRITORY_FIRST)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return f"demo: {len(units)} units, {rules} rules, {workers} workers, {duties}, {history} past"


# --- Units and the catalogue ------------------------------------------------------------------


def make_units() -> dict[str, Unit]:
    """The hotline centres of province, cities and counties, their departments, street offices."""
    divisions = Division.objects.filter(is_active=True)
    fields = list(ServiceField.objects.all())
    centres = [
        centre(division)
        for division in divisions.filter(level__lte=Level.COUNTY).order_by("level", "code")
    ]
    departments = [
        department(county, field)
        for county in divisions.filter(level=Level.COUNTY)
        for field in fields
    ]
    offices = [office(street) for street in divisions.filter(level=Level.STREET, city=CITY)]
    units: dict[str, Unit] = {}
    for tier in (centres[:1], centres[1:15], centres[15:], departments + offices):
        add_below(units, tier)
    return units


def centre(division: Division) -> Unit:
    return Unit(
        code=f"{division.code}-hotline",
        name=f"{division.name}12345中心",
        name_en=f"{division.name_en} 12345 centre",
        kind=Unit.Kind.HOTLINE,
        division=division,
    )


def department(county: Division, field: ServiceField) -> Unit:
    return Unit(
        code=f"{county.code}-{field.code}",
        name=f"{county.name}{field.name_zh}部门",
        name_en=f"{county.name_en}: {field.name_en}",
        kind=Unit.Kind.DEPARTMENT,
        division=county,
    )


def office(street: Division) -> Unit:
    return Unit(
        code=f"{street.code}-street",
        name=f"{street.name}办事处",
        name_en=f"{street.name_en} office",
        kind=Unit.Kind.STREET_OFFICE,
        division=street,
    )


def add_below(units: dict[str, Unit], tier: list[Unit]) -> None:
    """Insert a tier whose parents exist; ids are drawn first, for the lineage holds the own id."""
    for unit in tier:
        unit.parent = parent_of(unit, units)
    Unit.objects.bulk_create(tier)
    for unit in tier:
        unit.lineage = [unit.pk, *(unit.parent.lineage if unit.parent else [])]
    Unit.objects.bulk_update(tier, ["lineage"], batch_size=2000)
    units.update({unit.code: unit for unit in tier})


def parent_of(unit: Unit, units: dict[str, Unit]) -> Unit | None:
    division = unit.division
    if unit.kind != Unit.Kind.HOTLINE:
        return units[f"{division.county_id}-hotline"]
    above = division.parent_id
    return units[f"{above}-hotline"] if above else None


def make_rules(units: dict[str, Unit]) -> int:
    """Each field to its department in every county; what nobody covers to the county's centre."""
    rules = []
    for unit in units.values():
        if unit.kind == Unit.Kind.DEPARTMENT:
            field = unit.code.split("-", 1)[1]
            rules.append(Rule(field_id=field, division=unit.division, unit=unit))
        elif unit.kind == Unit.Kind.STREET_OFFICE:
            rules += [
                Rule(category_id=code, division=unit.division, unit=unit)
                for code in TERRITORY_FIRST
            ]
        elif unit.division.level == Level.COUNTY:
            rules.append(Rule(division=unit.division, unit=unit))
    return len(Rule.objects.bulk_create(rules, batch_size=2000))


# --- People -----------------------------------------------------------------------------------


def make_workers(units: dict[str, Unit]) -> int:
    demo_rota.make_hours()
    homes = list(spread())
    random = Random(12345)
    password = make_password(PASSWORD)
    users = [
        User(
            username=f"w{n:05d}",
            name=random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2)))),
            role=Role.COMMUNITY_WORKER,
            password=password,
            unit=units[f"{street}-street"],
        )
        for n, (_community, street, _county, _home) in enumerate(homes, start=1)
    ]
    User.objects.bulk_create(users, batch_size=2000)
    shifts = cycle(SHIFTS)
    Worker.objects.bulk_create(
        (
            Worker(
                user=user,
                unit=user.unit,
                division_id=community,
                county_id=county,
                shift_id=next(shifts),
                skills=[skill for skill in SKILLS if random.random() < 1 / 3],
                home=home,
                point=home,
            )
            for user, (community, _street, county, home) in zip(users, homes, strict=True)
        ),
        batch_size=2000,
    )
    demo_rota.make_rota()
    return len(users)


def spread() -> Iterator[tuple[str, str, str, Point]]:
    """`(community, street, county, home point)` of every worker, as even as whole people allow.

    ST_GeneratePoints with the row's number as seed gives the same points every time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH cells AS (
                SELECT d.code, d.street_id, d.county_id, b.geom,
                       row_number() OVER (ORDER BY d.code) AS n,
                       count(*) OVER () AS cells
                FROM districts_division d
                JOIN districts_boundary b ON b.division_id = d.code
                    AND b.is_leaf AND b.valid_to IS NULL
                WHERE d.city_id = %(city)s AND d.street_id IS NOT NULL
            ), shares AS (
                SELECT *, (%(workers)s * n / cells - %(workers)s * (n - 1) / cells)::int AS share
                FROM cells
            )
            SELECT code, street_id, county_id, ST_X(p.geom), ST_Y(p.geom)
            FROM shares, ST_Dump(ST_GeneratePoints(geom, share, n::int)) AS p
            WHERE share > 0 ORDER BY code, p.path
            """,
            {"city": CITY, "workers": WORKERS},
        )
        for code, street, county, x, y in cursor.fetchall():
            yield code, street, county, Point(x, y, srid=4326)


def make_accounts(units: dict[str, Unit]) -> int:
    """One account a role, a liaison a unit of the city; who is there stays as they are."""
    there = set(User.objects.exclude(role=Role.COMMUNITY_WORKER).values_list("username", flat=True))
    password = make_password(PASSWORD)
    new = [
        user
        for user in (*role_accounts(units, password), *liaisons(units, password))
        if user.username not in there
    ]
    return len(User.objects.bulk_create(new))


def role_accounts(units: dict[str, Unit], password: str) -> Iterator[User]:
    """The administrator is staff in Django's sense and sees no report."""
    street = next(code for code in sorted(units) if code.endswith("-street"))
    for row in rows("demo_accounts.csv"):
        unit = street if row["unit"] == "STREET" else row["unit"]
        yield User(
            username=row["username"],
            name=row["name"],
            role=row["role"],
            password=password,
            unit=units[unit] if unit else None,
            division_id=row["division"] or None,
            is_staff=row["role"] == Role.ADMINISTRATOR,
        )


def liaisons(units: dict[str, Unit], password: str) -> Iterator[User]:
    """Somebody signs and replies in every unit of the city; the user name is the unit's code."""
    for unit in units.values():
        if unit.division.city_id == CITY:
            yield User(
                username=unit.code,
                name=f"{unit.name}联络员",
                role=Role.UNIT_LIAISON,
                password=password,
                unit=unit,
            )


def logins() -> list[tuple[str, str]]:
    """User names and roles of the demo accounts, and how the workers are named."""
    found = [(row["username"], row["name"]) for row in rows("demo_accounts.csv")]
    return [
        *found,
        (f"w00001-w{WORKERS:05d}", "community workers 社区工作者"),
        ("manager02-manager20", "more service managers 项目管家"),
        (f"{CITY[:4]}02-roads, ...", "liaisons, by the code of their unit 各单位联络员"),
    ]
