"""Scores of reps leave for decisions about people only as a person reviewed them (PIPL 24)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain.coaching.score_reviews import ScoreReview, review_id
from service.domain.delivery.deliveries import Event
from service.domain.privacy.duties import Duty, Installed
from service.usecases.coaching.review_scores import judge_event
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.privacy.verify_privacy import verify_privacy
from tests.support.api import TENANT, Api
from tests.support.builders import an_id
from tests.support.coached import PRICE_ANSWERED, PRICE_LEFT_OPEN, coached
from tests.support.fakes import FakeSender

FEBRUARY = datetime(2026, 2, 3, 4, tzinfo=UTC)
MARCH = datetime(2026, 3, 4, 4, tzinfo=UTC)
OF_REP = "/v1/reps/rep-1/skills"
MONTH = "month=2026-02"
PEOPLE = [
    {"id": "rep-1", "name": "林一", "role": "rep", "team": "华东一组"},
    {"id": "rep-2", "name": "林二", "role": "rep", "team": "华东一组"},
    {"id": "trn-1", "name": "何三", "role": "trainer", "team": "华东一组"},
    {"id": "mgr-2", "name": "何四", "role": "manager", "team": "华南一组"},
    {"id": "boss", "name": "何五", "role": "executive", "team": ""},
]


@pytest.fixture
def office(api: Api) -> Api:
    api.client().put("/v1/people", json={"people": PEOPLE})
    for rep, talk, first in (("rep-1", PRICE_LEFT_OPEN, 1), ("rep-2", PRICE_ANSWERED, 10)):
        for number in range(4):
            at = FEBRUARY + timedelta(days=number)
            api.clock.at = at
            coached(api.services, first + number, *talk, at=at, rep=rep, account=f"acc-{rep}")
    api.clock.at = MARCH
    return api


def review(api: Api, rep: str = "rep-1", by: str = "trn-1", month: str = "2026-02", **changes: Any) -> Any:
    found = api.client().get(f"/v1/reps/{rep}/skills/review?month={month}").json()
    sent = {"month": month, "digest": found["digest"], "by": by, "note": "逐条听过", **changes}
    return api.client().post(f"/v1/reps/{rep}/skills/review", json=sent)


def test_a_person_reviews_the_values_as_they_stand_and_the_trail_says_so(office: Api) -> None:
    before = office.client().get(f"{OF_REP}/review?{MONTH}").json()
    assert (before["state"], before["reviewed_by"]) == ("unreviewed", None)
    assert before["scores"]["objection"] > 0
    answer = review(office)
    assert answer.status_code == 200
    assert office.client().get(f"{OF_REP}/review?{MONTH}").json() == answer.json()
    assert (answer.json()["state"], answer.json()["reviewed_by"]) == ("reviewed", "trn-1")
    with office.services.uow(write=False) as tx:
        (entry,) = tx.privacy.audit.find(TENANT, actions=["scores.reviewed"])
    assert (entry.object, entry.detail["by"], entry.detail["digest"]) == ("person:rep-1", "trn-1", before["digest"])


@pytest.mark.parametrize("by", ["rep-1", "rep-2", "mgr-2", "nobody"])
def test_neither_the_rep_nor_who_does_not_lead_them_reviews(office: Api, by: str) -> None:
    answer = review(office, by=by)
    assert (answer.status_code, answer.json()["code"]) == (403, "reviewer_unfit")
    assert office.client().get(f"{OF_REP}/review?{MONTH}").json()["state"] == "unreviewed"


def test_an_executive_may_and_one_who_has_left_may_not(office: Api) -> None:
    assert review(office, by="boss").status_code == 200
    office.client().put("/v1/people", json={"people": [{**PEOPLE[2], "active": False}]})
    assert review(office).json()["code"] == "reviewer_unfit"


REFUSED = {
    "other values": ({"digest": "0" * 64}, 409, "values_changed"),
    "a month that runs": ({"month": "2026-03"}, 409, "month_running"),
    "a month without visits": ({"month": "2025-06"}, 409, "nothing_to_review"),
}


@pytest.mark.parametrize(("change", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_only_what_stands_is_reviewed(office: Api, change: dict[str, str], status: int, code: str) -> None:
    answer = review(office, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_reading_for_hr_waits_for_the_review_and_is_written_down(office: Api) -> None:
    client = office.client()
    refused = client.get(f"{OF_REP}?{MONTH}&purpose=hr")
    assert (refused.status_code, refused.json()["code"]) == (409, "review_required")
    assert "/v1/reps/{rep_id}/skills/review" in refused.json()["detail"]
    assert client.get(f"{OF_REP}?{MONTH}").status_code == 200
    review(office)
    assert client.get(f"{OF_REP}?{MONTH}&purpose=hr").json() == client.get(f"{OF_REP}?{MONTH}").json()
    assert client.get(f"{OF_REP}?purpose=hr").json()["code"] == "review_required", "this month still runs"
    with office.services.uow(write=False) as tx:
        (entry,) = tx.privacy.audit.find(TENANT, actions=["scores.read_for_hr"])
    assert entry.object == "person:rep-1"


def test_values_that_change_afterwards_are_not_reviewed(office: Api) -> None:
    review(office)
    erased = office.client().delete(f"/v1/subjects/visit:{an_id('vis', 1)}")
    assert erased.status_code < 300, erased.text
    assert office.client().get(f"{OF_REP}/review?{MONTH}").json()["state"] == "changed"
    assert office.client().get(f"{OF_REP}?{MONTH}&purpose=hr").json()["code"] == "review_required"
    assert review(office).json()["state"] == "reviewed"


def test_nobody_stands_beside_others_before_everybody_is_reviewed(office: Api) -> None:
    client, team = office.client(), f"/v1/teams/华东一组/skills?{MONTH}"
    review(office)
    refused = client.get(f"{team}&purpose=hr")
    assert (refused.status_code, refused.json()["code"]) == (409, "review_required")
    review(office, rep="rep-2")
    lines = client.get(f"{team}&purpose=hr").json()["reps"]
    for line in lines:
        seen = client.get(f"/v1/reps/{line['rep_id']}/skills/review?{MONTH}").json()
        assert line["skills"] == seen["scores"]
    assert [line["rep_id"] for line in lines] == ["rep-1", "rep-2"]


def test_coaching_only_forbids_the_purpose_and_nothing_else(office: Api) -> None:
    client = office.client()
    review(office)
    rules = client.put("/v1/privacy/rules", json={"coaching_only": True}).json()
    assert rules == {"notice": "claimed", "coaching_only": True}
    assert client.put("/v1/privacy/rules", json={"notice": "all"}).json() == {"notice": "all", "coaching_only": True}
    for path in (f"{OF_REP}?{MONTH}", f"/v1/teams/华东一组/skills?{MONTH}"):
        refused = client.get(f"{path}&purpose=hr")
        assert (refused.status_code, refused.json()["code"]) == (403, "purpose_forbidden")
        assert client.get(path).status_code == 200
    registered = client.post("/v1/webhook-endpoints", json={"url": "https://hr.example/h", "purpose": "hr"})
    assert (registered.status_code, registered.json()["code"]) == (403, "purpose_forbidden")


def sent_to(api: Api, endpoint_id: str) -> dict[str, Any]:
    """The data of the newest event that this endpoint got."""
    sender = FakeSender()
    services = api.services
    deliverer = Deliverer.over(services, sender, "o", robots={}, public_url="", watch=lambda *_, **__: None)
    while deliverer.deliver_one():
        pass
    return dict(json.loads([sent[2] for sent in sender.sent if sent[0] == endpoint_id][-1])["data"])


def register(api: Api, payload: str, purpose: str) -> str:
    body = {"url": "https://hr.example/h", "payload": payload, "purpose": purpose, "event_types": ["visit.analyzed"]}
    answer = api.client().post("/v1/webhook-endpoints", json=body).json()
    assert answer["purpose"] == purpose
    return str(answer["id"])


def happen(api: Api) -> Event:
    """The event of a visit of February with a score in it, told again."""
    data = {"links": {}, "analysis": {"summary": "嫌贵", "skills": [{"score": 40.0}], "courses": []}}
    event = Event(api.services.ids.new("evt"), TENANT, "visit.analyzed", FEBRUARY, an_id("vis", 1), 9, data)
    with api.services.uow() as tx:
        tx.events.add(event)
    return event


@pytest.mark.parametrize("payload", ["full", "pseudonymised"])
def test_a_receiver_for_hr_gets_no_score_before_the_review(office: Api, payload: str) -> None:
    asked = register(office, payload, "hr")
    happen(office)
    withheld = sent_to(office, asked)
    assert withheld["review"] == "required"
    assert withheld["analysis"] == {"summary": "嫌贵"}
    review(office)
    happen(office)
    told = sent_to(office, asked)
    assert told["analysis"]["skills"] == [{"score": 40.0}]
    assert "review" not in told


def test_a_receiver_for_operations_is_told_as_ever_and_a_thin_one_has_nothing_withheld(office: Api) -> None:
    full, thin = register(office, "full", "operations"), register(office, "thin", "hr")
    happen(office)
    told = sent_to(office, full)
    assert (told["analysis"]["skills"], "review" in told) == ([{"score": 40.0}], False)
    happen(office)
    assert not {"review", "analysis"} & set(sent_to(office, thin))


def test_under_coaching_only_a_receiver_that_stands_gets_no_score_though_it_was_reviewed(office: Api) -> None:
    asked = register(office, "full", "hr")
    review(office)
    office.client().put("/v1/privacy/rules", json={"coaching_only": True})
    event = happen(office)
    assert sent_to(office, asked)["review"] == "forbidden"
    assert judge_event(office.services, event) == "forbidden"


def decisions_duty(api: Api) -> Duty:
    (duty,) = [each for each in verify_privacy(api.services, Installed()) if each.name.startswith("Automated")]
    return duty


def test_the_checklist_tells_whose_values_wait_where_somebody_decides_by_them(office: Api) -> None:
    assert decisions_duty(office).state == "ok"
    register(office, "full", "hr")
    assert (decisions_duty(office).state, "2 reps" in decisions_duty(office).found) == ("attention", True)
    review(office)
    assert "1 reps" in decisions_duty(office).found
    review(office, rep="rep-2")
    assert decisions_duty(office).state == "ok"
    office.client().put("/v1/privacy/rules", json={"coaching_only": True})
    assert "1 `hr` endpoints stand" in decisions_duty(office).found


def test_erasing_the_rep_reaches_the_review(sql_api: Api) -> None:
    row = ScoreReview(review_id("rep-1", "2026-02"), TENANT, FEBRUARY, "rep-1", "2026-02", "0" * 64, "trn-1", "听过")
    with sql_api.services.uow() as tx:
        tx.coaching.score_reviews.put(row)
        tx.coaching.score_reviews.put(replace(row, id=review_id("rep-2", "2026-02"), rep_id="rep-2"))
    client = sql_api.client()
    client.put("/v1/people", json={"people": PEOPLE})
    assert "srv_" in client.get("/v1/subjects/person:rep-1/export").text
    assert client.delete("/v1/subjects/person:rep-1").status_code < 300
    with sql_api.services.uow(write=False) as tx:
        assert [left.rep_id for left in tx.coaching.score_reviews.find(TENANT)] == ["rep-2"]


class AnyUrl:
    """The address rules let every host pass: what is tested is the purpose."""

    def check(self, url: str) -> None:
        del url


UNSUITED = {
    "a type that judges": {"event_types": ["credibility.low"]},
    "a chat robot": {"kind": "feishu", "url": "https://open.feishu.cn/open-apis/bot/v2/hook/0123456789ab"},
}


@pytest.mark.parametrize("change", UNSUITED.values(), ids=UNSUITED.keys())
def test_what_judges_by_itself_is_not_for_hr(office: Api, change: dict[str, Any]) -> None:
    office.services = replace(office.services, urls=AnyUrl())  # type: ignore[arg-type]
    body = {"url": "https://hr.example/h", "purpose": "hr", **change}
    answer = office.client().post("/v1/webhook-endpoints", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "purpose_unsuited")
    assert office.client().get("/v1/webhook-endpoints").json()["items"] == []


def test_an_endpoint_for_hr_asks_for_what_judges_nobody_by_default(office: Api) -> None:
    made = office.client().post("/v1/webhook-endpoints", json={"url": "https://hr.example/h", "purpose": "hr"}).json()
    assert "visit.analyzed" in made["event_types"]
    assert "credibility.low" not in made["event_types"]
