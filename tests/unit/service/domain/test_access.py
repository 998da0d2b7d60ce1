"""API keys: rendering, parsing, and who is admitted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.access import ApiKey, Principal, admits, hash_key, parse_key, render_key

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
TEXT = render_key("k1", bytes(range(32)))


def a_key(**changes: object) -> ApiKey:
    fields = {"id": "k1", "tenant_id": "t1", "secret_sha256": hash_key(TEXT), "scopes": frozenset(), "created_at": NOW}
    return ApiKey(**{**fields, **changes})  # type: ignore[arg-type]


@given(st.from_regex(r"[0-9a-z]{1,20}", fullmatch=True), st.binary(min_size=32, max_size=32))
def test_a_rendered_key_parses_back_to_its_id_and_hash(key_id: str, secret: bytes) -> None:
    text = render_key(key_id, secret)
    assert parse_key(text) == (key_id, hash_key(text))


@pytest.mark.parametrize(
    "text",
    ["", "fcue", TEXT[:-1], TEXT + "0", TEXT.replace("fcue", "acme"), TEXT[:-1] + ("0" if TEXT[-1] != "0" else "1"),
     TEXT.replace("k1", "k2"), "fcue__" + TEXT.split("_", 2)[2], "密钥_k1_x_y", "\udcff"],
    ids=["empty", "prefix only", "cut", "longer", "other prefix", "wrong checksum", "other id", "no id", "Chinese",
         "surrogate"],
)  # fmt: skip
def test_a_key_that_was_mistyped_is_refused_without_a_look_up(text: str) -> None:
    assert parse_key(text) is None


def test_the_right_key_is_admitted() -> None:
    assert admits(a_key(), hash_key(TEXT), NOW)


@pytest.mark.parametrize(
    "changes",
    [{"revoked_at": NOW - timedelta(seconds=1)}, {"expires_at": NOW}, {"secret_sha256": hash_key("other")}],
    ids=["revoked", "expired", "other secret"],
)
def test_a_key_that_ended_or_differs_is_not_admitted(changes: dict[str, object]) -> None:
    assert not admits(a_key(**changes), hash_key(TEXT), NOW)


def test_admin_may_everything_and_others_only_what_they_hold() -> None:
    assert Principal("t1", "k1", frozenset({"admin"})).may("triage")
    assert Principal("t1", "k1", frozenset({"triage"})).may("triage")
    assert not Principal("t1", "k1", frozenset({"triage"})).may("visits:read")
