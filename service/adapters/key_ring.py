"""Keys of tenants as files outside the database, each wrapped by the installation's key.

Why files: a copy of the database opens nothing, and a tenant's key that was destroyed takes every sealed copy of its
recordings with it, in backups too, as long as keys are not in the same backup.
"""

import os
import secrets
import threading
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.adapters.full_disk import full_disk_named
from service.adapters.sealing import HEADER_BYTES, SealBroken, Slot, new_header, read_slots, write_slot

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyRing:
    """Makes, wraps and opens keys; a tenant's newest key wraps what is new."""

    def __init__(self, directory: Path, installation_key: bytes) -> None:
        """`installation_key`: 32 bytes that are not in `directory`."""
        self._directory = directory
        self._cipher = AESGCM(installation_key)
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def new_file(self, tenant_id: str) -> tuple[bytes, bytes]:
        """(key, header) for a new file of this tenant."""
        key = secrets.token_bytes(KEY_BYTES)
        return key, new_header(self._wrap(tenant_id, self.newest(tenant_id), key, 0))

    def file_key(self, path: Path) -> bytes | None:
        """The key of a sealed file, None for a plain one; the directory of the file names its tenant.

        Raises:
            SealBroken: the tenant's key is gone or does not fit.
        """
        with path.open("rb") as file:
            return self.key_in(file.read(HEADER_BYTES), path.parent.name)

    def key_in(self, header: bytes, tenant_id: str) -> bytes | None:
        """The key in the first bytes of a file of this tenant, wherever it lies; otherwise as `file_key`."""
        slots = read_slots(header)
        return self._unwrap(tenant_id, slots) if slots else None

    def is_current(self, path: Path) -> bool:
        """Whether the file is sealed under the tenant's newest key."""
        with path.open("rb") as file:
            return self.is_newest(file.read(HEADER_BYTES), path.parent.name)

    def is_newest(self, header: bytes, tenant_id: str) -> bool:
        """Whether these first bytes of a file of this tenant are sealed under its newest key."""
        slots = read_slots(header)
        return bool(slots) and slots[0].key_id == self.newest(tenant_id)

    def rotate(self, tenant_id: str) -> str:
        """A new key for what is written from now on; its id. Older files are wrapped again one by one (`rewrap`)."""
        with self._lock:
            return self._make(tenant_id)

    def rewrap(self, path: Path) -> None:
        """Wrap the file's key by the tenant's newest one; the file's bytes stay as they are."""
        tenant_id, newest = path.parent.name, self.newest(path.parent.name)
        with path.open("r+b") as file:
            slots = read_slots(file.read(HEADER_BYTES))
            if not slots or slots[0].key_id == newest:
                return
            key = self._unwrap(tenant_id, slots)
            write_slot(file, self._wrap(tenant_id, newest, key, slots[0].generation + 1))
            file.flush()
            os.fsync(file.fileno())

    def forget(self, tenant_id: str, *, but_newest: bool = False) -> int:
        """Destroy a tenant's keys: what they sealed opens nowhere any more. How many went."""
        with self._lock:
            names = self._names(tenant_id)
            gone = names[:-1] if but_newest else names
            for name in gone:
                path = self._directory / tenant_id / name
                with path.open("r+b") as file:
                    file.write(secrets.token_bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
            return len(gone)

    def _wrap(self, tenant_id: str, key_id: str, key: bytes, generation: int) -> Slot:
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = AESGCM(self.tenant_key(tenant_id, key_id)).encrypt(nonce, key, tenant_id.encode())
        return Slot(key_id, generation, nonce + wrapped)

    def _unwrap(self, tenant_id: str, slots: list[Slot]) -> bytes:
        for slot in slots:
            nonce, wrapped = slot.wrapped[:NONCE_BYTES], slot.wrapped[NONCE_BYTES:]
            try:
                return AESGCM(self.tenant_key(tenant_id, slot.key_id)).decrypt(nonce, wrapped, tenant_id.encode())
            except (InvalidTag, FileNotFoundError):
                continue
        raise SealBroken("no key opens this recording: restore the keys it was sealed with")

    def holds(self, tenant_id: str, key_id: str) -> bool:
        """Whether this key of the tenant is still there; one may be destroyed by another process."""
        return (self._directory / tenant_id / key_id).exists()

    def tenant_key(self, tenant_id: str, key_id: str) -> bytes:
        """One key of a tenant.

        Raises:
            FileNotFoundError: it was destroyed, or never was here. SealBroken: the installation's key does not fit.
        """
        sealed = (self._directory / tenant_id / key_id).read_bytes()
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{tenant_id}/{key_id}".encode())
        except InvalidTag as error:
            raise SealBroken("the installation's key does not fit the tenants' keys: restore the right one") from error

    def newest(self, tenant_id: str) -> str:
        """The id of the key that wraps what is new; made when the tenant has none."""
        with self._lock:
            names = self._names(tenant_id)
            with full_disk_named():
                return names[-1] if names else self._make(tenant_id)

    def _names(self, tenant_id: str) -> list[str]:
        directory = self._directory / tenant_id
        return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []

    def _make(self, tenant_id: str) -> str:
        """A new key file, complete before it has its name; names rise in the order of their making."""
        directory = self._directory / tenant_id
        directory.mkdir(exist_ok=True, mode=0o700)
        names = self._names(tenant_id)
        number = int(names[-1].split("-")[0]) + 1 if names else 1
        key_id = f"{number:06d}-{secrets.token_hex(4)}"
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secrets.token_bytes(KEY_BYTES), f"{tenant_id}/{key_id}".encode())
        draft = self._directory / f".{key_id}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(nonce + sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(directory / key_id)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        return key_id
