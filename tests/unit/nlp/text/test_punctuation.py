"""Marks for text without: where the model and the pauses say so, and nowhere else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import ModelMissing
from nlp.text.punctuation import (
    MARKS,
    PauseOptions,
    Punctuator,
    asks,
    bare,
    features,
    lacks_marks,
    save_punctuator,
    with_marks,
)

MODELS = Path(__file__).parents[4] / "models" / "punctuation"
BEFORE_BUT = Punctuator({">2但是": 5.0}, bias=-3.0, threshold=0.0)


@pytest.fixture(scope="module")
def shipped() -> Punctuator:
    return Punctuator.load(MODELS)


def _written(punctuator: Punctuator, text: str, **pauses: int) -> str:
    return with_marks(text, punctuator.marks(text, pauses={int(at[1:]): ms for at, ms in pauses.items()}))


def test_a_pattern_that_weighs_enough_sets_a_comma() -> None:
    assert _written(BEFORE_BUT, "东西可以但是贵了") == "东西可以，但是贵了。"


def test_a_long_pause_ends_a_sentence_and_a_short_one_helps_the_model_decide() -> None:
    assert _written(BEFORE_BUT, "东西可以价格再谈", _4=800) == "东西可以。价格再谈。"
    assert _written(BEFORE_BUT, "东西可以价格再谈", _4=300) == "东西可以价格再谈。"
    inclined = Punctuator({">1价": 2.0}, bias=-3.0, threshold=0.0)
    assert _written(inclined, "东西可以价格再谈", _4=300) == "东西可以，价格再谈。"
    assert _written(inclined, "东西可以价格再谈", _4=100) == "东西可以价格再谈。"
    assert inclined.marks("东西可以价格再谈", pauses={4: 300}, options=PauseOptions(comma_ms=400)) == [(8, "。")]


@pytest.mark.parametrize(
    ("clause", "asked"),
    [
        ("这个能便宜点吗", True),
        ("那你们呢", True),
        ("交期要多少天", True),
        ("什么时候能到货", True),
        ("怎么都行", False),
        ("价格我看了", False),
        ("他们那边多少年了一直都是我在跟所以这次也还是我来", False),
        ("", False),
    ],
)
def test_what_asks_gets_a_question_mark(clause: str, asked: bool) -> None:
    assert asks(clause) is asked
    if clause:
        assert _written(BEFORE_BUT, clause)[-1] == ("？" if asked else "。")


@pytest.mark.parametrize("text", ["", "  ", "报价高。", "报价高,先看", "Really?"])
def test_nothing_is_added_to_nothing_or_to_what_has_marks(text: str) -> None:
    assert BEFORE_BUT.marks(text) == []


def test_a_writer_without_marks_is_told_by_all_texts_together() -> None:
    assert lacks_marks(["这台设备报价偏高我们想先看", "交期再谈合同"])
    assert not lacks_marks(["这台设备报价偏高，", "我们想先看交期，再谈合同。"])
    assert not lacks_marks(["好"])
    assert lacks_marks(["一" * 61 + "。" + "一" * 61])


def test_bare_text_remembers_its_marks() -> None:
    assert bare("，报价 高，先看？！") == ("报价高先看", {3: "，", 5: "！"})


def test_features_stop_at_the_edges() -> None:
    assert features("报价", 1)[0] == "<1报"
    assert ">1价" in features("报价", 1)
    assert len(features("报价", 1)) == len(set(features("报价", 1))) == 14


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    save_punctuator(BEFORE_BUT, tmp_path)
    assert Punctuator.load(tmp_path) == BEFORE_BUT
    with pytest.raises(ModelMissing, match="no punctuation model"):
        Punctuator.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("价格我看了但是交期太长了能不能再快一点", "价格我看了，但是交期太长了，能不能再快一点。"),
        ("好的我周五之前把方案发给您", "好的，我周五之前把方案发给您。"),
        ("这个多少钱", "这个多少钱？"),
    ],
)
def test_the_shipped_model_cuts_ordinary_talk(shipped: Punctuator, text: str, written: str) -> None:
    assert _written(shipped, text) == written


@given(
    st.text("价格我看了但是交期太长吗？，。 abc", max_size=40),
    st.dictionaries(st.integers(-2, 45), st.integers(0, 2000)),
)
def test_no_character_is_lost_or_moved(text: str, pauses: dict[int, int]) -> None:
    marks = BEFORE_BUT.marks(text, pauses=pauses)
    written = with_marks(text, marks)
    assert [at for at, _ in marks] == sorted({at for at, _ in marks})
    if any(mark in text for mark in MARKS):
        assert written == text
    else:
        assert "".join(c for c in written if c not in MARKS) == text
