"""Tokens: the same at one endpoint, others at another, of one kind apart from another, and nothing beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.masking import load_masker
from service.domain.privacy.pseudonyms import endpoint_key, family_of, find_named, is_token, pseudonymise, token_of

KEY = endpoint_key(b"k" * 32, "whk_1")
OTHER = endpoint_key(b"k" * 32, "whk_2")
EVENT = {
    "event_id": "evt_1",
    "visit_id": "vis_1",
    "external_id": "crm-visit-5512",
    "links": {"visit": "/v1/visits/vis_1"},
    "rule": "budget_stalled_72h",
    "rule_id": "budget_stalled_72h",
    "title": "预算未更新，客户 acc-2041",
    "text": "请联系王建国，电话13800001111",
    "recipients": ["归属人 rep-017"],
    "recipient_ids": [{"role": "owner", "person": "rep-017"}],
    "subject": {"kind": "account", "id": "acc-2041"},
    "details": {"rep_id": "rep-017", "account_id": "acc-2041", "name": "何晓东", "phone": "13800001111"},
    "evidence": [{"visit_id": "vis_1", "turn": 2, "quote": "太贵了"}],
}


def test_no_id_name_or_number_is_left_and_what_is_said_stays() -> None:
    told = pseudonymise(EVENT, KEY, load_masker())
    left = str(told)
    for raw in ("evt_1'", "vis_1", "crm-visit-5512", "rep-017", "acc-2041", "王建国", "13800001111", "何晓东", "/v1/"):
        assert raw not in left, raw
    assert (told["rule_id"], told["evidence"][0]["turn"], told["evidence"][0]["quote"]) == (
        "budget_stalled_72h", 2, "太贵了"
    )  # fmt: skip
    assert told["text"] == "请联系＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊"


def test_one_thing_has_one_token_wherever_it_stands() -> None:
    told = pseudonymise(EVENT, KEY, load_masker())
    rep, account, visit = (token_of(KEY, *each) for each in
                           (("person", "rep-017"), ("account", "acc-2041"), ("visit", "vis_1")))  # fmt: skip
    assert told["recipient_ids"] == [{"role": "owner", "person": rep}]
    assert told["details"]["rep_id"] == rep
    assert told["recipients"] == [f"归属人 {rep}"]
    assert told["subject"] == {"kind": "account", "id": account}
    assert told["title"] == f"预算未更新，客户 {account}"
    assert told["visit_id"] == told["evidence"][0]["visit_id"] == visit


def test_the_same_event_gives_the_same_tokens_again_and_others_elsewhere() -> None:
    first, again = (pseudonymise(EVENT, KEY, load_masker()) for _ in range(2))
    elsewhere = pseudonymise(EVENT, OTHER, load_masker())
    assert first == again
    shared = {word for word in str(first).split("'") if is_token(word)} & set(str(elsewhere).split("'"))
    assert shared == set()


@pytest.mark.parametrize(
    ("name", "beside", "family"),
    [
        ("rep_id", {}, "person"),
        ("owner_id", {}, "person"),
        ("account_id", {}, "account"),
        ("visit_ids", {}, "visit"),
        ("id", {"kind": "account"}, "account"),
        ("id", {"kind": "rep"}, "person"),
        ("id", {}, "id"),
        ("phone", {}, "name phone"),
        ("rule_id", {}, None),
        ("text", {}, None),
    ],
)
def test_what_a_field_holds_is_told_by_its_name(name: str, beside: dict[str, str], family: str | None) -> None:
    assert family_of(name, beside) == family


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_token_looks_like_nothing_but_a_token_and_two_things_have_two(one: str, two: str) -> None:
    assert is_token(token_of(KEY, "person", one))
    assert (token_of(KEY, "person", one) == token_of(KEY, "person", two)) == (one == two)
    assert token_of(KEY, "person", one) != token_of(KEY, "account", one)


def test_a_token_is_found_among_what_is_kept_and_nowhere_else() -> None:
    token = token_of(KEY, "person", "rep-017")
    assert find_named(token, KEY, [("account", "rep-017"), ("person", "rep-017")]) == ("person", "rep-017")
    assert find_named(token, KEY, [("person", "rep-018")]) is None
    assert find_named(token, OTHER, [("person", "rep-017")]) is None


def test_a_short_id_and_a_plain_word_are_replaced_in_their_fields_alone() -> None:
    data = {"owner_id": "A1", "by": "system", "text": "A1 档，由 system 处理"}
    told = pseudonymise(data, KEY, load_masker())
    assert (is_token(told["owner_id"]), is_token(told["by"]), told["text"]) == (True, True, "A1 档，由 system 处理")
