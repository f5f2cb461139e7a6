"""What a person may see, as one small value.

Two people with equal scopes see the same incidents; the live gateway asks once for all of them.
`incidents.Incident.objects.visible_to(user)` and every other `visible_to` turn it into a filter.
"""

from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.roles import FINDING_PLACES, OF_A_UNIT, SEEING_WRONGDOING, TERRITORIAL, Role
from districts.models import Division, Level


@dataclass(frozen=True, slots=True)
class Scope:
    """At most one of the four says something; none of them means: sees nothing.

    `prefix`: every incident whose division code begins so ("" is the whole province).
    `unit_id`: what this unit leads or helps with. `user_id`: what lies in this worker's hands.
    `urgent_only`: the emergency seat, danger to life or property alone.
    `placeless` goes with `prefix`: also what has no place yet, for those who find it one.
    `wrongdoing` goes with `prefix`: also reports of wrongdoing.
    """

    prefix: str | None = None
    unit_id: int | None = None
    user_id: int | None = None
    urgent_only: bool = False
    placeless: bool = False
    wrongdoing: bool = False

    @classmethod
    def of(cls, user: User | AnonymousUser) -> Self:
        if not isinstance(user, User) or not user.is_active:
            return cls()
        if user.role in TERRITORIAL:
            return cls(
                prefix=code_prefix(user.division),
                placeless=user.role in FINDING_PLACES,
                wrongdoing=user.role in SEEING_WRONGDOING,
            )
        if user.role in OF_A_UNIT:
            return cls(unit_id=user.unit_id)
        if user.role == Role.COMMUNITY_WORKER:
            return cls(user_id=user.pk)
        return cls(urgent_only=user.role == Role.EMERGENCY_SEAT)


def code_prefix(division: Division | None) -> str:
    """The beginning that the codes of all divisions below share; "" for the province or none."""
    if division is None or division.level == Level.PROVINCE:
        return ""
    return division.code[:4] if division.level == Level.CITY else division.code
