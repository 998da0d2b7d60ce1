"""Words given to the voices that were told apart: cut where the voice changes, and nothing of the text lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.speakers import VOICES, Stint, by_speaker
from nlp.asr.turns import build_turns
from nlp.types import Segment, Word
from tests.support.speech import a_segment

TALK = a_segment("这个太贵了吗不贵的", 0, 9_000, words=True, confidence=0.8)  # a character a second
ASKS, ANSWERS = Stint(0, 6_000, 0), Stint(6_000, 9_000, 1)


def said(segments: list[Segment]) -> list[tuple[str, int | None]]:
    return [(segment.text, segment.speaker) for segment in segments]


def test_a_segment_is_cut_where_the_voice_changes() -> None:
    pieces = by_speaker([TALK], [ASKS, ANSWERS], window=0)
    assert said(pieces) == [("这个太贵了吗", 0), ("不贵的", 1)]
    assert [(p.start_ms, p.end_ms) for p in pieces] == [(0, 6_000), (6_000, 9_000)]
    assert [p.confidence for p in pieces] == [0.8, 0.8]
    assert ["".join(w.text for w in p.words) for p in pieces] == [p.text for p in pieces]


def test_the_voices_of_each_window_are_their_own() -> None:
    assert said(by_speaker([TALK], [ASKS, ANSWERS], window=3)) == [
        ("这个太贵了吗", 3 * VOICES),
        ("不贵的", 3 * VOICES + 1),
    ]


@pytest.mark.parametrize(
    ("stints", "speaker"),
    [
        pytest.param([Stint(0, 2_000, 0), Stint(2_000, 9_000, 1)], 1, id="who speaks longest"),
        pytest.param([Stint(9_400, 9_900, 2)], 2, id="who speaks next, near"),
        pytest.param([Stint(9_600, 9_900, 2)], None, id="nobody near"),
        pytest.param([], None, id="nobody at all"),
        pytest.param([Stint(0, 9_000, 0), Stint(0, 9_000, 1)], 0, id="two at once"),
    ],
)
def test_without_words_a_segment_stays_whole(stints: list[Stint], speaker: int | None) -> None:
    whole = a_segment("这个太贵了吗不贵的", 0, 9_000)
    assert said(by_speaker([whole], stints, window=0)) == [(whole.text, speaker)]


def test_words_that_do_not_spell_their_text_are_not_cut() -> None:
    odd = Segment("二〇二六年", 0, 2_000, words=(Word("2026年", 0, 2_000),))
    assert said(by_speaker([odd], [Stint(0, 1_000, 0), Stint(1_000, 2_000, 1)], window=0)) == [("二〇二六年", 0)]


def test_a_turn_ends_where_another_voice_begins_and_only_there() -> None:
    pieces = by_speaker(
        [TALK, a_segment("好的对的", 9_050, 11_000, words=True)], [ASKS, Stint(6_000, 11_000, 1)], window=0
    )
    turns = build_turns(pieces, 1)
    assert [(turn.text, turn.speaker, turn.channel) for turn in turns] == [
        ("这个太贵了吗", 0, None),
        ("不贵的，好的对的", 1, None),
    ]


@pytest.mark.parametrize(("gap_ms", "turns"), [(1_000, 1), (1_600, 2)])
def test_one_voice_ends_its_turn_at_a_long_pause(gap_ms: int, turns: int) -> None:
    first = a_segment("我先说价格。", 0, 2_000)
    second = a_segment("好的再说交期", 2_000 + gap_ms, 5_000 + gap_ms)
    voiced = by_speaker([first, second], [Stint(0, 9_000, 0)], window=0)
    assert len(build_turns(voiced, 1)) == turns


STINTS = st.lists(
    st.builds(lambda a, n, v: Stint(a, a + n, v), st.integers(0, 9_000), st.integers(1, 4_000), st.integers(0, 3)),
    max_size=8,
)


@given(STINTS)
def test_no_word_is_lost_moved_or_said_twice(stints: list[Stint]) -> None:
    pieces = by_speaker([TALK], stints, window=0)
    assert "".join(piece.text for piece in pieces) == TALK.text
    assert [word for piece in pieces for word in piece.words] == list(TALK.words)
    assert all(piece.speaker is None or piece.speaker in {stint.voice for stint in stints} for piece in pieces)
