"""P18 and P19: five actions with one proof each, negotiation and ruling; payment closes the loop."""

from typing import Any

import pytest

from service.usecases.crm.decide_attribution import settle_overdue
from tests.support.crm_story import Story

OPP = "opportunity/opp-5"
PROOFS = {
    "lead": {"referral_record": "引荐记录.png"},
    "proposal": {"deck_cover": "首页.pptx", "sign_in_sheet": "签到.pdf", "minutes_email": "纪要.eml"},
    "poc": {"acceptance_report": "验收.pdf"},
    "negotiation": {"quote_record": "报价单-7"},
    "contract": {"signed_contract": "合同.pdf"},
}
WORK = {"lead": "bd", "proposal": "sa", "poc": "sa", "negotiation": "rep", "contract": "rep"}


def prove(crm: Story, action: str, person: str, **changes: Any) -> str:
    told = crm.tell("contribution.recorded", f"task/{action}-{person}", opportunity_id="opp-5", action=action,
                    actor_id=person, **{**PROOFS[action], **changes})  # fmt: skip
    return str(told["id"])


def work(crm: Story) -> list[str]:
    crm.tell("opportunity.created", OPP, owner_id="rep", amount=400_000)
    return [prove(crm, action, person) for action, person in WORK.items()]


def claim(crm: Story, **shares: float) -> None:
    for person, share in shares.items():
        crm.tell("attribution.claimed", OPP, actor_id=person, share=share)


def test_shares_follow_the_weights_and_each_point_its_proof(crm: Story) -> None:
    proofs = work(crm)
    assert crm.client.get("/v1/opportunities/opp-5/attribution").json()["code"] == "not_won"
    claim(crm, bd=0.2, sa=0.4, rep=0.4)
    crm.tell("opportunity.won", OPP)
    found = crm.read("/v1/opportunities/opp-5/attribution")
    assert found["shares"] == {"bd": 0.2, "sa": 0.45, "rep": 0.35}
    assert (found["difference"], found["disputed"]) == (0.05, False)
    assert [each["because"][0] for each in found["contributions"]] == proofs
    (told,) = crm.told("attribution.decided")
    assert (told.data["by"], told.data["shares"]) == ("proof", found["shares"])
    assert set(proofs) <= set(told.data["because"])
    crm.tell("opportunity.won", OPP)
    assert len(crm.told("attribution.decided")) == 1


def test_half_a_proof_is_none_and_two_people_share_an_action(crm: Story) -> None:
    crm.tell("opportunity.created", OPP, owner_id="rep")
    prove(crm, "proposal", "sa", minutes_email=None)
    prove(crm, "negotiation", "rep")
    prove(crm, "negotiation", "boss")
    crm.tell("opportunity.won", OPP)
    found = crm.read("/v1/opportunities/opp-5/attribution")
    assert found["shares"] == {"rep": 0.5, "boss": 0.5}
    assert set(found["unproven"]) == {"lead", "proposal", "poc", "contract"}


def test_more_than_fifteen_points_apart_starts_a_negotiation_that_people_can_end(crm: Story) -> None:
    work(crm)
    claim(crm, rep=0.9, sa=0.1)
    crm.tell("opportunity.won", OPP)
    (told,) = crm.told("attribution.disputed")
    assert (told.data["step"], told.data["difference"]) == ("negotiation", 0.55)
    crm.pass_time(hours=70)
    crm.tell("attribution.agreed", OPP, shares={"rep": 0.5, "sa": 0.3, "bd": 0.2}, agreed_by=["rep", "sa"])
    assert crm.told("attribution.decided") == []  # bd has not agreed
    crm.tell("attribution.agreed", OPP, shares={"rep": 0.5, "sa": 0.3, "bd": 0.2}, agreed_by=["rep", "sa", "bd"])
    (decided,) = crm.told("attribution.decided")
    assert (decided.data["by"], decided.data["shares"]["rep"], decided.data["disputed"]) == ("agreement", 0.5, True)


