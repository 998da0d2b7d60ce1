"""Run a creating request once per Idempotency-Key: the answer is stored in the same transaction as its effect.

Source: draft-ietf-httpapi-idempotency-key-header-07; a failed request stores nothing and may be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.errors import Conflict, Invalid
from service.domain.ports import UnitOfWork
from service.domain.records import IdempotentAnswer
from service.usecases.services import Services

Answer = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class OnceKey:
    """What names one request: tenant, route, the caller's key, and a digest of what was asked."""

    tenant_id: str
    route: str
    key: str
    fingerprint: str


def answer_once(
    services: Services, once: OnceKey | None, action: Callable[[UnitOfWork], Answer]
) -> tuple[Answer, bool]:
    """The status and body of `action`, and whether they were replayed from an earlier request.

    Raises:
        Invalid: the key was used with another body (`idempotency_key_reused`).
        Conflict: the first request with this key is still running (`idempotency_in_flight`).
    """
    with services.uow() as tx:
        if once is None:
            return action(tx), False
        reserved = IdempotentAnswer(
            once.tenant_id, once.route, once.key, once.fingerprint, 0, b"", services.clock.now()
        )
        prior = tx.idempotency.begin(reserved)
        if prior is not None:
            return _replayed(prior, once.fingerprint), True
        status, body = action(tx)
        tx.idempotency.complete(once.tenant_id, once.route, once.key, status=status, body=body)
        return (status, body), False


def _replayed(prior: IdempotentAnswer, fingerprint: str) -> Answer:
    if prior.fingerprint != fingerprint:
        raise Invalid("this Idempotency-Key was used for another request", code="idempotency_key_reused")
    if prior.status == 0:
        raise Conflict("the first request with this key is still running", code="idempotency_in_flight")
    return prior.status, prior.body
