"""What can go wrong here.

DispatchError
|-- NotYours        the order belongs to another worker
|-- OrderGone       the order was withdrawn, or went to the next worker in the meantime
|-- NotFree         the worker is off shift or full
`-- OffShift        positions are taken on shift only
"""


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
