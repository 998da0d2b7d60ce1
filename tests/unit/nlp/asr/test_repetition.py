import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.repetition import collapse_loops, find_loop
from tests.support.speech import a_segment


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        pytest.param("嗯" * 30, "嗯", id="one character"),
        pytest.param("好的" * 20, "好的", id="two characters"),
        pytest.param("我们再看看，" * 9, "我们再看看，", id="a clause"),
        pytest.param("先说价格。" + "这个交期确实是太长了，" * 4, "这个交期确实是太长了，", id="after real speech"),
    ],
)
def test_loops_are_found_with_their_shortest_unit(text: str, unit: str) -> None:
    loop = find_loop(text)
    assert loop is not None
    start, end, found = loop
    assert found == unit
    assert text[start:end] == unit * ((end - start) // len(unit))


@pytest.mark.parametrize(
    "text",
    [
        "对对对对对对",
        "好的好的好的好的",
        "没问题，没问题，没问题。",
        "是的是的，你说的对",
        "哈哈哈哈哈哈哈",
        "一百八十八万八千八百八十八",
        "",
    ],
)
def test_people_may_repeat_themselves(text: str) -> None:
    assert find_loop(text) is None


def test_a_loop_is_said_once_and_what_follows_stays() -> None:
    segment = a_segment("先看报价。" + "再谈谈，" * 8 + "下周三见", 0, 30_000)
    kept, dropped = collapse_loops([segment])
    assert [s.text for s in kept] == ["先看报价。再谈谈，下周三见"]
    assert [(d.reason, d.text) for d in dropped] == [("repetition", "再谈谈，" * 7)]


def test_words_of_the_loop_go_with_it() -> None:
    segment = a_segment("先看" + "再谈谈，" * 8, 0, 3400, words=True)
    (kept,), _ = collapse_loops([segment])
    assert "".join(w.text for w in kept.words) == "先看再谈谈，"


def test_the_same_segment_again_and_again_stays_once() -> None:
    segments = [a_segment("我们这边先内部讨论一下", i * 1000, i * 1000 + 900) for i in range(6)]
    kept, dropped = collapse_loops([a_segment("您好", 0, 500), *segments])
    assert [s.text for s in kept] == ["您好", "我们这边先内部讨论一下"]
    assert len(dropped) == 5


def test_two_people_who_agree_are_not_a_loop() -> None:
    segments = [a_segment("好", i * 1000, i * 1000 + 300, channel=i % 2) for i in range(6)]
    kept, dropped = collapse_loops(segments)
    assert (kept, dropped) == (segments, [])


def test_text_that_compresses_too_well_is_dropped_whole() -> None:
    # Varied just enough to escape the search for a clean unit.
    text = "".join(f"这个价格我们再看看{'啊哦呢'[i % 3]}" + "，" * (1 + i % 2) for i in range(40))
    kept, dropped = collapse_loops([a_segment(text, 0, 30_000)])
    assert kept == []
    assert dropped[-1].evidence.startswith("compresses")


def test_untouched_segments_are_the_same_objects() -> None:
    segment = a_segment("二季度有两百万技改预算", 0, 2000, words=True)
    kept, dropped = collapse_loops([segment])
    assert kept[0] is segment
    assert dropped == []


@given(st.text(alphabet="价格交期好的，。嗯", max_size=120))
def test_collapsing_twice_changes_nothing_more(text: str) -> None:
    kept, _ = collapse_loops([a_segment(text, 0, 1000)])
    again, dropped = collapse_loops(kept)
    assert again == kept
    assert dropped == []
