"""What every implementation promises of the rows of coaching: they come back equal, to their tenant only, in order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.domain.coaching.behaviour import Answered, Behaviour
from service.domain.coaching.check_in import CheckIn, Proof
from service.domain.coaching.checklists import Tick
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.debriefs import Change, DebriefForm, DebriefRow
from service.domain.coaching.hint_rows import HintFeedback, HintRow
from service.domain.coaching.hints import Factor, Hint
from service.domain.coaching.observations import CoachedVisit, ObservationRow
from service.domain.coaching.reviews import Appeal, FindingPlace, LabelRow
from service.domain.coaching.score_reviews import ScoreReview
from service.domain.crm.facts import FactEvent, KnownFact
from service.domain.evidence import Evidence
from service.domain.ports import UnitOfWorkFactory
from service.domain.privacy.withdrawal import Withdrawal
from service.domain.records import Page
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON

SAID = Evidence("vis_1", 3, "两百万技改款，批了一半", NOON, "customer", 61_200)
FACT = KnownFact("budget_stale", "预算未更新", "停了16天", "opportunity", "opp-1", NOON,
                 (FactEvent("cev_1", NOON, "budget_status", "已报科室"),))  # fmt: skip
HINT = Hint(an_id("hint"), "budget_follow_up", "confirm_budget", "问清“两百万”", (SAID,), 76, "budget_confirm",
            NOON + timedelta(days=7), (Factor("priority", 76.0),), facts=(FACT,))  # fmt: skip

ROWS: dict[str, Any] = {
    "observations": ObservationRow(
        an_id("obs"), TENANT, NOON, "vis_1", "rep_1", "acc_1", "objection", "answered", "回应了顾虑", 90, 0.75, "talk",
        3, "一件料六十", 61_200
    ),
    "visits": CoachedVisit(
        "vis_1", TENANT, NOON, "rep_1", "acc_1",
        Behaviour(0.42, 33.5, 700, 21.0, SAID, (SAID,), (Answered("price", SAID, SAID, "t", "user", "放", True),)),
    ),
    "hints": HintRow(
        HINT.id, TENANT, NOON, "vis_1", "rep_1", "acc_1", HINT.card, HINT.action, "proposed", HINT.expires_at, HINT
    ),
    "feedback": HintFeedback(
        an_id("fdb"), TENANT, NOON, HINT.id, "rep_1", HINT.card, HINT.action, "dismissed", "not_now", "", "", {"x": 0.5}
    ),
    "courses": CourseRow(
        an_id("crs"), TENANT, NOON, None, "rep_1", "price_unfold", "objection", "rule", "连续三次", (SAID,), "assigned",
        NOON + timedelta(days=14), withdrawn=Withdrawal(NOON, an_id("app"), "所依据的标签经申诉裁定不成立"),
    ),
    "check_ins": CheckIn(
        "vis_1", TENANT, NOON, "rep_1", "acc_1", (Tick("brought_proof", "带了证据", "value", (SAID,)),),
        {"brought_proof": True}, NOON, 6_200, None,
    ),
    "proofs": Proof(an_id("prf"), TENANT, NOON, "vis_1", f"{TENANT}/ab", "0" * 64, 3_000_000_000, "确认单.pdf"),
    "debriefs": DebriefRow(
        "vis_1", TENANT, NOON, 2, DebriefForm("price", ("price",), "发方案", date(2026, 3, 9)),
        (Change("due", None, "2026-03-09", 3, "周一"),), "rep_1",
    ),
    "labels": LabelRow(
        an_id("lab"), TENANT, NOON, "vis_1", "f1", "review", "objection", "price", "should_be", ("budget",), 3,
        "customer", "今年没有预算", "没有预算", (2, 6), ("rep|您好",), 0.91, "m-1", "trainer_1", "钱没批",
    ),
    "appeals": Appeal(
        an_id("app"), TENANT, NOON, "vis_1", "rep_1", "observation", an_id("obs"), "objection", "嗯", "客户在开玩笑",
        figures=("handling_rate", "reuse_rate"),
    ),
    "places": FindingPlace("f1", TENANT, NOON, "vis_1"),
    "score_reviews": ScoreReview("srv_1", TENANT, NOON, "rep_1", "2026-02", "0" * 64, "mgr_1", "逐条听过"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_comes_back_equal_and_to_its_tenant_only(uow: UnitOfWorkFactory, kind: str) -> None:
    row = ROWS[kind]
    with uow() as tx:
        getattr(tx.coaching, kind).put(row)
    with uow(write=False) as tx:
        rows = getattr(tx.coaching, kind)
        assert rows.get(TENANT, row.id) == row
        assert rows.find(TENANT) == [row]
        assert rows.page(TENANT, Page(10)) == [row]
        assert rows.get(OTHER_TENANT, row.id) is None
        assert rows.find(OTHER_TENANT) == rows.page(OTHER_TENANT, Page(10)) == []


@pytest.mark.parametrize("kind", ROWS)
def test_the_same_id_lives_in_two_tenants_apart(uow: UnitOfWorkFactory, kind: str) -> None:
    row = ROWS[kind]
    theirs = replace(row, tenant_id=OTHER_TENANT)
    with uow() as tx:
        rows = getattr(tx.coaching, kind)
        assert rows.add(row)
        assert rows.add(theirs)
        assert rows.remove(TENANT, among={"id": [row.id]}) == 1
        assert rows.get(TENANT, row.id) is None
        assert rows.get(OTHER_TENANT, row.id) == theirs


def test_what_stands_is_added_once_and_put_over(uow: UnitOfWorkFactory) -> None:
    row = ROWS["hints"]
    with uow() as tx:
        assert tx.coaching.hints.add(row)
        assert not tx.coaching.hints.add(replace(row, status="seen"))
        assert tx.coaching.hints.get(TENANT, row.id) == row
        tx.coaching.hints.put(replace(row, status="accepted"))
        assert tx.coaching.hints.get(TENANT, row.id).status == "accepted"


def test_rows_are_found_by_column_and_time_newest_first(uow: UnitOfWorkFactory) -> None:
    base = ROWS["observations"]
    with uow() as tx:
        for number, rep in enumerate(("a", "b", "a", "c", "a")):
            at = NOON + timedelta(hours=number)
            tx.coaching.observations.put(replace(base, id=an_id("obs", number), rep_id=rep, at=at))
    with uow(write=False) as tx:
        found = tx.coaching.observations.find(
            TENANT, among={"rep_id": ["a", "c"]}, since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=4)
        )
        limited = tx.coaching.observations.find(TENANT, among={"rep_id": {"a"}}, limit=2)
        nobody = tx.coaching.observations.find(TENANT, among={"rep_id": []})
    assert [row.id for row in found] == [an_id("obs", number) for number in (3, 2)]
    assert [row.id for row in limited] == [an_id("obs", number) for number in (4, 2)]
    assert nobody == []


def test_rows_of_one_moment_are_in_falling_order_of_ids(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in (2, 3, 1):
            tx.coaching.labels.put(replace(ROWS["labels"], id=an_id("lab", number)))
        ids = [row.id for row in tx.coaching.labels.find(TENANT)]
        second = tx.coaching.labels.page(TENANT, Page(1, an_id("lab", 3)))
    assert ids == [an_id("lab", number) for number in (3, 2, 1)]
    assert [row.id for row in second] == [an_id("lab", 2)]


def test_a_moment_keeps_its_microseconds(uow: UnitOfWorkFactory) -> None:
    at = datetime(2026, 3, 2, 4, 0, 0, 123_456, tzinfo=UTC)
    with uow() as tx:
        tx.coaching.appeals.put(replace(ROWS["appeals"], at=at))
        assert tx.coaching.appeals.get(TENANT, an_id("app")).at == at


def test_heads_are_the_rows_of_find_without_what_may_be_sealed(uow: UnitOfWorkFactory) -> None:
    later = replace(ROWS["hints"], id=an_id("hint", 2), at=NOON + timedelta(days=1), rep_id="rep_2")
    other = replace(ROWS["hints"], id=an_id("hint", 3), account_id="acc_2")
    with uow() as tx:
        for row in (ROWS["hints"], later, other, replace(ROWS["hints"], tenant_id=OTHER_TENANT)):
            tx.coaching.hints.put(row)
    mine = {"account_id": ["acc_1"]}
    with uow(write=False) as tx:
        heads = tx.coaching.hints.heads(TENANT, ("id", "rep_id", "at"), among=mine)
        assert heads == [{"id": row.id, "rep_id": row.rep_id, "at": row.at} for row in (later, ROWS["hints"])]
        assert tx.coaching.hints.heads(TENANT, ("id",), among=mine, until=later.at) == [{"id": HINT.id}]
        assert tx.coaching.hints.heads(TENANT, ("id",), among=mine, since=later.at) == [{"id": later.id}]
        with pytest.raises(ValueError, match="sealed"):
            tx.coaching.hints.heads(TENANT, ("id", "document"))
