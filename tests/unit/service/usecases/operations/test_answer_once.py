"""One effect and one answer per Idempotency-Key."""

import pytest

from nlp.taxonomy import Taxonomy
from service.domain.content.bundle import Content
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.operations.answer_once import Answer, OnceKey, answer_once
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")
KEY = OnceKey("ten_a", "POST /v1/visits", "k-1", "digest-1")


class Effects:
    """Counts how often the action ran."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, tx: UnitOfWork) -> Answer:
        self.count += 1
        return 201, f"answer {self.count}".encode()


def test_the_second_request_gets_the_first_answer_and_has_no_effect() -> None:
    services, effects = services_over(content=EMPTY), Effects()
    assert answer_once(services, KEY, effects) == ((201, b"answer 1"), False)
    assert answer_once(services, KEY, effects) == ((201, b"answer 1"), True)
    assert effects.count == 1


def test_without_a_key_every_request_has_its_effect() -> None:
    services, effects = services_over(content=EMPTY), Effects()
    assert [answer_once(services, None, effects)[0] for _ in range(2)] == [(201, b"answer 1"), (201, b"answer 2")]


@pytest.mark.parametrize(
    "other",
    [OnceKey("ten_b", "POST /v1/visits", "k-1", "digest-2"), OnceKey("ten_a", "POST /v1/other", "k-1", "digest-2"),
     OnceKey("ten_a", "POST /v1/visits", "k-2", "digest-2")],
    ids=["tenant", "route", "key"],
)  # fmt: skip
def test_another_tenant_route_or_key_is_another_request(other: OnceKey) -> None:
    services, effects = services_over(content=EMPTY), Effects()
    answer_once(services, KEY, effects)
    assert answer_once(services, other, effects) == ((201, b"answer 2"), False)


def test_the_key_of_another_body_is_refused() -> None:
    services, effects = services_over(content=EMPTY), Effects()
    answer_once(services, KEY, effects)
    with pytest.raises(Invalid) as refusal:
        answer_once(services, OnceKey(KEY.tenant_id, KEY.route, KEY.key, "digest-2"), effects)
    assert (refusal.value.code, effects.count) == ("idempotency_key_reused", 1)


def test_a_failed_request_leaves_the_key_free() -> None:
    services, effects = services_over(content=EMPTY), Effects()

    def fail(tx: UnitOfWork) -> Answer:
        raise NotFound("nothing here")

    with pytest.raises(NotFound):
        answer_once(services, KEY, fail)
    assert answer_once(services, KEY, effects) == ((201, b"answer 1"), False)


def test_while_the_first_request_runs_the_second_is_told_so() -> None:
    services, effects = services_over(content=EMPTY), Effects()
    answer_once(services, KEY, effects)
    with services.uow() as tx:
        tx.idempotency.complete(KEY.tenant_id, KEY.route, KEY.key, status=0, body=b"")
    with pytest.raises(Conflict) as refusal:
        answer_once(services, KEY, effects)
    assert refusal.value.code == "idempotency_in_flight"
