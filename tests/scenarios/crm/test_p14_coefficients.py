"""P14: a rep's coefficient is on record for every day, as of the office's midnight, down to the events behind it."""

from datetime import UTC, datetime

import pytest

from service.usecases.crm.keep_coefficients import keep_coefficients
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import OTHER_TENANT
from tests.support.crm_story import Story

START = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)  # Sunday, nine in the morning in China


def some_reps(crm: Story) -> None:
    """rep-1 wins two in storage and answers in five minutes, rep-2 wins one elsewhere and answers in thirty."""
    crm.go_to(START)
    for number, (rep, industry) in enumerate((("rep-1", "储能"), ("rep-1", "储能"), ("rep-2", "制造"))):
        crm.tell("opportunity.won", f"opportunity/o-{number}", owner_id=rep, industry=industry, status="won")
    for rep, minutes in (("rep-1", 5), ("rep-2", 30)):
        crm.tell("lead.assigned", f"lead/old-{rep}", owner_id=rep, confirmed_at="2026-03-01 09:00")
        crm.pass_time(minutes=minutes)
        crm.tell("lead.confirmed", f"lead/old-{rep}", owner_id=rep)
    evaluate_playbooks(crm.api.services)


def next_day(crm: Story) -> None:
    crm.pass_time(days=1)
    assert keep_coefficients(crm.api.services) == 2
    assert keep_coefficients(crm.api.services) == 0, "once a day"


def test_every_day_has_its_own_row_and_the_newest_names_its_events(crm: Story) -> None:
    some_reps(crm)
    next_day(crm)
    crm.tell("opportunity.won", "opportunity/o-9", owner_id="rep-2", industry="储能", status="won")
    evaluate_playbooks(crm.api.services)
    assert keep_coefficients(crm.api.services) == 0, "what happens after midnight counts from the next"
    next_day(crm)

    body = crm.read("/v1/reps/rep-2/lead-coefficients")
    assert [day["day"] for day in body["days"]] == ["2026-03-03", "2026-03-02"]
    assert [day["as_of"] for day in body["days"]] == ["2026-03-02T16:00:00+00:00", "2026-03-01T16:00:00+00:00"]
    newest, before = body["days"]
    assert (before["wins"], before["cases"], before["response_minutes"]) == (1, {"制造": 1}, pytest.approx(30.0, 0.01))
    # 0.4 × 1/2 wins + 0.3 × 15/30 minutes; a lead of 制造 adds the whole of 0.3.
    assert before["coefficient"] == pytest.approx(0.35, abs=0.001)
    assert before["by_industry"] == pytest.approx({"储能": 0.35, "制造": 0.65}, abs=0.001)
    assert (newest["wins"], newest["cases"]) == (2, {"制造": 1, "储能": 1})
    assert newest["coefficient"] > before["coefficient"]
    types = [proof["type"] for proof in body["because"]]
    assert sorted(types) == ["lead.assigned", "lead.confirmed", "opportunity.won", "opportunity.won"]
    assert newest["n_events"] == len(types)


def test_a_lead_is_given_by_the_coefficients_on_record_even_when_an_old_win_is_told_late(crm: Story) -> None:
    some_reps(crm)
    next_day(crm)
    for number in range(3):
        crm.tell("opportunity.won", f"opportunity/late-{number}", ago=crm.now - START,
                 owner_id="rep-2", industry="储能", status="won")  # fmt: skip
    crm.tell("lead.created", "lead/new", name="云杉", industry="储能", budget=1_200_000, urgency="high")
    evaluate_playbooks(crm.api.services)
    (decision,) = crm.read("/v1/decisions?kind=assign_lead")["items"]
    ranking = {row["person"]: row["coefficient"] for row in decision["data"]["ranking"]}
    recorded = {rep: crm.read(f"/v1/reps/{rep}/lead-coefficients")["days"][0] for rep in ("rep-1", "rep-2")}
    assert decision["data"]["coefficients_of"] == recorded["rep-1"]["day"] == "2026-03-02"
    assert ranking == {rep: day["by_industry"]["储能"] for rep, day in recorded.items()}
    assert decision["data"]["assigned_to"] == "rep-1"
    crm.pass_time(days=1)
    keep_coefficients(crm.api.services)
    assert crm.read("/v1/reps/rep-2/lead-coefficients")["days"][0]["wins"] == 4, "tomorrow it counts"


def test_a_lead_before_the_first_round_puts_the_day_on_record_itself(crm: Story) -> None:
    some_reps(crm)
    crm.pass_time(days=1)
    crm.tell("lead.created", "lead/new", name="云杉", industry="储能", budget=1_200_000, urgency="high")
    evaluate_playbooks(crm.api.services)
    assert [day["day"] for day in crm.read("/v1/reps/rep-1/lead-coefficients")["days"]] == ["2026-03-02"]
    assert keep_coefficients(crm.api.services) == 0


def test_the_day_begins_at_midnight_of_the_tenants_office(crm: Story) -> None:
    shipped = crm.read("/v1/content/office/standard")["text"]
    own = shipped.replace("Asia/Shanghai", "America/Los_Angeles").replace("holidays: china", "holidays: none")
    assert crm.client.put("/v1/content/office/standard", json={"text": own, "author": "ops"}).status_code == 200
    some_reps(crm)
    assert keep_coefficients(crm.api.services) == 2
    (day,) = crm.read("/v1/reps/rep-1/lead-coefficients")["days"]
    assert (day["day"], day["as_of"], day["wins"]) == ("2026-02-28", "2026-02-28T08:00:00+00:00", 0)


def test_nobody_reads_of_another_tenants_reps(crm: Story) -> None:
    some_reps(crm)
    next_day(crm)
    stranger = crm.api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/reps/rep-1/lead-coefficients").json()["code"] == "rep_not_found"
    assert crm.client.get("/v1/reps/nobody/lead-coefficients").status_code == 404
