"""Reviews, appeals, labels and timelines over HTTP: people's word against the model's, and where it was said."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from models.training.corrections import load_corrections
from models.training.labels import load_labels
from service.usecases.coaching.review_findings import export_tasks
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api
from tests.support.coached import ASKED, PRICE_LEFT_OPEN, coach_again, coached
from tests.support.fakes import NOON

BY = {"by": "trainer-1"}


@pytest.fixture
def visit(api: Api) -> str:
    return coached(api.services, 1, *PRICE_LEFT_OPEN, *ASKED, at=NOON - timedelta(days=1))


@pytest.fixture
def finding(api: Api, visit: str) -> str:
    found = api.client().get(f"/v1/visits/{visit}/analysis").json()["findings"]
    return str(next(one["id"] for one in found if one["code"] == "price"))


def review(api: Api, finding: str, **body: Any) -> Any:
    return api.client().post(f"/v1/findings/{quote(finding)}/review", json={**BY, **body})


def test_a_review_becomes_a_label_with_its_words(api: Api, finding: str) -> None:
    answer = review(api, finding, verdict="should_be", should_be=["budget"], note="没批")
    assert answer.status_code == 201
    label = answer.json()
    assert (label["code"], label["should_be"], label["quote"]) == ("price", ["budget"], "两万八一把太贵了。")
    (task,) = api.client().get("/v1/labels").json()["items"]
    assert task["data"]["text"] == "两万八一把太贵了。"
    assert task["annotations"][0]["result"][0]["value"]["choices"] == ["budget"]
    assert task["predictions"][0]["result"][0]["value"]["choices"] == ["price"]


def test_the_same_persons_later_word_replaces_the_earlier_and_anothers_stands_beside(api: Api, finding: str) -> None:
    review(api, finding, verdict="wrong")
    review(api, finding, verdict="right")
    review(api, finding, verdict="wrong", by="trainer-2")
    tasks = api.client().get("/v1/labels").json()["items"]
    assert {(task["annotations"][0]["completed_by"], task["annotations"][0]["meta"]["verdict"]) for task in tasks} == {
        ("trainer-1", "right"), ("trainer-2", "wrong"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"verdict": "should_be"}, "should_be_missing"),
        ({"verdict": "right", "should_be": ["budget"]}, "should_be_unexpected"),
        ({"verdict": "should_be", "should_be": ["weather"]}, "label_unknown"),
        ({"verdict": "perhaps"}, "invalid"),
    ],
)
def test_a_review_that_does_not_fit_is_refused(api: Api, finding: str, body: dict[str, Any], code: str) -> None:
    answer = review(api, finding, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def appeal(api: Api, subject: str, target: str) -> Any:
    body = {"subject": subject, "target_id": target, "reason": "客户是笑着说的"}
    return api.client().post("/v1/appeals", json=body)


def objection(api: Api) -> dict[str, Any]:
    skills = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()["skills"]
    return next(skill for skill in skills if skill["code"] == "objection")


def test_a_contested_score_is_marked_so_until_it_is_ruled(api: Api, visit: str) -> None:
    assert visit
    (seen,) = objection(api)["evidence"]
    opened = appeal(api, "observation", seen["id"]).json()
    assert (opened["state"], opened["skill"], opened["rep_id"]) == ("open", "objection", "rep-1")
    assert objection(api)["contested"]
    again = appeal(api, "observation", seen["id"])
    assert (again.status_code, again.json()["code"]) == (409, "appeal_open")
    ruled = api.client().post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "upheld", "ruling": "是玩笑"})
    assert (ruled.json()["state"], ruled.json()["ruling"]) == ("upheld", "是玩笑")
    assert (objection(api)["contested"], objection(api)["n"]) == (False, 0)
    twice = api.client().post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "rejected", "ruling": "不"})
    assert (twice.status_code, twice.json()["code"]) == (409, "appeal_ruled")


def ruled(api: Api, appeal_id: str, state: str) -> None:
    body = {**BY, "state": state, "ruling": "听过了"}
    assert api.client().post(f"/v1/appeals/{appeal_id}/ruling", json=body).status_code == 200


def test_an_appeal_about_a_finding_marks_the_score_that_rests_on_it_and_strikes_it_when_upheld(
    api: Api, visit: str, finding: str
) -> None:
    (seen,) = objection(api)["evidence"]
    opened = appeal(api, "finding", finding).json()
    assert opened["observations"] == [seen["id"]]
    assert objection(api)["contested"]
    handled = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()["talk"]["handling_rate"]
    assert handled["n"] == 1
    ruled(api, opened["id"], "upheld")
    assert (objection(api)["contested"], objection(api)["n"], objection(api)["evidence"]) == (False, 0, [])
    skills = api.client().get("/v1/reps/rep-1/skills?month=2026-03").json()
    assert skills["talk"]["handling_rate"]["n"] == 0
    assert next(one["n"] for one in skills["skills"] if one["code"] == "discovery") == 2
    assert api.client().get(f"/v1/visits/{visit}/analysis").json()["findings"]


def test_what_was_struck_stays_struck_when_the_visit_is_coached_again(api: Api, visit: str, finding: str) -> None:
    ruled(api, appeal(api, "finding", finding).json()["id"], "upheld")
    coach_again(api.services, visit)
    assert objection(api)["n"] == 0
    with api.services.uow(write=False) as tx:
        record = tx.analyses.latest(TENANT, visit)
    assert record is not None
    assert record.coaching is not None
    assert "两万八" not in json.dumps(record.coaching["observations"], ensure_ascii=False)


def test_a_briefing_no_longer_tells_of_an_objection_that_was_struck(api: Api, visit: str, finding: str) -> None:
    def open_now() -> list[str]:
        body = {"rep_id": "rep-2", "account_id": "acc-1"}
        return [one["code"] for one in api.client().post("/v1/briefings", json=body).json()["objections"]]

    assert visit
    opened = appeal(api, "finding", finding).json()
    assert open_now() == ["price"]
    ruled(api, opened["id"], "upheld")
    assert open_now() == []


def test_a_rejected_appeal_about_a_finding_changes_no_score(api: Api, visit: str, finding: str) -> None:
    before = objection(api)
    ruled(api, appeal(api, "finding", finding).json()["id"], "rejected")
    assert (visit, objection(api)) == (visit, before)


def missing(api: Api, visit: str, **body: Any) -> Any:
    said = {"turn": 3, "kind": "objection", "code": "delivery", **BY, **body}
    return api.client().post(f"/v1/visits/{visit}/labels", json=said)


def test_what_the_model_missed_becomes_a_label_beside_what_it_found(api: Api, visit: str) -> None:
    answer = missing(api, visit, quote="一天停三回", note="停机就是交不了货")
    assert answer.status_code == 201
    label = answer.json()
    assert (label["verdict"], label["should_be"], label["finding_id"], label["quote"]) == (
        "missing", ["delivery"], "", "一天停三回",
    )  # fmt: skip
    (task,) = api.client().get("/v1/labels").json()["items"]
    assert task["annotations"][0]["result"][0]["value"]["choices"] == ["delivery", "pain_point"]
    assert task["predictions"] == []
    assert task["data"]["turns"][task["data"]["turn"]]["text"] == "一天停三回，每回二十分钟。"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"turn": 99}, 422, "turn_unknown"),
        ({"turn": -1}, 422, "invalid"),
        ({"code": "weather"}, 422, "label_unknown"),
        ({"kind": "signal", "code": "price"}, 422, "label_unknown"),
        ({"quote": "没有人这样说"}, 422, "quote_unknown"),
        ({"turn": 0, "code": "price"}, 409, "label_found"),
    ],
)
def test_a_missing_label_that_cannot_be_meant_is_refused(
    api: Api, visit: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = missing(api, visit, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.client().get("/v1/labels").json()["items"] == []


def test_a_missing_label_said_twice_stands_once_and_is_taken_back(api: Api, visit: str) -> None:
    missing(api, visit)
    label_id = missing(api, visit).json()["id"]
    missing(api, visit, by="trainer-2")
    assert len(api.client().get("/v1/labels").json()["items"]) == 2
    assert api.client().delete(f"/v1/labels/{label_id}").status_code == 204
    assert api.client().delete(f"/v1/labels/{label_id}").json()["code"] == "label_not_found"
    (task,) = api.client().get("/v1/labels").json()["items"]
    assert task["annotations"][0]["completed_by"] == "trainer-2"


def test_a_ruling_is_not_taken_back_as_a_label(api: Api, visit: str, finding: str) -> None:
    assert visit
    ruled(api, appeal(api, "finding", finding).json()["id"], "upheld")
    with api.services.uow(write=False) as tx:
        (label,) = tx.coaching.labels.find(TENANT)
    answer = api.client().delete(f"/v1/labels/{label.id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "label_settled")


def test_nobody_labels_a_visit_that_is_not_there_or_not_analysed(api: Api) -> None:
    assert missing(api, "vis_nothing").json()["code"] == "visit_not_found"
    waiting = api.client().post("/v1/visits", json=VISIT).json()["id"]
    assert missing(api, waiting).json()["code"] == "analysis_not_ready"


def test_the_export_is_what_the_next_training_reads(api: Api, visit: str, finding: str, tmp_path: Path) -> None:
    review(api, finding, verdict="should_be", should_be=["budget"])
    missing(api, visit)
    missing(api, visit, turn=2, kind="signal", code="value_statement")
    agreed = {"purposes": ["training"], "given_at": "2026-03-01T10:00:00+08:00"}
    assert api.client().patch(f"/v1/visits/{visit}/consent", json=agreed).status_code == 200
    with api.services.uow(write=False) as tx:
        tasks = export_tasks(tx, tenant_id=TENANT, now=NOON).tasks
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    talks = load_corrections(file, [label.code for label in load_labels()])
    judged = {turn.text: set(turn.codes) for talk in talks for turn in talk.turns if turn.labelled}
    assert judged == {
        "两万八一把太贵了。": {"budget"},
        "一天停三回，每回二十分钟。": {"pain_point", "delivery"},
        "现在这道工序一天停几次？": {"discovery_question", "value_statement"},
    }
    assert [turn.role for turn in talks[-1].turns] == ["customer", "rep"]


def test_a_rejected_appeal_leaves_the_score(api: Api, visit: str) -> None:
    assert visit
    (seen,) = objection(api)["evidence"]
    opened = appeal(api, "observation", seen["id"]).json()
    api.client().post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "rejected", "ruling": "听了录音"})
    assert (objection(api)["contested"], objection(api)["n"]) == (False, 1)


def test_a_contested_finding_is_named_in_the_analysis_and_its_ruling_teaches(
    api: Api, visit: str, finding: str
) -> None:
    opened = appeal(api, "finding", finding).json()
    assert api.client().get(f"/v1/visits/{visit}/analysis").json()["contested"] == [finding]
    api.client().post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "upheld", "ruling": "是玩笑"})
    assert api.client().get(f"/v1/visits/{visit}/analysis").json()["contested"] == []
    (task,) = api.client().get("/v1/labels?source=appeal").json()["items"]
    assert (task["annotations"][0]["meta"]["verdict"], task["annotations"][0]["result"][0]["value"]["choices"]) == (
        "wrong", [],
    )  # fmt: skip


def test_appeals_are_listed_by_state_and_rep(api: Api, visit: str, finding: str) -> None:
    assert visit
    first = appeal(api, "finding", finding).json()
    second = appeal(api, "observation", objection(api)["evidence"][0]["id"]).json()
    client = api.client()
    client.post(f"/v1/appeals/{first['id']}/ruling", json={**BY, "state": "rejected", "ruling": "不"})
    for query, ids in (
        ("", [second["id"], first["id"]]),
        ("?state=open", [second["id"]]),
        ("?rep_id=rep-1&state=rejected", [first["id"]]),
        ("?rep_id=rep-2", []),
        ("?limit=1", [second["id"]]),
        (f"?limit=1&after={second['id']}", [first["id"]]),
    ):
        assert [one["id"] for one in client.get(f"/v1/appeals{query}").json()["items"]] == ids, query


@pytest.mark.parametrize(
    ("subject", "code"), [("finding", "finding_not_found"), ("observation", "observation_not_found")]
)
def test_nobody_contests_what_is_not_there(api: Api, subject: str, code: str) -> None:
    answer = appeal(api, subject, "nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_another_tenant_neither_reads_nor_judges(api: Api, visit: str, finding: str) -> None:
    opened = appeal(api, "finding", finding).json()
    review(api, finding, verdict="right")
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/appeals").json()["items"] == stranger.get("/v1/labels").json()["items"] == []
    assert stranger.post(f"/v1/findings/{quote(finding)}/review", json={**BY, "verdict": "wrong"}).status_code == 404
    assert appeal_as(stranger, finding).status_code == 404
    ruling = stranger.post(f"/v1/appeals/{opened['id']}/ruling", json={**BY, "state": "upheld", "ruling": "x"})
    assert ruling.json()["code"] == "appeal_not_found"
    assert stranger.get(f"/v1/labels?after={opened['id']}").json()["code"] == "cursor_invalid"
    assert stranger.get("/v1/accounts/acc-1/timeline").json()["code"] == "account_not_found"
    assert visit


def appeal_as(client: Any, finding: str) -> Any:
    return client.post("/v1/appeals", json={"subject": "finding", "target_id": finding, "reason": "不对"})


def test_the_last_mentions_of_a_topic_come_with_the_words_around_them(api: Api, visit: str) -> None:
    api.clock.forward(days=3)
    later = coached(
        api.services, 2, "r|||今年有安排吗？", "c||budget_info|二季度有两百万。", "r|||好的。",
        "c||budget_info|批了一半。", at=NOON + timedelta(days=2),
    )  # fmt: skip
    coached(api.services, 3, "c||budget_info|别家的预算。", at=NOON + timedelta(days=2), account="acc-2")
    body = api.client().get("/v1/accounts/acc-1/timeline?topic=budget_info").json()
    assert [one["quote"] for one in body["items"]] == ["批了一半。", "二季度有两百万。"]
    last = body["items"][1]
    assert (last["visit_id"], last["turn"], last["start_ms"], last["role"]) == (later, 1, 10_000, "customer")
    assert last["title"] == "预算信息"
    assert [(turn["i"], turn["mentions"]) for turn in last["turns"]] == [(0, False), (1, True), (2, False), (3, False)]
    everything = api.client().get("/v1/accounts/acc-1/timeline").json()["items"]
    assert {one["visit_id"] for one in everything} == {visit, later}
    assert len(api.client().get("/v1/accounts/acc-1/timeline?limit=1").json()["items"]) == 1


def test_a_topic_nobody_spoke_of_is_empty_and_a_strange_one_is_refused(api: Api, visit: str) -> None:
    assert visit
    assert api.client().get("/v1/accounts/acc-1/timeline?topic=churn_signal").json()["items"] == []
    assert api.client().get("/v1/accounts/acc-1/timeline?topic=tariff_topic").json()["items"] == []
    assert api.client().get("/v1/accounts/acc-1/timeline?topic=%25").status_code == 422


def test_withdrawn_consent_takes_labels_and_appeals_with_it(api: Api, visit: str, finding: str) -> None:
    review(api, finding, verdict="right")
    appeal(api, "finding", finding)
    assert api.client().delete(f"/v1/visits/{visit}/consent").status_code == 200
    assert api.client().get("/v1/labels").json()["items"] == api.client().get("/v1/appeals").json()["items"] == []
    assert "两万八" not in repr(api.database.state.coaching)
    assert TENANT in repr(api.database.state.visits)
