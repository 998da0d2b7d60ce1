"""Rows 38 to 50 of the bad-input table, through the whole application."""

import json

import pytest

from tests.support.api import VISIT, Api
from tests.support.cost import cpu_ms

JSON = {"Content-Type": "application/json"}
TAKES_NO_OTHER = (
    "the query has a parameter that this address does not take; it takes: account_id, after, limit, rep_id, unverified"
)


def with_field(name: str, raw: str) -> bytes:
    body = json.dumps({key: value for key, value in VISIT.items() if key != name}, ensure_ascii=False)
    return (body[:-1] + f', "{name}": {raw}}}').encode("utf-8", "surrogatepass")


ROWS = {
    "38 NaN": (with_field("industry", "NaN"), 422, "number_not_finite"),
    "38 1e999": (with_field("industry", "1e999"), 422, "number_not_finite"),
    "39 lone surrogate": (with_field("industry", '"\\ud800"'), 422, "invalid_unicode"),
    "40 NUL": (with_field("industry", '"a\\u0000"'), 422, "nul_character"),
    "41 duplicate key": (b'{"rep_id": "a", "rep_id": "b"}', 422, "duplicate_key"),
    "42 depth 1,000": (b'{"a":' * 1_000, 400, "too_deep"),
    "42 5,000 digits": (with_field("industry", "7" * 5_000), 400, "number_too_long"),
    "43 2^63": (with_field("industry", "9223372036854775808"), 422, "number_out_of_range"),
    "43 2^53+1": (with_field("industry", "9007199254740993"), 422, "number_out_of_range"),
    "44 true for a text": (with_field("rep_id", "true"), 422, "invalid"),
    "44 number for a text": (with_field("rep_id", "12"), 422, "invalid"),
    "45 date as a number": (with_field("visited_at", "20260101"), 422, "invalid"),
    "45 date as digits": (with_field("visited_at", '"20260101"'), 422, "invalid"),
    "45 year 0": (with_field("visited_at", '"0000-01-01T00:00:00Z"'), 422, "invalid"),
    "45 year 10000": (with_field("visited_at", '"10000-01-01T00:00:00Z"'), 422, "invalid"),
    "45 Feb 30": (with_field("visited_at", '"2026-02-30T00:00:00Z"'), 422, "invalid"),
    "45 naive": (with_field("visited_at", '"2026-02-03T00:00:00"'), 422, "invalid"),
    "45 leap second": (with_field("visited_at", '"2016-12-31T23:59:60Z"'), 422, "invalid"),
    "46 is_admin": (with_field("is_admin", "true"), 422, "unknown_field"),
    "46 tenant_id": (with_field("tenant_id", '"other"'), 422, "unknown_field"),
    "46 state": (with_field("state", '"done"'), 422, "unknown_field"),
    "47 UTF-16": (json.dumps(VISIT).encode("utf-16"), 400, "encoding"),
    "47 GBK": ('{"industry": "储能"}'.encode("gbk"), 400, "encoding"),
    "48 empty": (b"", 400, "json_invalid"),
    "48 null": (b"null", 422, "invalid"),
    "48 list": (b"[]", 422, "invalid"),
    "48 trailing garbage": (json.dumps(VISIT).encode() + b" x", 400, "json_invalid"),
}


