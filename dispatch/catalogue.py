"""Who is responsible: the most telling rule of the catalogue for a category at a place."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When

from dispatch.models import Rule, Worker
from districts.models import Division
from incidents.models import Incident


def rule_for(incident: Incident) -> Rule | None:
    """The rule with its unit, and `has_workers`: whether the unit has workers of its own.

    Category beats field beats back-stop; then the deeper division; then the older rule.
    """
    if incident.division is None:
        return None
    category = incident.category
    about = Q(category=category) | Q(field_id=category.field_id)
    telling = Case(
        When(category__isnull=False, then=Value(0)),
        When(field__isnull=False, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        Rule.objects.filter(about | Q(category=None, field=None))
        .filter(division__in=codes_above(incident.division))
        .annotate(has_workers=Exists(Worker.objects.filter(unit=OuterRef("unit"))))
        .select_related("unit__division", "division")
        .order_by(telling, "-division__level", "pk")
        .first()
    )


def codes_above(division: Division) -> list[str]:
    """The division and all it lies in, from its own row; a province's code ends in 0000."""
    above = (division.code, division.street_id, division.county_id, division.city_id)
    return [code for code in above if code] + [division.code[:2] + "0000"]


def rules_for(incidents: Collection[Incident]) -> dict[int, Rule]:
    """As `rule_for` for each with a division, by its id, where there is one; one statement."""
    found: dict[int, Rule] = {}
    placed = [each for each in incidents if each.division is not None]
    codes = {code for each in placed for code in codes_above(each.division)}  # type: ignore[arg-type]
    categories = {each.category_id for each in placed}
    fields = {each.category.field_id for each in placed}
    about = Q(category__in=categories) | Q(field__in=fields) | Q(category=None, field=None)
    rules = (
        Rule.objects.filter(about, division__in=codes)
        .annotate(has_workers=Exists(Worker.objects.filter(unit=OuterRef("unit"))))
        .select_related("unit__division", "division")
    )
    by_place: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules if placed else ():
        by_place[rule.division_id].append(rule)
    for each in placed:
        near = [rule for code in codes_above(each.division) for rule in by_place[code]]  # type: ignore[arg-type]
        telling = [(order, rule) for rule in near if (order := tells(rule, each)) is not None]
        if telling:
            found[each.pk] = min(telling, key=lambda pair: pair[0])[1]
    return found


def tells(rule: Rule, incident: Incident) -> tuple[int, int, int] | None:
    """How telling the rule is for the incident, the least first; None where it says nothing."""
    if rule.category_id:
        about = 0 if rule.category_id == incident.category_id else None
    elif rule.field_id:
        about = 1 if rule.field_id == incident.category.field_id else None
    else:
        about = 2
    return None if about is None else (about, -rule.division.level, rule.pk)
