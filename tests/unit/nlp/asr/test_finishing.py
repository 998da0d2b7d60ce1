"""One way from what an engine heard to what is read: for whole recordings, for pieces of one, for live stretches."""

from pathlib import Path

import pytest

from nlp.asr.finishing import Finishing, respelled
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.pack import load_packs
from nlp.keywords.resources import load_lexicon
from nlp.text.punctuation import Punctuator
from nlp.types import Segment, Word
from tests.support.speech import a_segment

PACKS = Path(__file__).parents[4] / "prompts" / "keywords"
HEARD = [
    a_segment("這個除能項目放在你們樓頂上", 0, 2_000, words=True, confidence=0.8),
    a_segment("他们那份围保合同三月到期", 3_000, 5_400, channel=1, words=True),
]
READ = ["这个储能项目放在你们楼顶上。", "他们那份维保合同三月到期。"]


@pytest.fixture(scope="module")
def finishing() -> Finishing:
    lexicon = load_lexicon()
    matcher = KeywordMatcher.build(load_packs(PACKS), lexicon=lexicon)
    return Finishing(Punctuator({}, bias=-3.0, threshold=0.0), matcher, lexicon.folder.fold)


def test_turns_get_marks_script_and_terms_and_keep_what_was_heard(finishing: Finishing) -> None:
    turns = finishing.turns(HEARD, channels=2)
    assert [turn.text for turn in turns] == READ
    assert [turn.raw_text for turn in turns] == ["這個除能項目放在你們樓頂上。", "他们那份围保合同三月到期。"]
    assert [[c.term for c in turn.corrections] for turn in turns] == [["储能"], ["维保合同"]]
    assert ["".join(word.text for word in turn.words) for turn in turns] == READ


def test_segments_read_like_the_turns_and_stay_in_their_places(finishing: Finishing) -> None:
    read = finishing.segments(HEARD)
    assert [segment.text for segment in read] == READ
    assert ["".join(word.text for word in segment.words) for segment in read] == READ
    for before, after in zip(HEARD, read, strict=True):
        assert (after.start_ms, after.end_ms, after.channel) == (before.start_ms, before.end_ms, before.channel)
        assert after.confidence == before.confidence
        assert [(w.start_ms, w.end_ms) for w in after.words] == [(w.start_ms, w.end_ms) for w in before.words]


def test_pieces_read_like_the_whole(finishing: Finishing) -> None:
    first = finishing.segments(HEARD[:1])
    assert first + finishing.segments(HEARD[1:], before=HEARD[:1]) == finishing.segments(HEARD)


def test_whether_an_engine_writes_marks_is_told_by_all_it_wrote(finishing: Finishing) -> None:
    marked = [a_segment("我们想先看交期，再谈合同，然后再看。", 0, 3_000)]
    (bare,) = finishing.segments([a_segment("他们那份维保合同三月到期", 4_000, 6_000)], before=marked)
    assert bare.text == "他们那份维保合同三月到期"


@pytest.mark.parametrize(
    "segments", [[], [Segment("", 0, 10)], [Segment("   ", 0, 10)]], ids=["none", "empty", "blank"]
)
def test_nothing_stays_nothing(finishing: Finishing, segments: list[Segment]) -> None:
    assert finishing.segments(segments) == segments
    assert finishing.turns(segments, channels=1) == []


def test_without_parts_the_text_stays_as_it_was_heard() -> None:
    assert Finishing().segments(HEARD) == HEARD
    assert [turn.text for turn in Finishing().turns(HEARD, channels=2)] == [segment.text for segment in HEARD]


@pytest.mark.parametrize(
    ("words", "heard", "meant", "spelled"),
    [
        pytest.param("除能 柜", "除能柜", "储能柜", "储能 柜", id="one word of two"),
        pytest.param("看看 看看", "看看看看", "看看堪看", "看看 堪看", id="the same word twice"),
        pytest.param("OK 柜", "好柜", "好櫃", "OK 櫃", id="a word that is not in the text"),
        pytest.param("好", "好", "好的", "好", id="another length changes nothing"),
        pytest.param("", "好", "号", "", id="an empty word"),
    ],
)
def test_words_follow_their_characters(words: str, heard: str, meant: str, spelled: str) -> None:
    given = [Word(text, n, n + 1, 0.5) for n, text in enumerate(words.split(" "))]
    found = respelled(given, heard=heard, meant=meant)
    assert [word.text for word in found] == spelled.split(" ")
    assert [(w.start_ms, w.end_ms, w.confidence) for w in found] == [
        (w.start_ms, w.end_ms, w.confidence) for w in given
    ]
