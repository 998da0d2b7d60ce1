"""A tenant's processes, scorecards, metrics and office hours over HTTP, as sales operations change them."""

from tests.support.api import Api
from tests.support.builders import OTHER_TENANT
from tests.support.crm import a_cloud_event
from tests.support.owned_playbooks import OWN_PLAN
from tests.support.shelf import shipped_content

METRIC = shipped_content().texts["metrics", "fresh_within_72h"]


def test_a_metric_is_read_changed_audited_and_brought_back(api: Api) -> None:
    client, path = api.client(), "/v1/content/metrics/fresh_within_72h"
    shipped = client.get(path).json()
    assert (shipped["version"], shipped["since"], shipped["text"]) == (0, None, METRIC)
    changed = METRIC.replace("at_least: 0.93", "at_least: 0.5")
    assert client.post("/v1/content/check", json={"kind": "metrics", "text": changed}).json()["valid"] is True
    put = client.put(path, json={"text": changed, "author": "ops-1", "note": "新团队先放宽"})
    assert (put.status_code, put.json()["version"]) == (200, 1)
    assert client.get("/v1/metrics/fresh_within_72h").json()["threshold"]["at_least"] == 0.5
    stranger = api.client(tenant=OTHER_TENANT)
    assert stranger.get("/v1/metrics/fresh_within_72h").json()["threshold"]["at_least"] == 0.93
    listed = {item["id"]: item["version"] for item in client.get("/v1/content?kind=metrics").json()["items"]}
    assert listed["fresh_within_72h"] == 1
    assert listed["trace_rate"] == 0
    assert client.post(f"{path}/rollback", json={"version": 0}).json()["version"] == 2
    assert client.get("/v1/metrics/fresh_within_72h").json()["threshold"]["at_least"] == 0.93
    versions = client.get(f"{path}/versions").json()["items"]
    assert [(each["version"], each["author"], each["note"]) for each in versions][1] == (1, "ops-1", "新团队先放宽")


def test_faults_come_with_their_lines_and_nothing_is_stored(api: Api) -> None:
    client = api.client()
    wrong = METRIC.replace("unit: share", "unit: furlongs")
    answer = client.put("/v1/content/metrics/fresh_within_72h", json={"text": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    line = next(number for number, text in enumerate(wrong.splitlines(), 1) if "furlongs" in text)
    assert answer.json()["faults"][0].startswith(f"metrics:{line}: key `unit`")
    checked = client.post("/v1/content/check", json={"kind": "metrics", "text": wrong}).json()
    assert (checked["valid"], checked["faults"]) == (False, answer.json()["faults"])
    assert client.get("/v1/content/metrics/fresh_within_72h/versions").json()["items"] == []
    assert client.post("/v1/content", json={"kind": "weather", "text": "id: x"}).status_code == 422
    assert client.post("/v1/content", json={"kind": "metrics", "text": METRIC}).json()["code"] == "content_exists"
    for path in ("/v1/content/weather/sunny", "/v1/content/metrics/nothing"):
        assert client.get(path).json()["code"] == "content_not_found"


def test_sent_twice_with_one_key_it_is_stored_once(api: Api) -> None:
    client, key = api.client(), {"Idempotency-Key": "own-1"}
    for _ in range(2):
        answer = client.post("/v1/content", json={"kind": "plans", "text": OWN_PLAN}, headers=key)
        assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert len(client.get("/v1/content/plans/own_plan/versions").json()["items"]) == 1


def test_a_process_of_the_tenants_own_is_on_its_board_alone(api: Api) -> None:
    client = api.client()
    text = shipped_content().texts["processes", "hospital_admission"]
    text = text.replace("id: hospital_admission", "id: own_admission", 1).replace("pipeline: hospital", "pipeline: own")
    assert client.post("/v1/content", json={"kind": "processes", "text": text}).status_code == 201
    event = a_cloud_event(
        "opportunity.created", "opportunity/o1", api.clock.now(), {"pipeline": "own", "stage": "产品选型"}
    )
    client.post("/v1/events", json=event)
    assert "own_admission" in {process["id"] for process in client.get("/v1/processes").json()["items"]}
    assert len(client.get("/v1/processes/own_admission/board").json()["items"]) == 1
    assert client.get("/v1/opportunities/o1/process").json()["process"] == "own_admission"
    assert api.client(tenant=OTHER_TENANT).get("/v1/processes/own_admission/board").status_code == 404
