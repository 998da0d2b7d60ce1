"""What leads to a person is masked character by character; what only looks like it stays."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.masked_document import mask_document
from nlp.text.masking import MASK, apply_mask, load_masker
from nlp.types import Transcript, Turn, Word
from tests.support.builders import a_transcript

MASKER = load_masker()

MASKED = {
    "我叫王建国，电话13800001234": "我叫＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊",
    "周总，发到上海市浦东新区张江路123弄4号楼501室": "＊总，发到" + "＊" * 21,
    "让小刘开浙A12345来": "让＊＊开＊＊＊＊＊＊＊来",
    "签字的是欧阳明远": "签字的是＊＊＊＊",
    "联系田师傅装机": "联系＊师傅装机",
    "他家住金色家园7幢1单元301室": "他家住＊＊＊＊＊＊＊＊＊＊＊＊＊",
}


@pytest.mark.parametrize(("said", "shown"), MASKED.items())
def test_what_leads_to_a_person_is_masked(said: str, shown: str) -> None:
    assert MASKER.mask(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "",
        "这批货一共13800件，订单号是20260311001",
        "打400-820-8820可以报修",
        "毛利太低了，成本是他们最担心的",
        "我们在杭州有分公司，二楼会议室见",
        "粤A级资质我们有，沪深300跌了",
        "李宁的门店用的也是我们的系统",
    ],
)
def test_ordinary_talk_stays(said: str) -> None:
    assert MASKER.mask(said) == said


def test_spans_and_times_still_fit() -> None:
    turn = Turn(
        0, "我叫王建国", "customer", start_ms=0, end_ms=900, raw_text="我叫王建國", words=(Word("王建国", 0, 900),)
    )
    masked = MASKER.mask_transcript(Transcript((turn,))).turns[0]
    assert (masked.text, masked.raw_text) == ("我叫＊＊＊", "我叫＊＊＊")
    assert (masked.start_ms, masked.end_ms, masked.words) == (0, 900, ())


def test_a_turn_without_anyone_keeps_its_words_and_raw_text() -> None:
    turn = Turn(0, "太贵了", raw_text="太貴了", words=(Word("太贵了", 0, 9),))
    assert MASKER.mask_turn(turn) == turn


def test_raw_text_of_another_length_is_masked_on_its_own() -> None:
    turn = Turn(0, "我叫王建国", raw_text="呃我叫王建国")
    assert MASKER.mask_turn(turn).raw_text == "呃我叫＊＊＊"


def test_no_two_stretches_overlap() -> None:
    found = MASKER.find("收货人丁一凡，13400002580，青岛市崂山区香港东路195号")
    assert [personal.kind for personal in found] == ["name", "phone", "address"]
    assert all(one.span[1] <= other.span[0] for one, other in itertools.pairwise(found))


@given(st.text(alphabet="王周总建国1380号路弄浙A ，。一幺三八零X身份证卡", max_size=40))
def test_the_length_stays_whatever_is_said(text: str) -> None:
    masked = MASKER.mask(text)
    assert len(masked) == len(text)
    assert all(shown in (said, MASK) for said, shown in zip(text, masked, strict=True))


@given(st.text(max_size=60))
def test_any_text_can_be_masked_again_without_change_of_length(text: str) -> None:
    assert len(MASKER.mask(MASKER.mask(text))) == len(text)


def test_applying_a_mask_keeps_what_is_outside() -> None:
    assert apply_mask("abcdef", [(1, 3), (5, 6)]) == "a＊＊de＊"


def test_a_document_is_masked_where_words_are_and_nowhere_else() -> None:
    document = {
        "visit_id": "vis_13800001234000000000000000000000",
        "turns": [{"i": 0, "text": "我叫王建国，电话13800001234", "role": "customer"}],
        "findings": [{"code": "price", "quote": "王建国", "span": [2, 5], "score": 0.9}],
        "summary": {"text": "王建国嫌贵"},
        "links": {"visit": "/v1/visits/x"},
        "created_at": "2026-03-11T03:12:45.118Z",
        "titles": ("周总说可以", None),
    }
    masked = mask_document(document, MASKER)
    assert masked["turns"][0]["text"] == "我叫＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊"
    assert masked["findings"][0] == {"code": "price", "quote": "＊＊＊", "span": [2, 5], "score": 0.9}
    assert masked["summary"]["text"] == "＊＊＊嫌贵"
    assert masked["titles"] == ["＊总说可以", None]
    for kept in ("visit_id", "links", "created_at"):
        assert masked[kept] == document[kept]


def test_a_document_without_people_stays_equal() -> None:
    document = {"turns": [{"text": turn.text} for turn in a_transcript().turns], "n": 3}
    assert mask_document(document, MASKER) == document
