"""P1 and P2: 院内准入 with five evidence nodes, and the health index in the user's numbers."""

from datetime import timedelta
from typing import Any

from tests.support.crm_story import Story

OPP = "opportunity/opp-88"


def hand_in(crm: Story, node: str, **data: Any) -> None:
    crm.tell("evidence.submitted", f"task/{node}", opportunity_id="opp-88", node=node, **data)


def begin(crm: Story) -> None:
    crm.tell("opportunity.created", OPP, pipeline="hospital", stage="产品选型", owner_id="rep-1", account_id="acc-1")
    crm.tell("opportunity.updated", OPP, stage="院内准入")


def test_a_missing_node_freezes_the_next_stage_until_all_five_are_there(crm: Story) -> None:
    begin(crm)
    assert crm.told("stage.opened") == []
    (frozen,) = crm.told("stage.frozen")
    assert frozen.data["frozen"] == ["bidding", "contract", "won"]
    assert [item["node"] for item in frozen.data["missing"]] == [
        "trial_form", "filing_receipt", "clinical_reports", "comparison_table", "legal_review",
    ]  # fmt: skip
    assert all(item["way_out"] for item in frozen.data["missing"])
    hand_in(crm, "trial_form", file="试用申请.pdf")
    assert crm.read("/v1/opportunities/opp-88/process")["stages"][1]["nodes"][0]["met"] is False  # nobody signed it
    hand_in(crm, "trial_form", file="试用申请.pdf", signed_by="科室主任")
    hand_in(crm, "filing_receipt", file="回执.jpg")
    hand_in(crm, "clinical_report", file="报告一.pdf")
    hand_in(crm, "clinical_report", file="报告一.pdf")  # the same one again
    hand_in(crm, "comparison_table", sections=["价格", "耗材"])
    hand_in(crm, "comparison_table", sections=["价格", "耗材", "维保"])
    crm.tell("legal_review.started", "request/r-1", opportunity_id="opp-88")
    standing = crm.read("/v1/opportunities/opp-88/process")
    assert standing["frozen"] == ["bidding", "contract", "won"]
    assert [node["id"] for node in standing["stages"][1]["nodes"] if not node["met"]] == ["clinical_reports"]
    hand_in(crm, "clinical_report", file="报告二.pdf")
    assert crm.read("/v1/opportunities/opp-88/process")["frozen"] == ["contract", "won"]
    (last,) = crm.told("stage.opened")
    assert (last.data["frozen"], last.data["missing"]) == (["contract", "won"], [])
    assert set(last.data["because"]) >= {
        proof["event_id"]
        for node in crm.read("/v1/opportunities/opp-88/process")["stages"][1]["nodes"]
        for proof in node["because"]
    }


def test_a_crm_that_moves_on_all_the_same_is_caught_by_name(crm: Story) -> None:
    begin(crm)
    crm.tell("opportunity.updated", OPP, stage="合同谈判", actor_id="rep-1")
    (skip,) = crm.read("/v1/opportunities/opp-88/process")["skips"]
    assert (skip["stage"], skip["actor"], len(skip["missing"])) == ("contract", "rep-1", 6)


def test_health_falls_by_three_a_day_for_the_receipt_and_eight_for_each_report(crm: Story) -> None:
    begin(crm)
    hand_in(crm, "trial_form", file="a", signed_by="科室主任")
    hand_in(crm, "comparison_table", sections=["价格", "耗材", "维保"])
    hand_in(crm, "clinical_report", file="报告一.pdf")
    crm.tell("legal_review.started", "request/r-1", opportunity_id="opp-88")
    assert crm.read("/v1/opportunities/opp-88/health")["value"] == 92  # one report of two is missing
    crm.pass_time(days=17)  # the receipt was due on day 14
    health = crm.read("/v1/opportunities/opp-88/health")
    assert {line["rule"]: line["points"] for line in health["lines"]} == {"receipt_late": -9, "report_missing": -8}
    assert (health["value"], health["color"]) == (83, "yellow")
    assert health["base"] + sum(line["points"] for line in health["lines"]) == health["value"]
    assert all(line["because"] for line in health["lines"])
    hand_in(crm, "filing_receipt", file="回执.jpg")
    hand_in(crm, "clinical_report", file="报告二.pdf")
    crm.pass_time(days=2)
    health = crm.read("/v1/opportunities/opp-88/health")
    assert (health["value"], health["band"]) == (91, "green")  # it stays three days late, and gets no later


def test_a_late_message_takes_back_what_it_explains(crm: Story) -> None:
    """The receipt was handed in on time; the CRM told of it five days later."""
    begin(crm)
    crm.pass_time(days=19)
    before = crm.read("/v1/opportunities/opp-88/health")["value"]
    crm.tell(
        "evidence.submitted", "task/t", ago=timedelta(days=6), opportunity_id="opp-88", node="filing_receipt", file="x"
    )
    assert crm.read("/v1/opportunities/opp-88/health")["value"] == before + 15


def test_the_board_shows_the_unhealthiest_first(crm: Story) -> None:
    begin(crm)
    crm.tell("opportunity.created", "opportunity/opp-9", pipeline="hospital", stage="产品选型")
    crm.tell("opportunity.created", "opportunity/opp-7", pipeline="retail", stage="产品选型")
    items = crm.read("/v1/processes/hospital_admission/board")["items"]
    assert [(item["opportunity_id"], item["color"]) for item in items] == [("opp-88", "yellow"), ("opp-9", "green")]
    assert crm.client.get("/v1/processes/nowhere/board").status_code == 404
    refused = crm.client.get("/v1/opportunities/opp-7/process")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_process")
    assert crm.client.get("/v1/opportunities/nobody/health").status_code == 404