@pytest.mark.parametrize(("body", "status", "code"), ROWS.values(), ids=ROWS)
def test_a_bad_body_gets_its_code_and_stores_nothing(api: Api, body: bytes, status: int, code: str) -> None:
    response = api.client().post("/v1/visits", content=body, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert api.database.state.visits == {}


def test_a_byte_order_mark_is_tolerated(api: Api) -> None:
    response = api.client().post("/v1/visits", content=b"\xef\xbb\xbf" + json.dumps(VISIT).encode(), headers=JSON)
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("", 415), ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/json; charset=gbk", 415),
     ("application/json; charset=utf-8", 201), ("application/vnd.crm+json", 201)],
)  # fmt: skip
def test_a_body_must_say_that_it_is_json(api: Api, content_type: str, status: int) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = api.client().post("/v1/visits", content=json.dumps(VISIT).encode(), headers=headers)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=1_0", 422, "invalid"),
        ("limit=%2B10", 422, "invalid"),
        ("limit=%2010", 422, "invalid"),
        ("limit=5&limit=99", 422, "duplicate_parameter"),
        ("limit=0", 422, "invalid"),
        ("limit=201", 422, "invalid"),
        ("rep_id=%FF", 400, "encoding"),
        ("rep_id=%00", 400, "nul_character"),
        ("no_such=1", 422, "unknown_parameter"),
        ("after=vis_1", 400, "cursor_invalid"),
        ("after=vis_00000000000000000000000000000999", 400, "cursor_invalid"),
    ],
)
def test_a_bad_query_gets_its_code(api: Api, query: str, status: int, code: str) -> None:
    response = api.client().get(f"/v1/visits?{query}")
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("address", "param", "detail"),
    [
        ("/v1/visits?repid=1", "repid",
         "this address takes no parameter `repid`; it takes: account_id, after, limit, rep_id, unverified"),
        ("/v1/visits?tenant_id=other", "tenant_id",
         "this address takes no parameter `tenant_id`; it takes: account_id, after, limit, rep_id, unverified"),
        ("/v1/privacy/retention?x=1", "x", "this address takes no parameter `x`; it takes none"),
        ("/v1/visits?%E6%9D%8E%E9%9B%B7=1", None,
         TAKES_NO_OTHER),
        ("/v1/visits?Canary-4417=1", None,
         TAKES_NO_OTHER),
        ("/v1/visits?limit=5&limit=9", "limit", "the query has `limit` 2 times"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named_where_it_is_a_name_and_nothing_else(
    api: Api, address: str, param: str | None, detail: str
) -> None:
    told = api.client().get(address).json()
    assert (told.get("param"), told["detail"]) == (param, detail)


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "BREW"])
def test_a_verb_that_an_address_does_not_take_gets_405(api: Api, method: str) -> None:
    response = api.client().request(method, "/v1/visits")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_an_unknown_address_is_a_problem_document_too(api: Api) -> None:
    response = api.client().get("/v1/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_errors_repeat_nothing_of_the_request(api: Api) -> None:
    canary = "canary-4417"
    bodies = [with_field(name, f'"{canary} {canary}"') for name in ("rep_id", "visited_at", "timezone", canary)]
    for body in bodies:
        response = api.client().post("/v1/visits", content=body, headers=JSON)
        assert response.status_code == 422
        assert f"{canary} {canary}" not in response.text


def test_a_long_body_is_refused_by_its_declared_length(api: Api) -> None:
    response = api.client().post("/v1/visits", content=b" " * 1_048_577, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_long_body_without_a_length_is_refused_where_it_passes_the_limit(api: Api) -> None:
    response = api.client().post("/v1/visits", content=(b" " * 65_536 for _ in range(17)), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_compressed_body_is_not_taken(api: Api) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    response = api.client().post("/v1/visits", content=b"\x1f\x8b", headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "content_encoding")


ROW_42 = {
    "depth 1,000": b'{"a":' * 1_000,
    "depth 150,000": b'{"a":' * 150_000,
    "depth 500,000 in a list": b"[" * 500_000,
    "depth 1,000,000 in a list": b"[" * 1_000_000,
    "5,000 digits": with_field("industry", "7" * 5_000),
    "1,000,000 digits": with_field("industry", "7" * 1_000_000),
}


@pytest.mark.parametrize("body", ROW_42.values(), ids=ROW_42)
def test_row_42_depth_and_digits_are_refused_before_they_cost_anything(api: Api, body: bytes) -> None:
    client = api.client()
    assert client.post("/v1/visits", content=body, headers=JSON).status_code == 400
    assert cpu_ms(lambda: client.post("/v1/visits", content=body, headers=JSON)) <= 50
