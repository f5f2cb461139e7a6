"""Sealing short texts with AES-256-GCM under named keys.

A sealed text is one byte of version (1), 4 bytes that name the key, 12 of nonce, and the
ciphertext with its tag; version and key's name are authenticated with it. A key's name is the
beginning of a SHA-256 of it: it says which key is needed and nothing about it.
"""

import binascii
import hashlib
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, NAME_BYTES, NONCE_BYTES = 32, 4, 12
VERSION = b"\x01"
HEAD = len(VERSION) + NAME_BYTES


class BadKey(ValueError):
    """A text is no key: not base64, or not of 32 bytes."""


class UnknownKey(KeyError):
    """Sealed with a key that is not among those given."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"the key {self.name} is not there"


class BrokenSeal(ValueError):
    """The bytes are not what was sealed."""


def key_from(text: str) -> bytes:
    """32 bytes from their base64, either alphabet, with or without the padding."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        key = urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadKey("it is not base64") from error
    if len(key) != KEY_BYTES or not re.fullmatch(r"[A-Za-z0-9_-]+", plain):
        raise BadKey(f"it must be {KEY_BYTES} bytes in base64")
    return key


def name_of(key: bytes) -> str:
    return hashlib.sha256(b"hotline vault key\0" + key).hexdigest()[: 2 * NAME_BYTES]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The first key seals, every one opens."""

    ciphers: Mapping[str, AESGCM]

    @classmethod
    def of(cls, *keys: bytes) -> Self:
        return cls({name_of(key): AESGCM(key) for key in keys})

    @property
    def first(self) -> str:
        return next(iter(self.ciphers))

    def __contains__(self, name: str) -> bool:
        return name in self.ciphers

    def __iter__(self) -> Iterator[str]:
        return iter(self.ciphers)

    def seal(self, text: str) -> bytes:
        return self.seal_bytes(text.encode())

    def seal_bytes(self, content: bytes) -> bytes:
        head, nonce = VERSION + bytes.fromhex(self.first), os.urandom(NONCE_BYTES)
        return head + nonce + self.ciphers[self.first].encrypt(nonce, content, head)

    def open(self, sealed: bytes) -> str:
        """Raises UnknownKey, or BrokenSeal where the bytes were changed."""
        return self.open_bytes(sealed).decode()

    def open_bytes(self, sealed: bytes) -> bytes:
        """The same for what is no text."""
        head, nonce, kept = sealed[:HEAD], sealed[HEAD:][:NONCE_BYTES], sealed[HEAD + NONCE_BYTES :]
        if head[:1] != VERSION or len(nonce) < NONCE_BYTES:
            raise BrokenSeal("these bytes were not sealed here")
        name = head[1:].hex()
        if name not in self.ciphers:
            raise UnknownKey(name)
        try:
            return self.ciphers[name].decrypt(nonce, kept, head)
        except InvalidTag as error:
            raise BrokenSeal("the sealed bytes were changed") from error
