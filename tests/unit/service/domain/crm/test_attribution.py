"""Attribution: shares add up, weights must, claims and proofs are compared person by person."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.domain.content.attribution import AttributionCard
from service.domain.crm.attribution import agreed_shares, attribute, ruling
from service.domain.crm.entities import Entity, replay
from service.domain.crm.events import CrmEvent
from tests.support.crm import an_event
from tests.support.fakes import NOON

HOUR = timedelta(hours=1)
ACTIONS = {"lead": 20, "proposal": 25, "poc": 20, "negotiation": 25, "contract": 10}


def card_data(**weights: float) -> dict[str, Any]:
    actions = [
        {
            "id": name, "title": name, "weight": weight,
            "proof": {"types": "contribution.recorded", "where": {"action": name}, "has": ["actor_id", "file"]},
        }
        for name, weight in {**ACTIONS, **weights}.items()
    ]  # fmt: skip
    return {
        "id": "c1", "title": "分", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01",
        "won": "opportunity.won", "actions": actions, "dispute_above": 0.15, "negotiate_for": "72h",
        "may_rule": ["sales_vp"],
    }  # fmt: skip


CARD = AttributionCard.model_validate(card_data())
WON = an_event(verb="won", at=9 * HOUR)


def proof(action: str, person: str, **data: Any) -> CrmEvent:
    values = {"action": action, "actor_id": person, "file": "f", "opportunity_id": "opp-1", **data}
    return an_event("task", "t", event_type="contribution.recorded", **values)


def claim(person: str, share: object, at: timedelta = HOUR) -> CrmEvent:
    return an_event(event_type="attribution.claimed", at=at, actor_id=person, share=share)


def deal(*events: CrmEvent) -> Entity:
    return replay("opportunity", "opp-1", [it for it in events if it.kind == "opportunity"])


WORK = st.lists(st.tuples(st.sampled_from(list(ACTIONS)), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=12)


@given(WORK)
def test_shares_add_up_and_no_point_is_given_twice(work: list[tuple[str, str]]) -> None:
    events = [proof(action, person) for action, person in work]
    found = attribute(CARD, deal(WON), [*events, WON])
    assert found is not None
    assert sum(found.shares.values()) == pytest.approx(1)
    proven = {action for action, _ in work}
    assert sum(it.points for it in found.contributions) == pytest.approx(sum(ACTIONS[it] for it in proven))
    assert set(found.unproven) == set(ACTIONS) - proven
    assert {event_id for it in found.contributions for event_id in it.because} == {event.id for event in events}


@pytest.mark.parametrize(
    ("share", "difference", "disputed"),
    [(0.55, 0.0, False), (0.7, 0.15, False), (0.71, 0.16, True), (0.39, 0.16, True)],
)
def test_more_than_fifteen_points_is_a_dispute_and_exactly_fifteen_is_none(
    share: float, difference: float, disputed: bool
) -> None:
    """`a` has proven 55 of 100 points, `b` 45."""
    work = [
        proof("lead", "a"),
        proof("proposal", "a"),
        proof("contract", "a"),
        proof("poc", "b"),
        proof("negotiation", "b"),
    ]
    found = attribute(CARD, deal(WON), [*work, claim("a", share), claim("b", 0.45), WON])
    assert found is not None
    assert found.difference == pytest.approx(difference)
    assert found.disputed is disputed


def test_the_last_claim_of_a_person_counts_and_nonsense_none() -> None:
    claims = [claim("a", 0.9), claim("a", 0.6, 2 * HOUR), claim("b", "half"), claim("c", 7), claim("d", True)]
    found = attribute(CARD, deal(WON), [proof("lead", "a"), *claims, WON])
    assert found is not None
    assert found.claims == {"a": 0.6}


def test_a_deal_nobody_proved_anything_of_has_no_shares_and_is_disputed_by_its_owner() -> None:
    found = attribute(CARD, deal(an_event(owner_id="a"), WON), [WON])
    assert found is not None
    assert (found.shares, found.claims, found.disputed) == ({}, {"a": 1.0}, True)
    nobody = attribute(CARD, deal(WON), [WON])
    assert nobody is not None
    assert (nobody.difference, nobody.disputed) == (0, False)


def test_what_is_not_won_is_not_split() -> None:
    assert attribute(CARD, deal(), [proof("lead", "a")]) is None


def test_an_agreement_needs_everybody_and_its_time() -> None:
    found = attribute(CARD, deal(WON), [proof("lead", "a"), proof("poc", "b"), WON])
    assert found is not None

    def agreement(**data: Any) -> CrmEvent:
        return an_event(event_type="attribution.agreed", at=10 * HOUR, **data)

    whole = agreement(shares={"a": 0.5, "b": 0.5}, agreed_by=["a", "b"])
    assert agreed_shares([whole], of=found, until=NOON + 10 * HOUR) == ({"a": 0.5, "b": 0.5}, whole)
    assert agreed_shares([whole], of=found, until=NOON + 9 * HOUR) is None
    for broken in (
        agreement(shares={"a": 1}, agreed_by=["a"]),
        agreement(shares={"a": 1}, agreed_by="a, b"),
        agreement(shares={"a": 0.9}, agreed_by=["a", "b"]),
        agreement(shares=[0.5], agreed_by=["a", "b"]),
    ):
        assert agreed_shares([broken], of=found, until=NOON + 99 * HOUR) is None


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ({"actor_role": "sales_vp", "reason": "按凭证", "shares": {"a": 1}}, True),
        ({"actor_role": "rep", "reason": "按凭证", "shares": {"a": 1}}, False),
        ({"actor_role": "sales_vp", "shares": {"a": 1}}, False),
        ({"actor_role": "sales_vp", "reason": "x", "shares": {"a": None}}, False),
    ],
)
def test_a_ruling_needs_the_right_person_and_a_reason(data: dict[str, Any], counts: bool) -> None:
    found = ruling([an_event(event_type="attribution.ruled", **data)], CARD)
    assert (found is not None) is counts


def test_weights_that_do_not_add_up_to_100_are_refused() -> None:
    with pytest.raises(ValidationError, match="add up to 110"):
        AttributionCard.model_validate(card_data(lead=30))
