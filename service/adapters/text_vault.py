"""Texts closed under the tenants' keys: AES-256-GCM, a nonce of its own for every text, bound to its place.

A token is `fcs1:<key id>:<base64>`. The key is derived from the tenant's, so that no key serves two purposes;
destroying the tenant's key closes every copy of its texts for good, as it does with recordings.
"""

import base64
import hmac
import secrets
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.adapters.key_ring import KeyRing
from service.adapters.sealing import SealBroken
from service.domain.privacy.text_seal import MARK

NONCE_BYTES = 12


class TextVault:
    """The TextSeal port over a ring of keys."""

    def __init__(self, ring: KeyRing, *, seal: bool = True) -> None:
        """`seal` off: what is new stays plain, and what was closed still opens."""
        self._ring = ring
        self._seals = seal
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def newest(self, tenant_id: str) -> str:
        """The id of the key that closes what is new."""
        return self._ring.newest(tenant_id) if self._seals else ""

    def close(self, tenant_id: str, key_id: str, plain: bytes, place: str) -> str:
        """The token: compressed first, since texts of talks shrink to a third."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = self._cipher(tenant_id, key_id).encrypt(nonce, zlib.compress(plain), _bound(tenant_id, place))
        return f"{MARK}{key_id}:{base64.b64encode(nonce + closed).decode()}"

    def open(self, tenant_id: str, token: str, place: str) -> bytes:
        """The plain bytes.

        Raises:
            SealBroken: changed, moved, or closed by a key that is gone.
        """
        try:
            mark, key_id, text = token.split(":")
            raw = base64.b64decode(text, validate=True)
            if f"{mark}:" != MARK:
                raise ValueError("another kind of token")
            plain = self._cipher(tenant_id, key_id).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:],
                                                           _bound(tenant_id, place))  # fmt: skip
            return zlib.decompress(plain)
        except FileNotFoundError as error:
            raise SealBroken("the key of a stored text is gone: restore the keys it was sealed with") from error
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a stored text was changed or moved since it was sealed") from error

    def _cipher(self, tenant_id: str, key_id: str) -> AESGCM:
        found = self._ciphers.get((tenant_id, key_id))
        if found is not None and self._ring.holds(tenant_id, key_id):
            return found
        key = hmac.digest(self._ring.tenant_key(tenant_id, key_id), b"fieldcue texts", "sha256")
        made = self._ciphers[tenant_id, key_id] = AESGCM(key)
        return made


def _bound(tenant_id: str, place: str) -> bytes:
    return f"{tenant_id}\0{place}".encode()
