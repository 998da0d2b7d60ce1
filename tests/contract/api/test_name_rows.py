"""Rows 52 to 57 and 62: cursors, forged headers, twins of names, heaps of marks, line breaks, guessed ids."""

import unicodedata

import pytest

from tests.support.api import OTHER_TENANT, VISIT, Api


def stored_place(api: Api, place: str) -> str:
    client = api.client()
    visit = client.post("/v1/visits", json={**VISIT, "place": place})
    assert visit.status_code == 201, visit.text
    return str(client.get(f"/v1/visits/{visit.json()['id']}").json()["place"])


@pytest.mark.parametrize(
    "cursor", ["x", "vis_" + "0" * 32, "vis_" + "g" * 32, "../vis", "vis_0' OR 1=1", "VIS_" + "0" * 32]
)
def test_row_52_a_tampered_cursor_is_refused(api: Api, cursor: str) -> None:
    response = api.client().get("/v1/visits", params={"after": cursor})
    assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid")


def test_row_53_a_forged_tenant_or_address_changes_nothing(api: Api, visit_id: str) -> None:
    forged = {"X-Tenant-Id": OTHER_TENANT, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example"}
    mine = api.client().get(f"/v1/visits/{visit_id}", headers=forged)
    assert mine.status_code == 200
    theirs = api.client(tenant=OTHER_TENANT).get(f"/v1/visits/{visit_id}", headers={"X-Tenant-Id": "ten_huadong"})
    assert theirs.status_code == 404


def test_row_54_names_are_stored_composed_and_keys_have_no_twins(api: Api) -> None:
    assert stored_place(api, "cafe\u0301") == "caf\u00e9"
    for twin in ("ａｃｃ－１", "acc\u0301", "acc 1", "ACC\u200b1"):
        refused = api.client().post("/v1/visits", json={**VISIT, "account_id": twin})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_row_55_what_turns_or_hides_text_is_taken_out_of_names(api: Api) -> None:
    assert stored_place(api, "二楼\u202e会议室\u200b\U000e0041\u2066") == "二楼会议室"


def test_row_56_rare_characters_stay_and_heaps_of_marks_do_not(api: Api) -> None:
    assert stored_place(api, "𠮷野家 👩‍👩‍👧") == "𠮷野家 👩👩👧"
    heaped = stored_place(api, "a" + "\u0335" * 180 + "b")
    assert (heaped[0], heaped[-1]) == ("a", "b")
    assert sum(unicodedata.combining(character) != 0 for character in heaped) == 8


@pytest.mark.parametrize("text", ["一楼\r\nSet-Cookie: a=1", "一楼\x1b[31m红", "一楼\x00"])
def test_row_57_line_breaks_and_escapes_do_not_reach_a_log_or_header(api: Api, text: str) -> None:
    response = api.client().post("/v1/visits", json={**VISIT, "place": text})
    if response.status_code == 201:
        assert not {"\r", "\n", "\x1b"} & set(response.json()["place"])
    else:
        assert response.status_code == 422
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("path", ["vis_1", "1", "vis_" + "0" * 32, "VIS_" + "a" * 32, "%2e%2e", "vis_' OR 1"])
def test_row_62_guessed_and_malformed_ids_are_unknown_alike(api: Api, visit_id: str, path: str) -> None:
    client = api.client()
    answers = [client.get(f"/v1/visits/{path}"), client.get("/v1/visits/vis_" + "f" * 32)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json()["code"] for answer in answers][1] == "visit_not_found"
