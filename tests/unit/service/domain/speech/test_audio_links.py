"""A link opens what it was made for, for as long as it says, and nothing once altered."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import Forbidden
from service.domain.speech.audio_links import MAX_AGE, make_link, open_link, sign_link
from tests.support.fakes import NOON

SECRET = b"s" * 32


def a_link(**lasts: float) -> str:
    link = make_link("ten_a", "rec_1", "k1", now=NOON, lasts=timedelta(**lasts))
    return sign_link(link, SECRET)


def test_it_says_what_it_was_made_for() -> None:
    link = open_link(a_link(minutes=5), SECRET, now=NOON + timedelta(minutes=4))
    assert (link.tenant_id, link.recording_id, link.key_id) == ("ten_a", "rec_1", "k1")
    assert link.expires_at == NOON + timedelta(minutes=5)


def test_none_lasts_longer_than_ten_minutes() -> None:
    assert open_link(a_link(days=2), SECRET, now=NOON).expires_at == NOON + MAX_AGE


@pytest.mark.parametrize("later", [timedelta(minutes=5), timedelta(days=1)])
def test_it_ends(later: timedelta) -> None:
    with pytest.raises(Forbidden) as refused:
        open_link(a_link(minutes=5), SECRET, now=NOON + later)
    assert refused.value.code == "link_invalid"


def test_one_from_a_future_clock_opens_nothing() -> None:
    with pytest.raises(Forbidden):
        open_link(a_link(minutes=10), SECRET, now=NOON - timedelta(days=1))


def test_another_installations_opens_nothing() -> None:
    with pytest.raises(Forbidden):
        open_link(a_link(minutes=5), b"t" * 32, now=NOON)


@given(st.data())
def test_no_altered_character_opens_anything(data: st.DataObject) -> None:
    text = a_link(minutes=5)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda char: char != text[at]))
    with pytest.raises(Forbidden):
        open_link(text[:at] + other + text[at + 1 :], SECRET, now=NOON)


@given(st.text(max_size=80))
def test_no_text_of_a_strangers_opens_anything(text: str) -> None:
    with pytest.raises(Forbidden):
        open_link(text, SECRET, now=NOON)
