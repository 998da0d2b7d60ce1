"""Secrets of others, encrypted before they reach the database.

Invariant: the key lives outside the database; without it a stolen database signs nothing.
"""

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.domain.errors import Permanent


class SecretBox:
    """Encrypts with the first key and opens with any, so that keys can be rotated."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: Fernet keys (32 bytes, url-safe base64), the newest first."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, texts: Sequence[str]) -> bytes:
        """The texts as one encrypted, authenticated token."""
        return self._fernet.encrypt(json.dumps(list(texts)).encode())

    def open(self, token: bytes) -> tuple[str, ...]:
        """The texts again. Permanent(code='secret_unreadable') when no key fits."""
        try:
            return tuple(json.loads(self._fernet.decrypt(token)))
        except InvalidToken as exc:
            raise Permanent(
                "a stored webhook secret does not open with the configured key; restore the key it was sealed with",
                code="secret_unreadable",
            ) from exc
