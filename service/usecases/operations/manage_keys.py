"""API keys: create, list, revoke. Invariant: the text of a key leaves this module once and is stored nowhere."""

import re
from collections.abc import Sequence
from typing import Protocol

from service.domain.access import SCOPES, ApiKey, hash_key, render_key
from service.domain.errors import Invalid, NotFound
from service.domain.ports import Clock, Ids, UnitOfWork

SECRET_BYTES = 32
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


class KeyMaking(Protocol):
    """What keys are made with."""

    @property
    def clock(self) -> Clock: ...

    @property
    def ids(self) -> Ids: ...


def create_key(tx: UnitOfWork, services: KeyMaking, *, tenant_id: str, scopes: Sequence[str], label: str) -> str:
    """The text of a new key.

    Raises:
        Invalid: an unknown scope, or none (`scope_unknown`); a tenant no directory can be named after
            (`tenant_invalid`).
    """
    if not _TENANT.fullmatch(tenant_id):
        raise Invalid("a tenant is 1 to 64 letters, digits, - or _, a letter or digit first", code="tenant_invalid")
    wanted = frozenset(scope.strip() for scope in scopes)
    if not wanted or wanted - frozenset(SCOPES):
        raise Invalid(f"scopes are: {', '.join(SCOPES)}", code="scope_unknown")
    key_id = services.ids.new("k").removeprefix("k_")[-20:]
    text = render_key(key_id, services.ids.secret(SECRET_BYTES))
    tx.api_keys.add(ApiKey(key_id, tenant_id, hash_key(text), wanted, services.clock.now(), label))
    return text


def list_keys(tx: UnitOfWork, tenant_id: str) -> list[ApiKey]:
    """All keys of a tenant, ended ones too."""
    return tx.api_keys.page(tenant_id)


def has_keys(tx: UnitOfWork, tenant_id: str) -> bool:
    """Whether anybody can call as this tenant."""
    return bool(tx.api_keys.page(tenant_id))


def revoke_key(tx: UnitOfWork, services: KeyMaking, *, tenant_id: str, key_id: str) -> None:
    """End a key.

    Raises:
        NotFound: the tenant has no live key with this id.
    """
    if not tx.api_keys.revoke(tenant_id, key_id, services.clock.now()):
        raise NotFound("this tenant has no live key with this id", code="key_not_found")
