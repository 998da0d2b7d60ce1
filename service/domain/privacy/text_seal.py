"""How what was said is closed before it reaches the database, as a port.

Invariant: a text opens in the place it was closed for and in no other: neither another row's nor another tenant's.
"""

from typing import Protocol

MARK = "fcs1:"
"""How every token begins, and nothing that the service writes itself."""


class TextSeal(Protocol):
    """Closes and opens bytes under keys of tenants that lie outside the database."""

    def newest(self, tenant_id: str) -> str:
        """The id of the key that closes what is new; empty where nothing is to be closed."""
        ...

    def close(self, tenant_id: str, key_id: str, plain: bytes, place: str) -> str:
        """The text as a token of ASCII characters."""
        ...

    def open(self, tenant_id: str, token: str, place: str) -> bytes:
        """The plain bytes.

        Raises:
            Permanent: they were changed or moved, or their key is gone.
        """
        ...


class OpenSeal:
    """Closes nothing: texts are stored as they are."""

    def newest(self, tenant_id: str) -> str:
        """No key."""
        del tenant_id
        return ""

    def close(self, tenant_id: str, key_id: str, plain: bytes, place: str) -> str:
        """Never asked, since there is no key."""
        raise NotImplementedError

    def open(self, tenant_id: str, token: str, place: str) -> bytes:
        """Never asked, as long as nothing was closed by another."""
        raise NotImplementedError
