"""The form of a key: ``ct_``, thirty random characters, and a checksum of these in six more.

Prefix and checksum let programs that look for leaked secrets recognise a key, and a mistyped one is refused without a
look at the stored keys.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

from copytaster.model.access import KeyId

PREFIX = "ct_"

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

RANDOM = 30
"""Random characters: 178 bits. No slow hash is needed for what cannot be guessed."""

CHECKSUM = 6
"""Characters of the checksum: 62 ** 6 is more than 2 ** 32."""

KEY = re.compile(f"{PREFIX}([0-9A-Za-z]{{{RANDOM}}})([0-9A-Za-z]{{{CHECKSUM}}})")


def new_key() -> str:
    """Return a new key."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return PREFIX + random + _checksum(random)


def is_well_formed(key: str) -> bool:
    """Return whether a text has the form of a key, with the right checksum."""
    match = KEY.fullmatch(key)
    return match is not None and _checksum(match[1]) == match[2]


def hash_of(secret: str) -> str:
    """Return the hash by which a key, or the token of a session, is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def id_of(sha256: str) -> KeyId:
    """Return the public id of the key with this hash: 48 bits, so that two keys do not meet."""
    return KeyId(f"k{sha256[:12]}")


def _checksum(random: str) -> str:
    number, digits = zlib.crc32(random.encode()), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
