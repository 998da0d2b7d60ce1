"""Tokens of every spelling become words that stand in the text, with times that hold."""

import pytest

from nlp.asr.engines.sherpa import to_segment
from nlp.asr.voice import Stretch, join_stretches
from nlp.types import Segment

STRETCH = Stretch(16_000, 80_000)  # one to five seconds


def _made(text: str, tokens: list[str], starts: list[float], log_probs: list[float] | None = None) -> Segment:
    return to_segment(text, stretch=STRETCH, tokens=tokens, starts_s=starts, log_probs=log_probs or [])


def test_characters_are_words_until_the_next_begins() -> None:
    segment = _made("报价高", ["报", "价", "高"], [0.1, 0.3, 1.5])
    assert [(w.text, w.start_ms, w.end_ms) for w in segment.words] == [
        ("报", 1100, 1300),
        ("价", 1300, 1700),  # no syllable lasts longer
        ("高", 2500, 2900),
    ]
    assert (segment.start_ms, segment.end_ms, segment.confidence) == (1100, 2900, None)


def test_punctuation_belongs_to_the_word_before_it() -> None:
    segment = _made("报价，高。", ["报", "价", "，", "高", "。"], [0.1, 0.3, 0.5, 0.6, 0.8])
    assert [w.text for w in segment.words] == ["报", "价，", "高。"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("用 crm 系统", ["用", "▁c", "rm", "▁", "系", "统"], id="sentencepiece"),
        pytest.param("用 crm 系统", ["用", "c@@", "rm", "系", "统"], id="byte pairs"),
    ],
)
def test_pieces_of_one_latin_word_are_one_word(text: str, tokens: list[str]) -> None:
    segment = _made(text, tokens, [n / 10 for n in range(len(tokens))])
    assert [w.text for w in segment.words] == ["用", "crm", "系", "统"]


@pytest.mark.parametrize(
    ("text", "tokens", "starts"),
    [
        pytest.param("200万", ["两", "百", "万"], [0.1, 0.2, 0.3], id="numbers rewritten"),
        pytest.param("报价", ["报", "价"], [], id="no times"),
        pytest.param("报价高", ["报", "价"], [0.1, 0.2], id="a character without token"),
        pytest.param("报价", [], [], id="no tokens"),
    ],
)
def test_where_tokens_do_not_spell_the_text_the_stretch_is_its_time(
    text: str, tokens: list[str], starts: list[float]
) -> None:
    assert _made(text, tokens, starts) == Segment(text, 1000, 5000)


def test_probabilities_become_confidence_of_words_and_segment() -> None:
    segment = _made("报价", ["报", "价"], [0.1, 0.2], [-0.1, -0.5])
    assert [w.confidence for w in segment.words] == [0.905, 0.607]
    assert segment.confidence == 0.741


def test_times_never_leave_the_stretch() -> None:
    segment = _made("报价", ["报", "价"], [3.9, 60.0])
    assert [(w.start_ms, w.end_ms) for w in segment.words] == [(4900, 5000), (5000, 5000)]


def test_neighbouring_stretches_are_joined_up_to_a_length() -> None:
    second = 16_000
    stretches = [Stretch(n * second, n * second + second // 2) for n in range(10)] + [Stretch(20 * second, 21 * second)]
    joined = join_stretches(stretches, longest_s=4.0, gap_s=1.0)
    assert joined[0] == Stretch(0, 3 * second + second // 2)
    assert joined[-1] == Stretch(20 * second, 21 * second)
    assert all(s.end - s.start <= 4 * second for s in joined)
    assert join_stretches([], longest_s=4.0, gap_s=1.0) == []
