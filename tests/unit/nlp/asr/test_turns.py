from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.turns import PUNCTUATION, build_turns, join_text, split_on_pauses
from nlp.types import Segment, Word
from tests.support.speech import a_segment


def _texts(segments: list[Segment], channels: int) -> list[str]:
    return [t.text for t in build_turns(segments, channels)]


def test_each_channel_is_one_speaker_and_short_pauses_do_not_end_a_turn() -> None:
    segments = [
        a_segment("价格我们看了", 0, 1000),
        a_segment("还是偏高。", 1800, 3000),
        a_segment("我回去申请。", 3100, 4000, channel=1),
        a_segment("交期呢？", 4200, 5000),
    ]
    turns = build_turns(segments, 2)
    assert [(t.i, t.text, t.channel, t.start_ms, t.end_ms) for t in turns] == [
        (0, "价格我们看了，还是偏高。", 0, 0, 3000),
        (1, "我回去申请。", 1, 3100, 4000),
        (2, "交期呢？", 0, 4200, 5000),
    ]


def test_a_long_pause_ends_a_turn_on_its_own_channel_too() -> None:
    assert _texts([a_segment("您稍等。", 0, 1000), a_segment("我找到了。", 9000, 9900)], 2) == [
        "您稍等。",
        "我找到了。",
    ]


def test_overlapping_speakers_keep_their_overlap() -> None:
    turns = build_turns([a_segment("我们这个方案的优势", 0, 4000), a_segment("嗯", 1500, 1700, channel=1)], 2)
    assert [(t.start_ms, t.end_ms, t.channel) for t in turns] == [(0, 4000, 0), (1500, 1700, 1)]


@pytest.mark.parametrize(
    ("first", "gap_ms", "second", "expected"),
    [
        pytest.param("我们先看产品", 700, "然后谈价格", 2, id="a long pause"),
        pytest.param("我们先看产品", 240, "然后谈价格", 1, id="a breath"),
        pytest.param("我们先看产品", 260, "然后谈价格", 2, id="as long as a change of speaker"),
        pytest.param("交期要多久？", 150, "大概六十天", 2, id="an answer to a question"),
        pytest.param("交期要多久呢", 150, "大概六十天", 2, id="an answer to a question without a mark"),
        pytest.param("这个价格偏高", 250, "是的我们理解", 2, id="a reply"),
        pytest.param("这个价格偏高", 100, "是的偏高", 1, id="no room for a change of speaker"),
        pytest.param("这个价格偏高。", 250, "我们按季度结算。", 2, id="a whole sentence and a pause"),
        pytest.param("这个价格偏高。", 150, "比去年高一成。", 1, id="a whole sentence without a pause"),
        pytest.param("停产吗？", 60, "停一天我损失十几万", 1, id="a question that waits for no answer"),
        pytest.param("这个价格偏高", 230, "比去年高一成", 1, id="the same speaker goes on"),
    ],
)
def test_on_a_shared_channel_pauses_and_words_tell_who_speaks(
    first: str, gap_ms: int, second: str, expected: object
) -> None:
    segments = [a_segment(first, 0, 2000), a_segment(second, 2000 + gap_ms, 4000 + gap_ms)]
    assert len(build_turns(segments, 1)) == expected


def test_a_shared_channel_names_no_channel() -> None:
    (turn,) = build_turns([a_segment("您好", 0, 500)], 1)
    assert (turn.channel, turn.role, turn.role_score) == (None, "other", 0.0)


def test_a_segment_is_cut_where_its_words_are_far_apart() -> None:
    words = (Word("交期", 0, 500), Word("多久？", 500, 900), Word("六十天", 2500, 3000), Word("左右。", 3000, 3400))
    segment = Segment("交期多久？六十天左右。", 0, 3500, words=words)
    pieces = split_on_pauses(segment, pause_ms=700, sentence_ms=200)
    assert [(p.text, p.start_ms, p.end_ms, len(p.words)) for p in pieces] == [
        ("交期多久？", 0, 900, 2),
        ("六十天左右。", 2500, 3500, 2),
    ]
    assert _texts([segment], 1) == ["交期多久？", "六十天左右。"]


def test_a_segment_is_cut_behind_a_sentence_at_a_shorter_pause() -> None:
    words = (Word("交期", 0, 500), Word("多久？", 500, 900), Word("六十天", 1120, 1500), Word("左右。", 1700, 2000))
    segment = Segment("交期多久？六十天左右。", 0, 2000, words=words)
    assert _texts([segment], 1) == ["交期多久？", "六十天左右。"]
    assert _texts([segment], 2) == ["交期多久？六十天左右。"]


def test_a_segment_whose_words_do_not_spell_it_is_left_whole() -> None:
    segment = Segment("六十天", 0, 9000, words=(Word("七", 0, 100), Word("十天", 8000, 9000)))
    assert split_on_pauses(segment, pause_ms=700, sentence_ms=200) == [segment]


def test_a_very_long_speech_is_cut_at_a_breath() -> None:
    segments = [a_segment(f"第{i}点", i * 10_000, i * 10_000 + 9_780) for i in range(9)]
    turns = build_turns(segments, 1)
    assert len(turns) == 2
    assert all((t.end_ms or 0) - (t.start_ms or 0) <= 60_000 for t in turns)


def test_confidence_is_weighted_by_duration_and_unknown_when_any_part_is() -> None:
    sure = a_segment("价格偏高", 0, 3000, confidence=0.9)
    unsure = a_segment("交期太长", 3100, 4100, confidence=0.5)
    assert build_turns([sure, unsure], 1)[0].confidence == 0.8
    assert build_turns([sure, replace(unsure, confidence=None)], 1)[0].confidence is None


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("报价我看了", "还是偏高", "报价我看了，还是偏高"),
        ("报价我看了。", "还是偏高", "报价我看了。还是偏高"),
        ("报价我看了", "，还是偏高", "报价我看了，还是偏高"),
        ("we use SAP", "HANA now", "we use SAP HANA now"),
        ("接口是RS485", "没问题", "接口是RS485，没问题"),
        ("", "好", "好"),
        ("好", "", "好"),
    ],
)
def test_stretches_are_joined_with_a_comma_only_where_nothing_else_stands(left: Any, right: Any, joined: str) -> None:
    assert join_text(left, right) == joined


texts = st.text(alphabet="价格交期您好，。？", min_size=1, max_size=8)


@given(
    st.lists(st.tuples(texts, st.integers(0, 3000), st.integers(1, 4000), st.integers(0, 1)), max_size=12),
    st.sampled_from([1, 2]),
)
def test_no_character_is_lost_and_turns_are_in_order(parts: list[tuple[str, int, int, int]], channels: int) -> None:
    segments, at = [], 0
    for text, gap, length, channel in parts:
        segments.append(a_segment(text, at + gap, at + gap + length, channel=channel, words=True))
        at += gap + length
    turns = build_turns(segments, channels)

    def plain(text: str) -> str:
        return "".join(c for c in text if c not in PUNCTUATION)

    assert "".join(plain(t.text) for t in turns) == "".join(plain(s.text) for s in segments)
    starts = [t.start_ms for t in turns]
    assert starts == sorted(starts)
    assert [t.i for t in turns] == list(range(len(turns)))
    assert all(t.text == t.raw_text for t in turns)


def test_nothing_heard_gives_no_turns() -> None:
    assert build_turns([], 1) == []
    assert build_turns([a_segment(" ", 0, 100)], 2) == []
