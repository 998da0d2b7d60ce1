"""Strict JSON: rows 38 to 43, 47 and 48 of the bad-input table, on the parser alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.strict_json import MAX_INTEGER, parse_strict_json
from service.domain.errors import ServiceError

REFUSED = {
    "NaN": (b'{"a": NaN}', "number_not_finite"),
    "Infinity": (b'{"a": Infinity}', "number_not_finite"),
    "minus Infinity": (b'{"a": -Infinity}', "number_not_finite"),
    "1e999": (b'{"a": 1e999}', "number_not_finite"),
    "lone surrogate": (b'{"a": "\\ud800"}', "invalid_unicode"),
    "lone surrogate as a key": (b'{"\\udfff": 1}', "invalid_unicode"),
    "NUL": (b'{"a": "x\\u0000y"}', "nul_character"),
    "duplicate key": (b'{"a": 1, "a": 2}', "duplicate_key"),
    "duplicate key, nested": (b'{"a": [{"b": 1, "b": 1}]}', "duplicate_key"),
    "depth 33": (b"[" * 33 + b"]" * 33, "too_deep"),
    "depth a million": (b"[" * 1_000_000, "too_deep"),
    "5,000-digit integer": (b"1" * 5_000, "number_too_long"),
    "2^53": (str(2**53).encode(), "number_out_of_range"),
    "2^63": (b'{"a": 9223372036854775808}', "number_out_of_range"),
    "minus 2^63-1": (b"-9223372036854775809", "number_out_of_range"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "encoding"),
    "UTF-16 without mark": ('{"a": 1}'.encode("utf-16-le"), "encoding"),
    "GBK": ('{"a": "客户"}'.encode("gbk"), "encoding"),
    "invalid UTF-8": (b'{"a": "\xff"}', "encoding"),
    "empty": (b"", "json_invalid"),
    "trailing garbage": (b'{"a": 1} x', "json_invalid"),
    "two documents": (b"{}{}", "json_invalid"),
    "single quotes": (b"{'a': 1}", "json_invalid"),
    "text too long": (json.dumps({"a": "客" * 65_537}).encode(), "text_too_long"),
    "too many keys": (json.dumps({str(i): i for i in range(25_001)}).encode(), "too_many_keys"),
}


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED)
def test_what_no_contract_allows_is_refused_with_its_code(raw: bytes, code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        parse_strict_json(raw)
    assert refusal.value.code == code


def test_an_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(ServiceError) as refusal:
        parse_strict_json('{"密码": "canary-7731", "密码": 1}'.encode())
    assert "canary" not in refusal.value.detail
    assert "密码" not in refusal.value.detail


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"[" * 32 + b"]" * 32, None),
        (b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 38}),
        ('{"a": "𠮷\\ud842\\udfb7"}'.encode(), {"a": "𠮷𠮷"}),
        (str(MAX_INTEGER).encode(), MAX_INTEGER),
    ],
    ids=["byte order mark", "depth 32", "brackets in a text", "rare characters", "2^53-1"],
)
def test_unusual_but_legal_bodies_pass(raw: bytes, value: object) -> None:
    parsed = parse_strict_json(raw)
    assert value is None or parsed == value


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_every_legal_value_comes_back_as_it_went(value: object) -> None:
    assert parse_strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_lead_to_anything_but_a_value_or_a_named_error(raw: bytes) -> None:
    try:
        parse_strict_json(raw)
    except ServiceError as error:
        assert error.code  # noqa: PT017 - both outcomes are legal; only this one can be checked further
