"""Reports to send: real places of the demo city, photos whose bytes nobody else has."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image

CATEGORIES = (
    "exposed-garbage", "dirty-road", "street-vending", "lift", "leak", "low-pressure", "pothole",
    "street-light", "manhole-cover", "guard-rail", "illegal-parking", "lawn",
)  # fmt: skip
KINDS = ("help", "complaint", "complaint", "suggestion")
PLACES = """
    SELECT ST_X(b.point), ST_Y(b.point)
    FROM districts_boundary b JOIN districts_division d ON d.code = b.division_id
    WHERE b.is_leaf AND b.valid_to IS NULL AND d.city_id = '210100'
    ORDER BY d.code
"""


@dataclass(frozen=True)
class Draft:
    """One report as its client keeps it: the same bytes and the same key in every try."""

    key: str
    fields: dict[str, Any]
    photos: tuple[bytes, ...]
    content_type: str
    body: bytes = field(repr=False)
    impatient: bool = False

    @property
    def checksums(self) -> tuple[str, ...]:
        return tuple(sorted(sha256(photo).hexdigest() for photo in self.photos))


def base_photo() -> bytes:
    file = BytesIO()
    Image.effect_noise((96, 72), 60).convert("RGB").save(file, "JPEG", quality=60)
    return file.getvalue()


def unique_photo(base: bytes, mark: str) -> bytes:
    """The base with a comment segment after its first two bytes: the same picture, other bytes."""
    comment = mark.encode()
    return base[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + base[2:]


@dataclass
class Writer:
    """Writes drafts; `prefix` begins the text of each and is how the checks find them again."""

    prefix: str
    places: list[tuple[float, float]]
    random: Random
    photo: bytes = field(default_factory=base_photo)
    impatience: float = 0.0
    written: int = 0

    def draft(self) -> Draft:
        self.written += 1
        choose = self.random
        key = f"{self.prefix}-{self.written:06d}-{secrets.token_hex(4)}"
        fields: dict[str, Any] = {
            "text": f"{key} 请尽快处理",
            "kind": "wrongdoing" if choose.random() < 0.02 else choose.choice(KINDS),
            "category": choose.choice(CATEGORIES),
            "address": f"第{self.written}号",
        }
        if choose.random() > 0.02:  # else: no place, and a person must find it
            longitude, latitude = choose.choice(self.places)
            fields |= {"longitude": longitude, "latitude": latitude, "accuracy_m": 12.5}
        if choose.random() < 0.3:
            fields["contact_phone"] = f"138{self.written:08d}"
        photos = tuple(
            unique_photo(self.photo, f"{key} {n}") for n in range(choose.choice((0, 0, 1, 1, 2)))
        )
        content_type, body = multipart(fields, photos) if photos else as_json(fields)
        return Draft(key, fields, photos, content_type, body, choose.random() < self.impatience)


def as_json(fields: dict[str, Any]) -> tuple[str, bytes]:
    return "application/json", json.dumps(fields).encode()


def multipart(fields: dict[str, Any], photos: tuple[bytes, ...]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for n, photo in enumerate(photos):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{n}.jpg"'
        parts.append(f"{head}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + photo + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(
        [*parts, f"--{boundary}--\r\n".encode()]
    )
