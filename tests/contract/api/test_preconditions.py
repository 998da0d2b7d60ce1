"""Row 52: a change that names a version counts for that version alone, and is never taken without its condition."""

import pytest

from service.domain.records import Page
from tests.support.api import TENANT, VISIT, Api

RETENTION = "/v1/privacy/retention"
SAID = {"turns": [{"text": "价格能不能再低一点", "role": "customer"}]}
BETTER = {"turns": [{"text": "价格能不能再低两点", "role": "customer"}]}
OTHER = {"turns": [{"text": "价格已经谈好了", "role": "customer"}]}


def transcript_of(visit_id: str) -> str:
    return f"/v1/visits/{visit_id}/transcript"


def test_a_correction_of_a_version_that_was_corrected_meanwhile_is_refused(api: Api, visit_id: str) -> None:
    client, address = api.client(), transcript_of(visit_id)
    client.put(address, json=SAID)
    read = client.get(address).headers["etag"]
    assert client.put(address, json=BETTER, headers={"If-Match": read}).status_code == 202
    late = client.put(address, json=OTHER, headers={"If-Match": read})
    assert (late.status_code, late.json()["code"]) == (412, "version_stale")
    assert client.get(address).json()["turns"][0]["text"] == "价格能不能再低两点"
    again = client.put(address, json=OTHER, headers={"If-Match": client.get(address).headers["etag"]})
    assert (again.status_code, again.json()["version"]) == (202, 3)


def test_who_sees_masked_words_gets_the_same_tag(api: Api, visit_id: str) -> None:
    client, address = api.client(), transcript_of(visit_id)
    client.put(address, json={"turns": [{"text": "我电话是13812345678", "role": "customer"}]})
    whole, masked = client.get(address), client.get(f"{address}?masked=true")
    assert whole.text != masked.text
    assert whole.headers["etag"] == masked.headers["etag"]


CONDITIONS = {
    "the tag": ('"transcript-1"', 202),
    "one of several": ('"transcript-7", "transcript-1"', 202),
    "whatever stands": ("*", 202),
    "another version": ('"transcript-2"', 412),
    "a tag that is only alike": ('"transcript-11"', 412),
    "no tag at all": ("transcript-1", 400),
    "a weak tag": ('W/"transcript-1"', 400),
    "half a tag": ('"transcript-1', 400),
    "nothing": ("", 400),
}


@pytest.mark.parametrize(("given", "status"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_is_kept_to_the_letter(api: Api, visit_id: str, given: str, status: int) -> None:
    client, address = api.client(), transcript_of(visit_id)
    client.put(address, json=SAID)
    answer = client.put(address, json=BETTER, headers={"If-Match": given})
    assert answer.status_code == status
    assert client.get(address).json()["version"] == (2 if status == 202 else 1)


@pytest.mark.parametrize("given", ["*", '"transcript-1"'])
def test_nothing_that_stands_matches_no_condition(api: Api, visit_id: str, given: str) -> None:
    answer = api.client().put(transcript_of(visit_id), json=SAID, headers={"If-Match": given})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")


def test_a_policy_that_somebody_else_changed_is_not_overwritten(api: Api) -> None:
    client = api.client()
    read = client.get(RETENTION).headers["etag"]
    first = client.put(RETENTION, json={"audio_days": 7}, headers={"If-Match": read})
    assert (first.status_code, first.headers["etag"]) == (200, client.get(RETENTION).headers["etag"])
    late = client.put(RETENTION, json={"audio_days": 20}, headers={"If-Match": read})
    assert late.status_code == 412
    assert client.get(RETENTION).json()["audio_days"] == 7
    noted = [row["action"] for row in client.get("/v1/audit").json()["items"]]
    assert noted == ["retention.changed"], "what was refused leaves no trace of having been done"


def test_an_address_that_cannot_keep_a_condition_refuses_it(api: Api) -> None:
    client = api.client()
    refused = client.post("/v1/visits", json=VISIT, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (400, "precondition_unsupported")
    with api.services.uow(write=False) as tx:
        assert tx.visits.page(TENANT, Page(5)) == []
    assert client.get("/v1/visits", headers={"If-Match": '"1"'}).status_code == 200


def test_every_address_that_takes_a_condition_says_so_and_declares_412(api: Api) -> None:
    document = api.anonymous().get("/openapi.json").json()
    takes = {
        (method, path)
        for path, methods in document["paths"].items()
        for method, route in methods.items()
        if any(parameter["name"] == "If-Match" for parameter in route.get("parameters", ()))
    }
    assert takes == {("put", "/v1/visits/{visit_id}/transcript"), ("put", RETENTION)}
    for method, path in takes:
        assert "412" in document["paths"][path][method]["responses"]
        assert "ETag" in document["paths"][path]["get"]["responses"]["200"]["headers"]
