"""Sealing everything anew with the first key, a batch a transaction; safe to stop and to repeat."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.apps import apps
from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.utils.translation import gettext as _

from accounts.keys import keyring
from incidents.errors import SealedAway
from incidents.mail_intake import head_of, seal_head
from incidents.merged_lines.keeping import key_of, seal_key
from incidents.models import CaseFile, Complainant, Letter
from incidents.vault import opened, seal

M = TypeVar("M", bound=Model)
BATCH = 500
# Rows that hold a sealed text and no more; by name: enterprises lie above this package.
SEALED_TEXTS = ("incidents.FaultyRow", "enterprises.Document")


def keys_in_use() -> Counter[str]:
    """How many identities, letters, files and rows are sealed with which key, by its name."""
    found: Counter[str] = Counter()
    models: tuple[type[Model], ...] = (Complainant, Letter, CaseFile)
    for model in (*models, *map(apps.get_model, SEALED_TEXTS)):
        used = model._default_manager.exclude(key_id="").order_by("key_id").values_list("key_id")
        found.update(dict(used.annotate(Count("pk"))))
    return found


def refuse_missing_keys() -> None:
    """Before anything is changed: every key in use must be there. Raises SealedAway."""
    missing = {name: count for name, count in keys_in_use().items() if name not in keyring()}
    if missing:
        told = ", ".join(f"{name} ({count})" for name, count in missing.items())
        raise SealedAway(
            _("HOTLINE_VAULT_KEYS lacks keys that identities are sealed with: %(keys)s.")
            % {"keys": told}
        )


def rotate(*, again: bool = False) -> Iterator[int]:
    """Seal anew, yielding how many each batch held. `again`: also what has the first key already,

    which is what a new index key needs. Raises SealedAway; what was sealed before that stays so.
    """
    refuse_missing_keys()
    yield from batches(Complainant.objects.exclude(key_id=""), reseal, again=again)
    # Files keep their own keys: the rows alone are sealed anew.
    yield from batches(Letter.objects.exclude(key_id=""), reseal_letters, again=again)
    yield from batches(CaseFile.objects.exclude(key_id=""), reseal_files, again=again)
    for name in SEALED_TEXTS:
        rows = apps.get_model(name)._default_manager.exclude(key_id="")
        yield from batches(rows, reseal_texts, again=again)


def batches(
    waiting: QuerySet[M], reseal_batch: Callable[[QuerySet[M]], list[M]], *, again: bool
) -> Iterator[int]:
    if not again:
        waiting = waiting.exclude(key_id=keyring().first)
    last = 0
    while batch := reseal_batch(waiting.filter(pk__gt=last)):
        last = batch[-1].pk
        yield len(batch)


@transaction.atomic
def reseal_letters(waiting: QuerySet[Letter]) -> list[Letter]:
    batch = list(waiting.select_for_update().order_by("pk")[:BATCH])
    for letter in batch:
        seal_head(letter, head_of(letter))
    Letter.objects.bulk_update(batch, ["sealed", "key_id", "sender_index"])
    return batch


@transaction.atomic
def reseal_files(waiting: QuerySet[CaseFile]) -> list[CaseFile]:
    batch = list(waiting.select_for_update().order_by("pk")[:BATCH])
    for file in batch:
        seal_key(file, key_of(file))
    CaseFile.objects.bulk_update(batch, ["sealed", "key_id"])
    return batch


@transaction.atomic
def reseal_texts(waiting: QuerySet[Any]) -> list[Any]:
    batch, ring = list(waiting.select_for_update().order_by("pk")[:BATCH]), keyring()
    for row in batch:
        row.sealed, row.key_id = ring.seal(ring.open(bytes(row.sealed))), ring.first
    waiting.model._default_manager.bulk_update(batch, ["sealed", "key_id"])
    return batch


@transaction.atomic
def reseal(waiting: QuerySet[Complainant]) -> list[Complainant]:
    """The next batch, locked, opened and sealed again; one that does not open undoes its batch."""
    batch = list(waiting.select_for_update().order_by("pk")[:BATCH])
    for complainant in batch:
        seal(complainant, opened(complainant))
    Complainant.objects.bulk_update(
        batch, ["sealed", "key_id", "phone_index", "masked_name", "masked_phone"]
    )
    return batch
