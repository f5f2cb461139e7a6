"""What can go wrong here.

EnterpriseError
|-- NotImported(faults, total)   a file of firms has faults; nothing of it was stored
`-- NotNow                       the thing stands where this cannot be done any more
"""

from collections.abc import Sequence
from dataclasses import dataclass


class EnterpriseError(Exception):
    """Root of this package's errors."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """`row`: the line's number among the records, the heading not counted; 0 for the heading."""

    row: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.row}: {self.field}: {self.message}"


class NotImported(EnterpriseError):
    """`faults`: the first of `total`."""

    def __init__(self, faults: Sequence[RowFault], total: int) -> None:
        super().__init__(f"{total} faults")
        self.faults = faults
        self.total = total


class NotNow(EnterpriseError):
    """Already decided, or not yet at its end."""
