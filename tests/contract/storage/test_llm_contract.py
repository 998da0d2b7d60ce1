"""What every implementation promises of the ledger of language model calls."""

from datetime import timedelta
from typing import Any

from service.domain.assist.ports import LlmCall
from service.domain.ports import UnitOfWorkFactory
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON

VISIT = an_id("vis")


def a_call(number: int = 1, **changes: Any) -> LlmCall:
    values = {"id": an_id("llm", number), "tenant_id": TENANT, "visit_id": VISIT, "request_hash": "h1", "model": "m",
              "tokens": 100, "at": NOON, "answer": {"sentences": []}}  # fmt: skip
    return LlmCall(**{**values, **changes})


def test_an_answer_is_found_for_the_same_question_about_the_same_visit_of_the_same_tenant(
    uow: UnitOfWorkFactory,
) -> None:
    with uow() as tx:
        tx.llm.add(a_call(1, answer=None))
        assert tx.llm.answer_of(TENANT, VISIT, "h1") is None
        tx.llm.add(a_call(2))
        assert tx.llm.answer_of(TENANT, VISIT, "h1") == {"sentences": []}
        assert tx.llm.answer_of(TENANT, VISIT, "h2") is None
        assert tx.llm.answer_of(TENANT, an_id("vis", 2), "h1") is None
        assert tx.llm.answer_of(OTHER_TENANT, VISIT, "h1") is None


def test_what_was_spent_is_summed_for_a_tenant_from_a_moment_on(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.llm.add(a_call(1, at=NOON - timedelta(days=1)))
        tx.llm.add(a_call(2, answer=None))
        tx.llm.add(a_call(3, tokens=50))
        tx.llm.add(a_call(4, tenant_id=OTHER_TENANT))
        assert tx.llm.spent(TENANT, NOON) == 150
        assert tx.llm.spent(TENANT, NOON + timedelta(seconds=1)) == 0


def test_forgetting_a_visit_erases_its_answers_and_keeps_what_they_cost(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.llm.add(a_call(1))
        tx.llm.add(a_call(2, visit_id=an_id("vis", 2)))
        assert tx.llm.forget(OTHER_TENANT, VISIT) == 0
        assert tx.llm.forget(TENANT, VISIT) == 1
        assert tx.llm.answer_of(TENANT, VISIT, "h1") is None
        assert tx.llm.answer_of(TENANT, an_id("vis", 2), "h1") is not None
        assert tx.llm.spent(TENANT, NOON) == 200
