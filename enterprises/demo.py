"""The demo's firms: 300 invented ones in Shenyang, 20 service managers, some policies.

Made once, after the demo's people; the places are real, everything else is invented. The accounts
`firm` and `manager` belong together: the one speaks for a firm that the other looks after.
"""

from random import Random

from django.contrib.auth.hashers import make_password
from django.contrib.gis.geos import Point
from django.db import connection, transaction

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch.demo import CITY, GIVEN, PASSWORD, SURNAMES
from districts.models import Division, Level
from enterprises import assigning, pushing
from enterprises.credit_code import check_letter
from enterprises.models import (
    Adviser,
    Firm,
    Offer,
    Policy,
    Representative,
    Sector,
    ServiceManager,
    Size,
    Speciality,
)
from incidents.reference import rows

FIRMS, MANAGERS = 300, 20
# In this district `manager` looks after the firm that `firm` speaks for.
HOME = "210102"
WORDS = "盛恒瑞鑫宏泰源诚信达通顺联创新远航德丰华兴安康嘉美佳和润泽腾飞科锐天成"
# What such firms call their trade, by section; the others of GB/T 4754 are rare in a city.
TRADES = {
    Sector.C: "机械制造", Sector.E: "建筑工程", Sector.F: "商贸", Sector.G: "物流",
    Sector.H: "餐饮管理", Sector.I: "软件科技", Sector.J: "融资担保", Sector.L: "商务服务",
    Sector.M: "检测技术", Sector.O: "家政服务", Sector.R: "文化传媒",
}  # fmt: skip
SIZES = (Size.MICRO,) * 10 + (Size.SMALL,) * 6 + (Size.MEDIUM,) * 3 + (Size.LARGE,)
# As even over the districts as whole firms allow; the row's number is the seed.
PLACES = """
WITH counties AS (
    SELECT d.code, b.geom, row_number() OVER (ORDER BY d.code) AS n, count(*) OVER () AS all_of_them
    FROM districts_division d
    JOIN districts_boundary b ON b.division_id = d.code AND b.valid_to IS NULL
    WHERE d.city_id = %(city)s AND d.level = %(county)s
), shares AS (
    SELECT *, (%(firms)s * n / all_of_them - %(firms)s * (n - 1) / all_of_them)::int AS share
    FROM counties
), points AS (
    SELECT code, p.geom, p.path FROM shares, ST_Dump(ST_GeneratePoints(geom, share, n::int)) AS p
)
SELECT code, hotline_locate(geom), ST_X(geom), ST_Y(geom) FROM points
WHERE hotline_locate(geom) IS NOT NULL ORDER BY code, path
"""


@transaction.atomic
def load() -> str:
    """Make them if there are none; returns a line that says what was done."""
    if Firm.objects.exists() or ServiceManager.objects.exists():
        return "the firms are there"
    firms = len(make_firms())
    managers = make_managers()
    policies, offers = make_policies(), make_offers()
    done = assigning.assign()
    make_advisers()
    pushing.push_due()
    speak_for()
    return (
        f"{firms} firms, {managers} managers, {done.without} firms without, "
        f"{policies} policies, {offers} offers"
    )


def make_firms() -> list[Firm]:
    random = Random(15)
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"city": CITY, "county": Level.COUNTY.value, "firms": FIRMS})
        places = cursor.fetchall()
    return Firm.objects.bulk_create(
        firm_at(n, random, *place) for n, place in enumerate(places, start=1)
    )


def firm_at(n: int, random: Random, county: str, division: str, x: float, y: float) -> Firm:
    """`MA` is how the codes of newer firms go on; the number after it makes it nobody's."""
    body = f"91{county}MADEMQ{n:03d}"
    trade = random.choice(list(TRADES))
    word = "".join(random.sample(WORDS, 2))
    return Firm(
        code=body + check_letter(body),
        name=f"沈阳{word}{TRADES[trade]}有限公司（演示）",
        sector=trade,
        size=random.choice(SIZES),
        division_id=division,
        point=Point(x, y, srid=4326),
    )


def make_managers() -> int:
    """`manager` in Heping, and nineteen more: one or two a district, two for the whole city."""
    counties = list(
        Division.objects.filter(city=CITY, level=Level.COUNTY).values_list("code", flat=True)
    )
    first = User.objects.filter(username="manager").first()
    territories = [HOME, *counties, CITY, CITY, *counties][:MANAGERS]
    people = [first] if first else []
    people += make_people(MANAGERS - len(people))
    made = ServiceManager.objects.bulk_create(
        ServiceManager(user=user, territory_id=territory, capacity=40)
        for user, territory in zip(people, territories, strict=True)
    )
    return len(made)


def make_people(number: int) -> list[User]:
    random, password = Random(20), make_password(PASSWORD)
    unit = Unit.objects.filter(code=f"{CITY}-hotline").first()
    return User.objects.bulk_create(
        User(
            username=f"manager{n:02d}",
            name=f"项目管家 {random.choice(SURNAMES)}{random.choice(GIVEN)}",
            role=Role.SERVICE_MANAGER,
            password=password,
            unit=unit,
            division_id=CITY,
        )
        for n in range(2, number + 2)
    )


def make_policies() -> int:
    units = {unit.code: unit for unit in Unit.objects.all()}
    for row in rows("demo_policies.csv"):
        policy = Policy.objects.create(
            title_zh=row["title_zh"],
            title_en=row["title_en"],
            text_zh=row["text_zh"],
            text_en=row["text_en"],
            unit=units[row["unit"]],
            sectors=words(row["sectors"]),
            sizes=words(row["sizes"]),
        )
        policy.divisions.set(Division.objects.filter(code__in=words(row["divisions"])))
    return Policy.objects.count()


def make_offers() -> int:
    lists = ("sectors", "sizes", "collaterals")
    for row in rows("demo_offers.csv"):
        places = words(row.pop("divisions"))
        offer = Offer.objects.create(**row | {name: words(row[name]) for name in lists})
        offer.divisions.set(Division.objects.filter(code__in=places))
    return Offer.objects.count()


def make_advisers() -> None:
    """The first managers of the city are its lawyers too, so that `manager` sees both desks."""
    first = ServiceManager.objects.select_related("user").order_by("pk")[:3]
    for n, each in enumerate(first, start=1):
        Adviser.objects.create(
            user=each.user,
            bar_number=f"演示{n:05d}",
            specialities=Speciality.values,
            territory_id=HOME if n == 1 else CITY,
        )


def words(listed: str) -> list[str]:
    return [word for word in listed.split(";") if word]


def speak_for() -> None:
    """The account `firm` speaks for the first firm of `manager`."""
    user = User.objects.filter(username="firm").first()
    firm = Firm.objects.filter(manager__user__username="manager").order_by("pk").first()
    if user and firm and firm.manager and not user.represents.exists():
        Representative.objects.create(
            user=user,
            firm=firm,
            note="演示",
            state=Representative.State.APPROVED,
            judged_by=firm.manager.user,
        )
