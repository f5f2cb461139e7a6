"""What can go wrong with a place. Pure: no Django.

DistrictsError
├── MalformedPosition   not a longitude, a latitude and a datum; .errors says it field by field
├── MalformedBox        not a usable bounding box; .reason says why
├── OutsideProvince     a good position that no division covers
├── LoadRefused         boundaries that would break the rule of one leaf per point; .defects
├── FileRefused         a file of outlines that cannot be read; .reason, .column
└── ImportRefused       outlines that cannot take effect; .field, .message
"""

from collections.abc import Mapping, Sequence


class DistrictsError(Exception):
    """The root: catch it to answer for any trouble with a place."""


class MalformedPosition(DistrictsError):
    """`errors` maps the field (lon, lat, datum) to its messages, ready to be shown."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(text for texts in self.errors.values() for text in texts))


class MalformedBox(DistrictsError):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OutsideProvince(DistrictsError):
    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        super().__init__(f"{lon:.6f}, {lat:.6f} lies in no division")


class LoadRefused(DistrictsError):
    def __init__(self, defects: Sequence[str]) -> None:
        self.defects = list(defects)
        super().__init__("\n".join(self.defects))


class FileRefused(DistrictsError):
    """`reason`: a word of `opening.Reason`; `column`: the one that was named and is not there."""

    def __init__(self, reason: str, column: str = "") -> None:
        self.reason, self.column = reason, column
        super().__init__(f"{reason} {column}".strip())


class ImportRefused(DistrictsError):
    """`message` is ready to be shown, `field` is what of the form it is about."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(message)
