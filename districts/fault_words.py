"""What is wrong with a file of outlines, in the reader's words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.area_checks import What
from districts.errors import FileRefused
from districts.opening import Reason

Words = str | Promise
FAULTS: Mapping[What, Words] = {
    What.NO_CODE: gettext_lazy("It has no code."),
    What.BAD_CODE: gettext_lazy("The code %(detail)s is not as codes are."),
    What.DUPLICATE: gettext_lazy("The code %(detail)s is in the file more than once."),
    What.OTHER_KIND: gettext_lazy("The code %(detail)s belongs to a jurisdiction of another kind."),
    What.NO_NAME: gettext_lazy("It has no name."),
    What.EMPTY: gettext_lazy("It has no outline."),
    What.NOT_AN_AREA: gettext_lazy("It is no area but a %(detail)s."),
    What.INVALID: gettext_lazy("Its outline is invalid: %(detail)s."),
    What.OUTSIDE: gettext_lazy("%(m2)s m² of it lie outside the province."),
    What.OVERLAP: gettext_lazy("It shares %(m2)s m² with %(detail)s."),
    What.OVERLAP_IN_FORCE: gettext_lazy("It shares %(m2)s m² with %(detail)s, which is in force."),
    What.NO_COMMUNITY: gettext_lazy("There is no community %(detail)s."),
    What.OUTSIDE_COMMUNITY: gettext_lazy("%(m2)s m² of it lie outside its community."),
    What.GAP: gettext_lazy("%(m2)s m² of the whole lie in none of the areas."),
}
REASONS: Mapping[Reason, Words] = {
    Reason.TOO_LARGE: gettext_lazy("The file is too large."),
    Reason.UNKNOWN: gettext_lazy("It is no GeoJSON, no GeoPackage and no zip with a Shapefile."),
    Reason.BROKEN: gettext_lazy("The file is broken."),
    Reason.MANY: gettext_lazy("It has too many areas, or too many points."),
    Reason.NOTHING: gettext_lazy("There is no area in it."),
    Reason.NOT_DEGREES: gettext_lazy(
        "Its coordinates are not in degrees: convert it to longitude and latitude first."
    ),
    Reason.TOO_LONG: gettext_lazy("It takes too long to read."),
}


def sentence(fault: Mapping[str, Any]) -> str:
    """A fault as it is stored."""
    return str(FAULTS[What(fault["what"])]) % {"detail": fault["detail"], "m2": fault["m2"]}


def why_not_read(error: FileRefused) -> str:
    if error.column:
        return _("There is no column %(name)s.") % {"name": error.column}
    return str(REASONS[Reason(error.reason)])
