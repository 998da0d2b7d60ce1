"""Two engines' results side by side."""

from nlp.asr.compare import Stretch, compare_segments
from tests.support.speech import a_segment


def test_stretches_hold_whole_segments_of_both() -> None:
    left = [
        a_segment("报价偏高，", 0, 1_000),
        a_segment("先看交期。", 1_200, 2_000),
        a_segment("再谈合同", 5_000, 6_000),
    ]
    right = [a_segment("报价偏高先看娇妻", 100, 1_900), a_segment("再谈合同", 5_100, 6_100)]
    found = compare_segments(left, right)
    assert found.stretches == (
        Stretch(0, 2_000, "报价偏高， 先看交期。", "报价偏高先看娇妻", 2),
        Stretch(5_000, 6_100, "再谈合同", "再谈合同", 0),
    )
    assert (found.edits, found.left_chars, found.right_chars, found.distance) == (2, 12, 12, 0.1667)


def test_what_only_one_heard_stands_alone() -> None:
    found = compare_segments([a_segment("您好", 0, 500)], [a_segment("谢谢观看", 9_000, 9_900)])
    assert [(s.left, s.right, s.edits) for s in found.stretches] == [("您好", "", 2), ("", "谢谢观看", 4)]
    assert found.distance == 3.0


def test_speakers_who_overlap_are_one_stretch() -> None:
    left = [a_segment("这个价格", 0, 2_000, channel=0), a_segment("对对", 1_000, 1_500, channel=1)]
    found = compare_segments(left, list(reversed(left)))
    assert [(s.left, s.edits) for s in found.stretches] == [("这个价格 对对", 0)]


def test_nothing_against_nothing_has_no_distance() -> None:
    assert compare_segments([], []).distance is None
    assert compare_segments([], [a_segment("您好", 0, 500)]).distance is None
    assert compare_segments([a_segment("您好", 0, 500)], []).distance == 1.0
