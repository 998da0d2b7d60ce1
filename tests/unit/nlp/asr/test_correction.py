"""Mis-heard terms put right, beside what must stay as it was said; hard negatives are real sentences of visits."""

from pathlib import Path

import pytest

from nlp.asr.correction import correct_turn, correct_turns, intended, readings
from nlp.keywords.matcher import KeywordHit, KeywordMatcher
from nlp.keywords.pack import KeywordPack, Term, load_packs
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.types import Correction, Turn, Word

PACKS = Path(__file__).parents[4] / "prompts" / "keywords"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="module")
def matcher(lexicon: Lexicon) -> KeywordMatcher:
    return KeywordMatcher.build(load_packs(PACKS), lexicon=lexicon)


def _turn(text: str, *, words: tuple[Word, ...] = ()) -> Turn:
    return Turn(0, text, raw_text=text, words=words)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        pytest.param("他们那份围保合同三月到期", "他们那份维保合同三月到期", id="a term in the middle"),
        pytest.param("次我都不收您维约金", "次我都不收您违约金", id="three characters, one wrong"),
        pytest.param("注册正和检验报告带来了吗", "注册证和检验报告带来了吗", id="at the start"),
        pytest.param("这个除能项目放在楼顶", "这个储能项目放在楼顶", id="a listed confusion"),
        pytest.param("我们这儿丰谷电价差六毛多", "我们这儿峰谷电价差六毛多", id="a listed confusion of four"),
        pytest.param("围保合同和维约金都写上", "维保合同和违约金都写上", id="two in one turn"),
    ],
)
def test_what_sounds_exactly_like_a_term_is_put_right(matcher: KeywordMatcher, heard: str, meant: str) -> None:
    turn = correct_turn(_turn(heard), matcher)
    assert (turn.text, turn.raw_text) == (meant, heard)
    for correction in turn.corrections:
        start, end = correction.span
        assert turn.text[start:end] == correction.term
        assert turn.raw_text[start:end] != correction.term
    changed = {n for n, (a, b) in enumerate(zip(heard, meant, strict=True)) if a != b}
    assert changed <= {n for c in turn.corrections for n in range(*c.span)}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("房押金一百，护士站收还是护工收？", id="护士长 has another tone"),
        pytest.param("钱付了以后就找不到人了", id="招不到人 has another tone"),
        pytest.param("我小舅子，他看预算，另外两个看工期", id="砍预算 has another tone"),
        pytest.param("月底前合同走完", id="签合同 has another tone"),
        pytest.param("那我这个包年包的是什么", id="年保 has another tone"),
        pytest.param("机会成本你们算过没有", id="a term inside a word"),
        pytest.param("老师的教具都在这儿", id="ordinary words"),
        pytest.param("先把报告发我，报价单不急", id="right as it is"),
        pytest.param("ERP 和 MES 都要对接", id="Latin"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_was_said_so_stays(matcher: KeywordMatcher, said: str) -> None:
    turn = _turn(said)
    assert correct_turn(turn, matcher) is turn


def test_what_the_engine_was_sure_of_stays(matcher: KeywordMatcher) -> None:
    heard = "那份围保合同"
    sure = tuple(Word(c, n, n + 1, 0.99) for n, c in enumerate(heard))
    unsure = tuple(Word(c, n, n + 1, 0.99 if c != "围" else 0.6) for n, c in enumerate(heard))
    untold = tuple(Word(c, n, n + 1) for n, c in enumerate(heard))
    assert correct_turn(_turn(heard, words=sure), matcher).text == heard
    assert correct_turn(_turn(heard, words=unsure), matcher).text == "那份维保合同"
    assert correct_turn(_turn(heard, words=untold), matcher).text == "那份维保合同"


def test_words_that_are_not_in_the_text_tell_nothing(matcher: KeywordMatcher) -> None:
    words = (Word("别的", 0, 1, 0.99), Word("围保", 1, 2, 0.4))
    assert correct_turn(_turn("那份围保合同", words=words), matcher).corrections


def test_order_and_times_of_turns_stay(matcher: KeywordMatcher) -> None:
    turns = [Turn(0, "您好", "rep", 0.9, 0, 900), Turn(1, "围保合同呢", "customer", 0.8, 1_000, 2_000)]
    corrected = correct_turns(turns, matcher)
    assert corrected[0] is turns[0]
    assert (corrected[1].start_ms, corrected[1].role, corrected[1].raw_text) == (1_000, "customer", "围保合同呢")
    assert [c.term for c in corrected[1].corrections] == ["维保合同"]


def test_an_alias_that_was_heard_becomes_the_alias_and_not_its_term(lexicon: Lexicon) -> None:
    pack = KeywordPack("own", (Term("电费单", aliases=("电费账单",)),))
    turn = correct_turn(_turn("把电费帐单拍给我"), KeywordMatcher.build([pack], lexicon=lexicon))
    assert turn.text == "把电费账单拍给我"
    assert turn.corrections == (Correction((1, 5), "电费账单", "own"),)


def test_a_confusion_of_another_length_is_found_and_not_rewritten(lexicon: Lexicon) -> None:
    pack = KeywordPack("own", (Term("光储充", asr_confusions=("光触",)),))
    matcher = KeywordMatcher.build([pack], lexicon=lexicon)
    assert [hit.match for hit in matcher.match("那个光触的项目")] == ["pinyin"]
    turn = _turn("那个光触的项目")
    assert correct_turn(turn, matcher) is turn


def test_a_hit_tells_what_it_stands_for() -> None:
    assert intended(KeywordHit("储能", 0, 2, "exact", "储能", spelling="储能")) is None
    assert intended(KeywordHit("储能", 0, 2, "pinyin", "除能", spelling="除能")) == "储能"
    assert intended(KeywordHit("维保", 0, 2, "pinyin", "围保", spelling="维保")) == "维保"
    assert intended(KeywordHit("维保", 0, 2, "pinyin", "威保", spelling="维保")) is None


def test_readings_carry_their_tones() -> None:
    assert readings("围") == readings("维") == {"wei2"}
    assert readings("A") == frozenset()
    assert {"zhang3", "chang2"} <= readings("长")
