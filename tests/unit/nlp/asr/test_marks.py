"""Marks put into what an engine heard without them; words go on spelling the text."""

from nlp.asr.marks import restore_marks
from nlp.asr.turns import build_turns, split_on_pauses
from nlp.text.punctuation import Punctuator
from nlp.types import Segment, Word
from tests.support.speech import a_segment

SILENT = Punctuator({}, bias=-3.0, threshold=0.0)


def _spoken(text: str, *, pauses: dict[int, int], start_ms: int = 0) -> Segment:
    """A word for each character, 200 ms long, with the given silences before some of them."""
    words, at = [], start_ms
    for n, character in enumerate(text):
        at += pauses.get(n, 0)
        words.append(Word(character, at, at + 200, 0.9))
        at += 200
    return Segment(text, words[0].start_ms, words[-1].end_ms, words=tuple(words))


def test_pauses_between_words_become_marks_and_words_spell_them() -> None:
    segment = _spoken("这台设备报价偏高我们先看交期", pauses={8: 900})
    (marked,) = restore_marks([segment], SILENT)
    assert marked.text == "这台设备报价偏高。我们先看交期。"
    assert "".join(word.text for word in marked.words) == marked.text
    assert [(w.start_ms, w.end_ms) for w in marked.words] == [(w.start_ms, w.end_ms) for w in segment.words]
    assert (marked.start_ms, marked.end_ms, marked.channel) == (segment.start_ms, segment.end_ms, segment.channel)


def test_what_an_engine_marked_itself_stays() -> None:
    segments = [a_segment("这台设备报价偏高，先看交期。", 0, 3_000), a_segment("好", 4_000, 4_200)]
    assert restore_marks(segments, SILENT) == segments


def test_too_little_to_tell_stays() -> None:
    assert restore_marks([a_segment("好的", 0, 500)], SILENT) == [a_segment("好的", 0, 500)]
    assert restore_marks([], SILENT) == []


def test_without_words_the_end_is_marked_at_least() -> None:
    (marked,) = restore_marks([a_segment("这台设备报价偏高什么时候能到货", 0, 3_000)], SILENT)
    assert marked.text == "这台设备报价偏高什么时候能到货？"
    assert marked.words == ()


def test_words_that_do_not_spell_the_text_do_no_harm() -> None:
    segment = Segment("一共两百万左右我们先看看再说", 0, 3_000, words=(Word("200万", 0, 900), Word("左右", 900, 1_500)))
    (marked,) = restore_marks([segment], SILENT)
    assert marked.text == "一共两百万左右我们先看看再说。"
    assert marked.words == segment.words


def test_a_question_ends_its_turn_where_the_answer_begins() -> None:
    asked = _spoken("你们这个什么时候能到货", pauses={})
    answered = _spoken("月底之前肯定能到", pauses={}, start_ms=asked.end_ms + 150)
    assert len(build_turns([asked, answered], 1)) == 1
    turns = build_turns(restore_marks([asked, answered], SILENT), 1)
    assert [turn.text for turn in turns] == ["你们这个什么时候能到货？", "月底之前肯定能到。"]


def test_marked_segments_can_be_cut_at_their_pauses() -> None:
    (marked,) = restore_marks([_spoken("这台设备报价偏高我们先看交期", pauses={8: 900})], SILENT)
    pieces = split_on_pauses(marked, pause_ms=700, sentence_ms=200)
    assert [piece.text for piece in pieces] == ["这台设备报价偏高。", "我们先看交期。"]
