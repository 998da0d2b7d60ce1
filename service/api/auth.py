"""Who is calling: the key from the Authorization header, the tenant from the key, the scope from the route.

Invariant: a missing, malformed, unknown, expired or revoked key gets one and the same answer.
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from service.api.slowdown import Slowdown
from service.domain.access import ApiKey, Principal, admits, parse_key
from service.domain.errors import Forbidden, Unauthenticated
from service.usecases.services import Services

KEY_CACHE_S = 5.0


@dataclass(slots=True)
class Gatekeeper:
    """Checks keys; remembers a found key for five seconds, and slows down whoever guesses."""

    services: Services
    slowdown: Slowdown = field(default_factory=Slowdown)
    _keys: dict[str, tuple[float, ApiKey | None]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def cached(self, authorization: str) -> bool:
        """Whether `admit` will answer without touching the database."""
        found = _presented(authorization)
        return found is None or self._fresh(found[0]) is not None

    def admit(self, authorization: str, scope: str, *, client: str) -> Principal:
        """The caller, when the key is valid and holds `scope`.

        Raises:
            Unauthenticated: no valid key. Forbidden: no such scope. TooManyRequests: too many failures from `client`.
        """
        found = _presented(authorization)
        key = self._find(found[0]) if found else None
        if found is None or key is None or not admits(key, found[1], self.services.clock.now()):
            self.slowdown.count_failure(client)
            raise Unauthenticated("send a valid key as: Authorization: Bearer <key>")
        principal = Principal(key.tenant_id, key.id, key.scopes)
        if not principal.may(scope):
            raise Forbidden(f"this key lacks the scope {scope}", code="scope_missing")
        return principal

    def _fresh(self, key_id: str) -> tuple[float, ApiKey | None] | None:
        entry = self._keys.get(key_id)
        return entry if entry is not None and time.monotonic() - entry[0] < KEY_CACHE_S else None

    def _find(self, key_id: str) -> ApiKey | None:
        entry = self._fresh(key_id)
        if entry is not None:
            return entry[1]
        with self.services.uow(write=False) as tx:
            key = tx.api_keys.find(key_id)
        with self._lock:
            if len(self._keys) > 10_000:
                self._keys.clear()
            self._keys[key_id] = (time.monotonic(), key)
        return key


def _presented(authorization: str) -> tuple[str, str] | None:
    """Id and hash of the key in the header; the scheme's name has no case (RFC 9110, 11.1)."""
    scheme, _, key = authorization.partition(" ")
    return parse_key(key.strip()) if scheme.lower() == "bearer" else None


def principal_of(request: Request) -> Principal:
    """The caller that the route admitted."""
    principal = request.scope["fieldcue.principal"]
    if not isinstance(principal, Principal):
        raise Unauthenticated("send a valid key as: Authorization: Bearer <key>")
    return principal


def services_of(request: Request) -> Services:
    """The services this application was built with."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application was built without services")
    return services


Caller = Annotated[Principal, Depends(principal_of)]
Wired = Annotated[Services, Depends(services_of)]
