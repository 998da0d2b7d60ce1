"""Tickets of links and sessions: what is stored, what opens, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.sessions import (
    IDLE_ENDS,
    SESSION_LASTS,
    ConsoleSession,
    form_token,
    hash_secret,
    is_form_token,
    matches,
    parse_ticket,
    render_ticket,
)

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
ROW = "ses_" + "0" * 31 + "1"
SECRET = bytes(range(32))
secrets = st.binary(min_size=32, max_size=32)


def a_session() -> ConsoleSession:
    return ConsoleSession(ROW, "t1", hash_secret(SECRET.hex()), NOW, NOW, NOW + SESSION_LASTS, "lin")


@given(secrets)
def test_a_ticket_parses_back_and_matches_what_is_stored(secret: bytes) -> None:
    parsed = parse_ticket(render_ticket(ROW, secret))
    assert parsed == (ROW, secret.hex())
    assert matches(hash_secret(secret.hex()), parsed[1])


@given(secrets, secrets)
def test_another_secret_matches_nothing_and_writes_other_forms(one: bytes, other: bytes) -> None:
    same = one == other
    assert matches(hash_secret(one.hex()), other.hex()) is same
    assert is_form_token(one.hex(), form_token(other.hex())) is same


@pytest.mark.parametrize(
    "text",
    ["", ".", ROW, f"{ROW}.", f"{ROW}.{SECRET.hex()[:-1]}", f"{ROW}.{SECRET.hex()}0", f"{ROW}.{SECRET.hex().upper()}",
     f"ses_1.{SECRET.hex()}", f" {ROW}.{SECRET.hex()}", f"{ROW}.{SECRET.hex()}\n", "票据.密"],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_ticket_is_none(text: str) -> None:
    assert parse_ticket(text) is None


def test_a_form_token_tells_nothing_of_the_secret_and_takes_any_text() -> None:
    assert SECRET.hex() not in form_token(SECRET.hex())
    assert not is_form_token(SECRET.hex(), "票\udcff")


def test_a_session_ends_by_age_idleness_or_word() -> None:
    session = a_session()
    assert session.alive(NOW + IDLE_ENDS - timedelta(seconds=1))
    assert not session.alive(NOW + IDLE_ENDS)
    busy = replace(session, seen_at=NOW + SESSION_LASTS - timedelta(minutes=1))
    assert busy.alive(NOW + SESSION_LASTS - timedelta(seconds=1))
    assert not busy.alive(NOW + SESSION_LASTS)
    assert not replace(session, ended_at=NOW).alive(NOW)
