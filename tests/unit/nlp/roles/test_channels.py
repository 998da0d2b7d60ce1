"""Two tracks, two speakers: the whole of a track decides who is on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.roles.channels import settle_channels
from nlp.types import Role, Turn

TEXTS = ["您看报价怎么样？", "太贵了", "嗯", "好的", "我明天发您", "行"]


def turns(*channels: int | None) -> list[Turn]:
    return [Turn(i, TEXTS[i % len(TEXTS)], channel=channel) for i, channel in enumerate(channels)]


def test_one_unsure_turn_follows_the_rest_of_its_channel() -> None:
    judged: list[tuple[Role, float]] = [("rep", 0.9), ("customer", 0.9), ("customer", 0.6), ("customer", 0.8)]
    settled = settle_channels(turns(0, 1, 0, 1), judged)
    assert [role for role, _ in settled] == ["rep", "customer", "rep", "customer"]
    assert all(score > 0.9 for _, score in settled)


def test_the_rep_may_be_on_the_second_channel() -> None:
    settled = settle_channels(turns(0, 1), [("customer", 0.9), ("rep", 0.9)])
    assert [role for role, _ in settled] == ["customer", "rep"]


def test_two_channels_that_sound_alike_still_get_two_roles() -> None:
    settled = settle_channels(turns(0, 1), [("customer", 0.7), ("customer", 0.9)])
    assert [role for role, _ in settled] == ["rep", "customer"]


@pytest.mark.parametrize("channels", [(None, None), (0, 0), (0, 1, 2)], ids=["shared", "one", "three"])
def test_without_two_channels_the_model_has_the_word(channels: tuple[int | None, ...]) -> None:
    judged: list[tuple[Role, float]] = [("customer", 0.8)] * len(channels)
    assert settle_channels(turns(*channels), judged) == judged


def test_a_turn_without_a_channel_keeps_its_own_role() -> None:
    settled = settle_channels(turns(0, 1, None), [("rep", 0.9), ("customer", 0.9), ("other", 0.7)])
    assert settled[2] == ("other", 0.7)


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(["rep", "customer", "other"]), st.floats(0, 1))))
def test_every_channel_has_one_role_and_never_both_the_same(rows: list[tuple[int, Role, float]]) -> None:
    found = turns(*(channel for channel, _, _ in rows))
    settled = settle_channels(found, [(role, score) for _, role, score in rows])
    if len({channel for channel, _, _ in rows}) == 2:
        paired = list(zip(found, settled, strict=True))
        roles = {c: {role for turn, (role, _) in paired if turn.channel == c} for c in (0, 1)}
        assert roles in ({0: {"rep"}, 1: {"customer"}}, {0: {"customer"}, 1: {"rep"}})


def voiced(*speakers: int | None) -> list[Turn]:
    return [Turn(i, TEXTS[i % len(TEXTS)], speaker=speaker) for i, speaker in enumerate(speakers)]


def test_a_voice_has_the_role_that_all_its_words_speak_for() -> None:
    judged: list[tuple[Role, float]] = [
        ("rep", 0.9),
        ("customer", 0.9),
        ("customer", 0.6),
        ("other", 0.8),
        ("rep", 0.7),
    ]
    settled = settle_channels(voiced(0, 1, 0, 1, 2), judged)
    assert [role for role, _ in settled] == ["rep", "customer", "rep", "customer", "rep"]


def test_two_customers_at_the_table_stay_two_customers() -> None:
    settled = settle_channels(voiced(0, 1, 2), [("rep", 0.9), ("customer", 0.9), ("customer", 0.7)])
    assert [role for role, _ in settled] == ["rep", "customer", "customer"]


@pytest.mark.parametrize("speakers", [(None, 0), (0, 0)], ids=["nobody found", "nothing telling"])
def test_where_the_voice_tells_nothing_the_model_has_the_word(speakers: tuple[int | None, ...]) -> None:
    judged: list[tuple[Role, float]] = [("other", 0.8), ("other", 0.6)]
    assert settle_channels(voiced(*speakers), judged) == judged
