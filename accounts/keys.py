"""The keys of the vault, as the settings give them."""

from functools import lru_cache

from django.conf import settings

from accounts.sealing import Keyring, key_from


def keyring() -> Keyring:
    return _keyring(tuple(settings.VAULT_KEYS))


@lru_cache
def _keyring(keys: tuple[str, ...]) -> Keyring:
    return Keyring.of(*map(key_from, keys))
