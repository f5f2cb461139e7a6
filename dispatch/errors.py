"""What can go wrong here.

DispatchError
|-- NotYours        the order belongs to another worker
|-- OrderGone       the order was withdrawn, or went to the next worker in the meantime
|-- NotFree         the worker is off shift or full
|-- OffShift        positions are taken on shift only
|-- CatalogueRefused   a draft of the catalogue that cannot be; .field, .faults
`-- RotaRefused     hours, leave or extra duty that cannot be; .field
"""

from collections.abc import Sequence


class DispatchError(Exception):
    """Root of this package's errors; its text is for the person at the screen."""


class NotYours(DispatchError):
    """The order belongs to another worker."""


class OrderGone(DispatchError):
    """The order does not stand where this step needs it."""


class NotFree(DispatchError):
    """The worker is off shift or full."""


class OffShift(DispatchError):
    """Positions are taken on shift only."""


class CatalogueRefused(DispatchError):
    """`field` of the form it is about; `faults`: sentences, each with its line of the file."""

    def __init__(self, field: str, message: str, faults: Sequence[str] = ()) -> None:
        self.field, self.message, self.faults = field, message, list(faults)
        super().__init__(message)


class RotaRefused(DispatchError):
    """`field` of the form it is about."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
