"""Facts of an account: by field, by age, by day, by event; never from what no event has written."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.content.facts import FactCard
from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.domain.crm.facts import AccountRecords, KnownFact, asked_of, known_facts
from tests.support.crm import an_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)
EXAMPLE = {"now": "2026-03-02 12:00", "crm": [{"at": "2026-03-01 09:00", "type": "quote.sent"}]}


def a_fact(*when: dict[str, Any], text: str = "有", **changes: Any) -> FactCard:
    keys: dict[str, Any] = {
        "id": "a_fact",
        "title": "一条",
        "status": "active",
        "description": "说明",
        "owner": "销售运营组",
        "date": "2026-11-22",
        "text": text,
        "when": list(when),
        "examples": {"fires": [EXAMPLE], "stays_silent": [EXAMPLE]},
    }
    return FactCard.model_validate({**keys, **changes})


def told(*events: CrmEvent) -> AccountRecords:
    places = dict.fromkeys((event.kind, event.entity_id) for event in events)
    entities = [
        replay(kind, id_, [it for it in events if (it.kind, it.entity_id) == (kind, id_)]) for kind, id_ in places
    ]
    return AccountRecords(tuple(entities), events)


def known(card: FactCard, *events: CrmEvent, **more: Any) -> KnownFact | None:
    return known_facts([card], told(*events), now=NOON, **more).get("a_fact")


@pytest.mark.parametrize(
    ("wanted", "value", "holds"),
    [
        pytest.param({"is": "甲"}, "甲", True, id="is"),
        pytest.param("甲", "乙", False, id="is_not_that"),
        pytest.param({"not": ["won", "lost"]}, "won", False, id="not"),
        pytest.param({"above": 3}, 3.5, True, id="above"),
        pytest.param({"above": 3}, "3.5", False, id="text_is_no_number"),
        pytest.param({"known": True}, "", False, id="empty_is_not_known"),
        pytest.param({"known": True}, 0, True, id="zero_is_known"),
        pytest.param({"past": "1d"}, "2026-03-01", True, id="yesterday_is_past"),
        pytest.param({"past": "1d"}, "2026-03-02", False, id="today_is_not_past"),
        pytest.param({"ahead": "7d"}, "2026-03-02", True, id="today_is_ahead"),
        pytest.param({"ahead": "7d"}, "2026-03-10", False, id="too_far_ahead"),
        pytest.param({"ahead": "7d"}, "2026-03-01", False, id="past_is_not_ahead"),
        pytest.param({"ahead": "7d"}, "下周", False, id="no_day"),
    ],
)
def test_a_field_is_judged_by_its_value(wanted: Any, value: Any, holds: bool) -> None:
    card = a_fact({"of": "opportunity", "fields": {"f": wanted}})
    assert (known(card, an_event(f=value)) is not None) is holds


def test_a_field_that_was_never_written_is_not_known_and_holds_no_fact() -> None:
    card = a_fact({"of": "opportunity", "fields": {"status": {"not": ["won"]}}})
    assert known(card, an_event(stage="方案")) is None


def test_age_is_counted_from_the_change_not_from_the_last_time_it_was_said_again() -> None:
    card = a_fact({"of": "opportunity", "fields": {"stage": {"older_than": "21d"}}}, text="{stage}停了{age}")
    first, again = an_event(at=-30 * DAY, stage="方案"), an_event(at=-DAY, stage="方案")
    fact = known(card, first, again)
    assert fact is not None
    assert fact.text == "方案停了30天"
    assert [(event.event_id, event.what, event.value) for event in fact.because] == [(first.id, "stage", "方案")]
    moved = an_event(at=-2 * DAY, stage="合同")
    assert known(card, first, moved) is None


@pytest.mark.parametrize(("days", "holds"), [(6, False), (7, True), (8, True)])
def test_an_event_may_have_to_be_so_old(days: int, holds: bool) -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent", "older_than": "7d"})
    assert (known(card, an_event("quote", verb="sent", at=-days * DAY)) is not None) is holds


def test_an_event_in_the_future_has_not_happened() -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent"})
    assert known(card, an_event("quote", verb="sent", at=DAY)) is None


def test_never_looks_at_the_record_and_across_at_all_of_them() -> None:
    sent, refused = an_event("quote", "q1", verb="sent", at=-DAY), an_event("quote", "q2", verb="rejected")
    own = a_fact({"of": "quote", "happened": "quote.sent", "never": "quote.rejected"})
    across = a_fact({"of": "quote", "happened": "quote.sent", "never": "quote.rejected", "across": True})
    assert known(own, sent, refused) is not None
    assert known(across, sent, refused) is None


def test_of_several_records_the_newest_fact_is_told_and_of_several_ways_the_first() -> None:
    card = a_fact(
        {"of": "quote", "happened": "quote.sent"}, {"of": "opportunity", "fields": {"stage": {"known": True}}}
    )
    old, new = (an_event("quote", name, verb="sent", at=-days * DAY) for name, days in (("q9", 9), ("q2", 2)))
    deal = an_event(stage="方案")
    assert getattr(known(card, old, new, deal), "entity_id", "") == "q2"
    assert getattr(known(card, deal), "kind", "") == "opportunity"


def test_another_opportunitys_records_say_nothing_of_this_one() -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent"})
    other = an_event("quote", "q1", verb="sent", at=-DAY, opportunity_id="opp-2")
    nobodys = an_event("quote", "q2", verb="sent", at=-2 * DAY)
    assert known(card, other, opportunity_id="opp-1") is None
    assert getattr(known(card, other, nobodys, opportunity_id="opp-1"), "entity_id", "") == "q2"
    assert getattr(known(card, other, nobodys), "entity_id", "") == "q1"


@pytest.mark.parametrize(
    ("text", "data", "says"),
    [
        pytest.param("报价[{price}元]发出{age}", {"price": 86_000}, "报价86,000元发出2天", id="part_known"),
        pytest.param("报价[{price}元]发出{age}", {}, "报价发出2天", id="part_left_out"),
        pytest.param("{due}到期", {"due": "2026-04-30"}, "4月30日到期", id="a_day_as_a_day"),
        pytest.param("{name}", {"name": "一\n二\u202e{age}"}, "一 二{age}", id="a_value_is_no_template"),
    ],
)
def test_a_fact_is_told_by_its_records_fields(text: str, data: dict[str, Any], says: str) -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent"}, text=text)
    fact = known(card, an_event("quote", verb="sent", at=-2 * DAY, **data))
    assert getattr(fact, "text", None) == says


def test_a_fact_that_cannot_be_told_is_not_known() -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent"}, text="报价{price}元")
    assert known(card, an_event("quote", verb="sent", at=-DAY)) is None


def test_a_retired_fact_is_neither_known_nor_asked_for() -> None:
    card = a_fact({"of": "quote", "happened": "quote.sent", "never": "quote.won"}, status="deprecated")
    assert known(card, an_event("quote", verb="sent", at=-DAY)) is None
    assert asked_of([card]) == ((), ())
    assert asked_of([a_fact({"of": "quote", "happened": "quote.sent", "never": "quote.won"})]) == (
        ("quote",), ("quote.sent", "quote.won"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "text", "says"),
    [
        pytest.param({"of": "quote"}, "有", "rests on", id="nothing"),
        pytest.param({"of": "quote", "fields": {"f": {"known": False}}}, "有", "must be known", id="only_unknown"),
        pytest.param({"of": "quote", "fields": {"f": "甲"}, "older_than": "7d"}, "有", "speak of", id="age_of_what"),
        pytest.param({"of": "quote", "fields": {"f": {}}}, "有", "at least one of is", id="empty_field"),
        pytest.param({"of": "quote", "happened": "quote.sent"}, "有{", "opens no slot", id="stray_brace"),
        pytest.param({"of": "planet", "happened": "quote.sent"}, "有", "account", id="unknown_kind"),
    ],
)
def test_a_faulty_fact_is_refused_with_the_way_out(way: dict[str, Any], text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        a_fact(way, text=text)


def test_an_examples_event_names_its_record() -> None:
    nameless = {"now": "2026-03-02 12:00", "crm": [{"at": "2026-03-01 09:00", "type": "order.placed"}]}
    with pytest.raises(ValidationError, match="say which record"):
        a_fact({"of": "quote", "happened": "quote.sent"}, examples={"fires": [nameless], "stays_silent": [EXAMPLE]})