def test_after_72_hours_whoever_may_rule_is_asked_once_and_rules_on_the_record(crm: Story) -> None:
    work(crm)
    claim(crm, rep=0.9, sa=0.1)
    crm.tell("opportunity.won", OPP)
    crm.pass_time(hours=71, minutes=59)
    assert settle_overdue(crm.api.services) == 0
    crm.pass_time(minutes=2)
    assert [settle_overdue(crm.api.services) for _ in range(2)] == [1, 0]
    (asked,) = [event for event in crm.told("attribution.disputed") if event.data["step"] == "ruling"]
    assert asked.data["asked"] == ["sales_vp"]
    ruling: dict[str, Any] = {"shares": {"rep": 0.35, "sa": 0.45, "bd": 0.2}, "actor_id": "vp-1"}
    crm.tell("attribution.ruled", OPP, **ruling, actor_role="rep", reason="我说了算")
    crm.tell("attribution.ruled", OPP, **ruling, actor_role="sales_vp")
    assert crm.told("attribution.decided") == []  # not his to rule; no reason given
    crm.tell("attribution.ruled", OPP, **ruling, actor_role="sales_vp", reason="按凭证")
    (decided,) = crm.told("attribution.decided")
    assert (decided.data["by"], decided.data["ruled_by"], decided.data["reason"]) == ("ruling", "vp-1", "按凭证")
    assert crm.read("/v1/opportunities/opp-5/attribution")["decision"]["data"]["by"] == "ruling"


@pytest.mark.parametrize("shares", [{"rep": 0.5}, {"rep": 1.2, "sa": -0.2}, {"rep": "all"}, [1], None])
def test_shares_that_do_not_add_up_settle_nothing(crm: Story, shares: object) -> None:
    work(crm)
    claim(crm, rep=1.0)
    crm.tell("opportunity.won", OPP)
    crm.tell("attribution.agreed", OPP, shares=shares, agreed_by=["rep", "sa", "bd"])
    assert crm.told("attribution.decided") == []


def test_without_claims_the_owner_is_taken_to_claim_all(crm: Story) -> None:
    work(crm)
    crm.tell("opportunity.won", OPP)
    assert crm.told("attribution.disputed")[0].data["claimed"] == {"rep": 1.0}


def test_the_dispute_rate_is_counted_from_what_was_decided(crm: Story) -> None:
    work(crm)
    claim(crm, bd=0.2, sa=0.45, rep=0.35)
    crm.tell("opportunity.won", OPP)
    assert crm.read("/v1/metrics/attribution_disputes")["n"] == 1


def test_the_last_payment_closes_the_loop_once_with_each_ones_commission(crm: Story) -> None:
    work(crm)
    claim(crm, bd=0.2, sa=0.45, rep=0.35)
    crm.tell("opportunity.won", OPP)
    crm.tell("payment.received", "payment/p-1", opportunity_id="opp-5", amount=100_000)
    crm.tell("payment.received", "payment/p-1", opportunity_id="opp-5", amount=100_000)  # corrected, not paid twice
    assert crm.told("payment.closed_loop") == []
    last = crm.tell("payment.received", "payment/p-2", opportunity_id="opp-5", amount=300_000)
    (told,) = crm.told("payment.closed_loop")
    assert told.data["status"] == "成交闭环"
    assert told.data["commission"]["amounts"] == {"bd": 80_000, "sa": 180_000, "rep": 140_000}
    assert last["id"] in told.data["because"]
    crm.tell("payment.received", "payment/p-3", opportunity_id="opp-5", amount=1)
    assert len(crm.told("payment.closed_loop")) == 1


def test_a_payment_that_says_it_is_the_last_closes_a_deal_of_unknown_amount(crm: Story) -> None:
    crm.tell("opportunity.created", OPP, owner_id="rep")
    crm.tell("payment.received", "payment/p-1", opportunity_id="opp-5", amount=5_000)
    assert crm.told("payment.closed_loop") == []
    crm.tell("payment.received", "payment/p-2", opportunity_id="opp-5", amount=7_000, final=True)
    (told,) = crm.told("payment.closed_loop")
    assert told.data["commission"] == {
        "base": 12_000, "shares": {"rep": 1.0}, "amounts": {"rep": 12_000}, "by": "owner",
    }  # fmt: skip
