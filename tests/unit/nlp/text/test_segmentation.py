"""Words: the fast engine cuts like the reference, and nothing is lost."""

import itertools
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.segmentation import Segmenter, load_segmenter

TALK = """王总下周三来看峰谷电价,您先别急
这台九万八我们再谈谈,不行就算了
报价单您看了没有,有没有什么问题
手术室排期太紧,主任说下个月再定
预算没批下来,要等下个财年
你们和他们家比贵了两成
这个事情我做不了主,得上会
售后响应要四小时以内到场
我们现在用得挺好,没想过要换
样机先放这儿试两个礼拜
发票跟货走,月底对账
接口文档给我一份,我让技术看看
去年断过半个月的货,人都麻了
你要是能保证质量,价格好商量
老板不在,您改天再来吧
先把合同发我,法务看过再说
培训谁来做,我们的人没用过
这批货的批号对不上
电费涨了三毛,成本压不住
那就这么定了,周四见""".splitlines()


@pytest.fixture(scope="module")
def fast() -> Segmenter:
    return load_segmenter("rjieba")


@pytest.fixture(scope="module")
def reference() -> Segmenter:
    return load_segmenter("jieba")


@pytest.mark.parametrize("hmm", [True, False], ids=["hmm", "dictionary"])
@pytest.mark.parametrize("line", TALK)
def test_the_fast_engine_cuts_like_the_reference(line: str, hmm: bool, fast: Segmenter, reference: Segmenter) -> None:
    assert fast.words(line, hmm=hmm) == reference.words(line, hmm=hmm)


@pytest.mark.parametrize("word", ["预算", "价格", "峰谷电价", "商机", "齉龘"])
def test_both_dictionaries_hold_the_same_words(word: str, fast: Segmenter, reference: Segmenter) -> None:
    assert fast.has_word(word) == reference.has_word(word)


@given(st.text(alphabet="客户说价格太贵了abc12. ，下周三", max_size=30))
def test_joined_words_are_the_text(text: str) -> None:
    assert "".join(_FAST.words(text)) == text


def test_spans_lie_side_by_side(fast: Segmenter) -> None:
    spans = fast.spans("您先看报价")
    assert spans[0][0] == 0
    assert spans[-1][1] == 5
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def test_borders_do_not_cut_a_dictionary_word(fast: Segmenter) -> None:
    assert 2 not in fast.borders("经销商机会不多")
    assert {0, 3, 5} <= fast.borders("经销商机会不多")


def test_an_empty_text_has_no_words(fast: Segmenter) -> None:
    assert fast.words("") == []


def test_without_a_wish_the_fast_engine_is_loaded() -> None:
    assert load_segmenter().engine == "rjieba"


_FAST = load_segmenter("rjieba")


def test_the_reference_knows_its_dictionary_too() -> None:
    reference = load_segmenter("jieba")
    assert reference.has_word("手术室")
    assert not reference.has_word("术室主")


def test_without_the_fast_engine_the_reference_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    assert load_segmenter().engine == "jieba"
    with pytest.raises(ImportError):
        load_segmenter("rjieba")
