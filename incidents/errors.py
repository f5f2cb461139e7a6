"""What can go wrong here.

IncidentError
|-- Refused(field, message)     the input cannot be taken; names its field
|   |-- Unprocessable           422: understood, but against a rule (outside the province)
|   |-- TooLarge                413
|   |-- WrongMedia              415: not a photo or video we can read
|   `-- NoRoom                  503: the disk is full, nothing was stored; try again
|-- KeyReused                   409: the idempotency key came with another body
|-- NotAllowedNow               409: the table of transitions forbids it
|   `-- GuardRefused(guard)     the way exists, but one of its guards does not hold
|-- NotForRole                  403: the step is for other roles
`-- SealedAway                  503: an identity cannot be opened with the keys that are there
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class IncidentError(Exception):
    """Root of this package's errors."""


class Refused(IncidentError):
    """The input cannot be taken. `field` is the name the sender used."""

    status = 400
    retry_after_s = 0

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Unprocessable(Refused):
    status = 422


class TooLarge(Refused):
    status = 413


class WrongMedia(Refused):
    status = 415


class NoRoom(Refused):
    """Nothing was stored. The sender keeps it and tries again."""

    status = 503
    retry_after_s = 30

    def __init__(self, field: str) -> None:
        super().__init__(field, _("It cannot be stored at the moment. Please try again soon."))


class KeyReused(IncidentError):
    """The same idempotency key arrived with another body."""


class NotAllowedNow(IncidentError):
    """The incident stands where this step is not allowed."""


class GuardRefused(NotAllowedNow):
    """The step is in the table, but one of its guards does not hold."""

    def __init__(self, guard: str, message: str) -> None:
        super().__init__(message)
        self.guard = guard


class NotForRole(IncidentError):
    """The table gives this step to other roles."""


class SealedAway(IncidentError):
    """An identity is sealed with a key we do not have, or its bytes were changed."""
