"""Kinds of sealed files beside the originals: `FOLDER/ab/UID`, a row for each; for `check_media`.

A package above this one adds its kind when it is loaded (`register`): what lies in the storage is
checked whole, whoever put it there.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from incidents.models import CaseFile, Letter


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """`folder`: where they lie; `rows`: their model, by `uid`; `lasting`: which must have bytes."""

    folder: str
    rows: type[Model]
    lasting: Q

    def all_rows(self) -> "QuerySet[Any]":
        return self.rows._default_manager.order_by("pk")

    def uids(self) -> set[UUID]:
        return set(self.all_rows().values_list("uid", flat=True))

    def lasting_uids(self) -> "QuerySet[Any]":
        return self.all_rows().filter(self.lasting).values_list("uid", flat=True)

    def has(self, uid: UUID) -> bool:
        return self.all_rows().filter(uid=uid).exists()

    def name_of(self, uid: UUID) -> str:
        return f"{self.folder}/{uid.hex[:2]}/{uid}"


KINDS: dict[str, SealedFiles] = {}


def register(kind: SealedFiles) -> None:
    KINDS[kind.folder] = kind


UNLESS_DELETED = Q(sealed__isnull=False)
register(SealedFiles("letter", Letter, UNLESS_DELETED))
register(SealedFiles("lines", CaseFile, UNLESS_DELETED))
