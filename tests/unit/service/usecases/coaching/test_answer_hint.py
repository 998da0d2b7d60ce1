"""A rep answers a hint: its state moves on, the ranking learns, and what cannot be meant is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.adapters.content.loader import load_content
from service.adapters.preferences import BayesianPreferences
from service.domain.coaching.hint_rows import HintFeedback, HintRow
from service.domain.errors import Conflict, Gone, Invalid, NotFound
from service.settings import ROOT
from service.usecases.coaching.answer_hint import Answer, answer_hint
from service.usecases.coaching.brief_rep import brief_rep
from service.usecases.coaching.hint_learning import HintLearning, samples_of
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.fakes import NOON, FakeClock
from tests.support.service import services_over

CONTENT = load_content(ROOT / "prompts")


@pytest.fixture
def services() -> Services:
    made = services_over(content=CONTENT, hint_learning=HintLearning(BayesianPreferences()))
    coached(made, 1, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1))
    return made


def a_hint(services: Services) -> HintRow:
    with services.uow(write=False) as tx:
        return tx.coaching.hints.find(TENANT)[0]


def answered(services: Services, hint_id: str, verdict: str, **more: Any) -> HintRow:
    with services.uow() as tx:
        return answer_hint(tx, services, tenant_id=TENANT, hint_id=hint_id, answer=Answer(verdict, **more))  # type: ignore[arg-type]


def forward(services: Services, **by: float) -> None:
    assert isinstance(services.clock, FakeClock)
    services.clock.forward(**by)


def test_an_accepted_hint_may_be_done_and_tells_how_it_ended(services: Services) -> None:
    hint = a_hint(services)
    assert answered(services, hint.id, "accepted").status == "accepted"
    done = answered(services, hint.id, "done", outcome="advanced")
    assert (done.status, done.document.outcome) == ("done", "advanced")
    with services.uow(write=False) as tx:
        rows = tx.coaching.feedback.find(TENANT, among={"hint_id": [hint.id]})
    assert {row.verdict for row in rows} == {"accepted", "done"}
    assert all(f"card:{hint.card}" in row.features for row in rows)


def test_a_done_hint_is_settled(services: Services) -> None:
    hint = a_hint(services)
    answered(services, hint.id, "done")
    with pytest.raises(Conflict) as refused:
        answered(services, hint.id, "dismissed", reason="wrong")
    assert (refused.value.code, refused.value.fields["status_now"]) == ("hint_settled", "done")


def test_a_second_thought_is_allowed(services: Services) -> None:
    hint = a_hint(services)
    answered(services, hint.id, "dismissed", reason="not_now")
    assert answered(services, hint.id, "accepted").status == "accepted"


def test_an_expired_hint_takes_only_the_end_of_what_was_accepted(services: Services) -> None:
    kept, lost = (coached_hint(services, number) for number in (2, 3))
    answered(services, kept.id, "accepted")
    forward(services, days=31)
    assert answered(services, kept.id, "done", outcome="unchanged").status == "done"
    with pytest.raises(Gone) as refused:
        answered(services, lost.id, "accepted")
    assert refused.value.code == "hint_expired"


def coached_hint(services: Services, number: int) -> HintRow:
    visit_id = coached(services, number, *PRICE_LEFT_OPEN, at=NOON - timedelta(days=1), account=f"acc-{number}")
    with services.uow(write=False) as tx:
        return tx.coaching.hints.find(TENANT, among={"visit_id": [visit_id]})[0]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer("dismissed"), "reason_missing"),
        (Answer("accepted", reason="wrong"), "reason_unexpected"),
        (Answer("accepted", outcome="advanced"), "outcome_unexpected"),
        (Answer("dismissed", reason="wrong", outcome="advanced"), "outcome_unexpected"),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused_and_changes_nothing(
    services: Services, answer: Answer, code: str
) -> None:
    hint = a_hint(services)
    with pytest.raises(Invalid) as refused, services.uow() as tx:
        answer_hint(tx, services, tenant_id=TENANT, hint_id=hint.id, answer=answer)
    assert refused.value.code == code
    assert a_hint(services) == hint


def test_another_tenants_hint_is_unknown(services: Services) -> None:
    hint = a_hint(services)
    with pytest.raises(NotFound), services.uow() as tx:
        answer_hint(tx, services, tenant_id=OTHER_TENANT, hint_id=hint.id, answer=Answer("accepted"))


def test_feedback_moves_the_next_ranking_and_says_so(services: Services) -> None:
    first = brief_rep(services, CONTENT, tenant_id=TENANT, account_id="acc-1", stage="", now=NOON, rep_id="rep-1")
    best = first.hints[0]
    assert best.choice.endswith("还没有反馈")
    for number in range(10, 30):
        hint = coached_hint(services, number)
        if hint.card == best.card:
            answered(services, hint.id, "dismissed", reason="not_useful")
    again = brief_rep(services, CONTENT, tenant_id=TENANT, account_id="acc-1", stage="", now=NOON, rep_id="rep-1")
    moved = next((hint for hint in again.hints if hint.card == best.card), None)
    assert moved is None or moved.priority < best.priority
    if moved is not None:
        assert "反馈" in moved.choice
        assert moved.ranking[-1].name == "learned"


def test_what_was_learned_is_another_tenants_business(services: Services) -> None:
    answered(services, a_hint(services).id, "dismissed", reason="wrong")
    with services.uow(write=False) as tx:
        mine = services.hint_learning.preference(tx, TENANT, CONTENT, NOON)
        theirs = services.hint_learning.preference(tx, OTHER_TENANT, CONTENT, NOON)
    assert mine.names
    assert theirs.names == {}


def test_without_a_learner_nothing_is_learned(services: Services) -> None:
    answered(services, a_hint(services).id, "dismissed", reason="wrong")
    with services.uow(write=False) as tx:
        assert HintLearning().preference(tx, TENANT, CONTENT, NOON).names == {}


def test_a_fit_is_kept_until_feedback_comes(services: Services) -> None:
    answered(services, a_hint(services).id, "dismissed", reason="wrong")
    with services.uow(write=False) as tx:
        first = services.hint_learning.preference(tx, TENANT, CONTENT, NOON)
        assert services.hint_learning.preference(tx, TENANT, CONTENT, NOON) is first
        assert services.hint_learning.preference(tx, TENANT, CONTENT, NOON + timedelta(hours=1)) is first
    answered(services, coached_hint(services, 5).id, "accepted")
    with services.uow(write=False) as tx:
        assert services.hint_learning.preference(tx, TENANT, CONTENT, NOON) is not first


def test_the_latest_answer_counts_and_what_was_done_already_teaches_nothing() -> None:
    card = CONTENT.hint_cards[0]
    row = HintFeedback(
        an_id("fdb", 1), TENANT, NOON, "h1", "rep", card.id, card.action, "accepted", "", "", "", {"x": 1}
    )
    later = replace(row, id=an_id("fdb", 2), at=NOON + timedelta(days=1), verdict="done", outcome="advanced")
    other = replace(row, id=an_id("fdb", 3), hint_id="h2", verdict="dismissed", reason="already_done")
    gone = replace(row, id=an_id("fdb", 4), hint_id="h3", card="retired_card")
    (sample,) = samples_of([later, row, other, gone], CONTENT, now=NOON + timedelta(days=1))
    assert sample.beyond == pytest.approx(1.0 - card.priority / 100)
    assert sample.weight == 1.0


def test_a_briefings_hints_are_kept_once_and_can_be_answered(services: Services) -> None:
    for _ in range(2):
        briefing = brief_rep(
            services, CONTENT, tenant_id=TENANT, account_id="acc-1", stage="", now=NOON + timedelta(days=1), rep_id="r"
        )
    assert briefing.hints
    forward(services, days=1)
    for hint in briefing.hints:
        row = answered(services, hint.id, "accepted")
        assert (row.visit_id, row.account_id) == (None, "acc-1")
