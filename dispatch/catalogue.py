"""Who is responsible: the most telling rule of the catalogue for a category at a place."""

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
