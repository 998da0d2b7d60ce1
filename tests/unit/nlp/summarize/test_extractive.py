"""Summaries: facts in telling order, each with its turns, in the speakers' own words."""

from datetime import date

from nlp.summarize.extractive import LIMIT, summarize
from nlp.types import Explanation, Finding, NextStep, Role, Turn

TALK = [
    Turn(0, "您好您好，路上堵不堵啊", "rep"),
    Turn(1, "还行还行，坐吧坐吧", "customer"),
    Turn(2, "我们去年电费涨了三十万，压得喘不过气", "customer"),
    Turn(3, "今年技改批了两百万，Q2能用", "customer"),
    Turn(4, "不过你们报价比赛瑞贵了两成，我没法跟老板交代", "customer"),
    Turn(5, "首批我按两台的量给您让三个点，写进合同", "rep"),
    Turn(6, "最后还得分管的邵院长点头", "customer"),
    Turn(7, "那我周五前把测算表发您", "rep"),
    Turn(8, "哈哈哈，你们食堂红烧肉真香", "rep"),
]
TITLES = {"price": "价格"}


def _finding(kind: str, code: str, turn: int, role: Role = "customer") -> Finding:
    text = TALK[turn].text
    return Finding(f"{code}{turn}", kind, code, 0.9, turn, role, (0, len(text)), text, Explanation("t", "1"))  # type: ignore[arg-type]


FOUND = [
    _finding("signal", "pain_point", 2),
    _finding("signal", "budget_info", 3),
    _finding("objection", "price", 4),
    _finding("signal", "objection_handling", 5, "rep"),
    _finding("signal", "decision_maker", 6),
]
STEPS = [NextStep("rep", "周五前把测算表发您", date(2026, 3, 13), 7)]


def _told() -> list[str]:
    return [s.text for s in summarize(TALK, FOUND, STEPS, titles=TITLES, cut=list).sentences]


def test_facts_are_told_from_the_pain_to_the_next_step() -> None:
    assert [line.split("：")[0] for line in _told()] == ["痛点", "预算", "决策", "异议（价格）", "下一步"]


def test_small_talk_is_left_out() -> None:
    assert not any("红烧肉" in line or "路上堵" in line for line in _told())


def test_an_objection_is_told_with_its_answer_and_both_turns() -> None:
    summary = summarize(TALK, FOUND, STEPS, titles=TITLES, cut=list)
    line = next(s for s in summary.sentences if s.text.startswith("异议"))
    assert "答复：首批我按两台的量给您让三个点" in line.text
    assert line.turns == (4, 5)


def test_every_line_names_its_turns_and_uses_their_words() -> None:
    summary = summarize(TALK, FOUND, STEPS, titles=TITLES, cut=list)
    for line in summary.sentences:
        said = "".join(TALK[i].text for i in line.turns)
        words = line.text.split("：", 1)[1].replace("答复：", "").replace("我方（3月13日）", "").replace("…", "")
        assert all(char in said for char in words if char not in "，；")
        assert line.turns


def test_the_note_is_short_and_holds_the_objection_and_the_next_step() -> None:
    note = summarize(TALK, FOUND, STEPS, titles=TITLES, cut=list).text
    assert len(note) <= LIMIT
    assert "异议（价格）" in note
    assert "下一步：我方（3月13日）" in note


def test_a_long_visit_still_fits_the_note() -> None:
    turns = [Turn(i, f"第{i}件事我们觉得价格实在太贵了没有办法跟领导交代清楚", "customer") for i in range(40)]
    found = [
        Finding(str(i), "objection", "price", 0.9, i, "customer", (0, 6), t.text[:6], Explanation("t", "1"))
        for i, t in enumerate(turns)
    ]
    assert len(summarize(turns, found, [], titles=TITLES, cut=list).text) <= LIMIT


def test_without_findings_the_most_central_turns_are_the_points() -> None:
    summary = summarize(TALK, [], [], titles=TITLES, cut=list)
    assert summary.sentences
    assert all(s.text.startswith("要点：") for s in summary.sentences)


def test_a_visit_of_greetings_has_no_summary() -> None:
    summary = summarize([Turn(0, "喂", "rep"), Turn(1, "你好", "customer")], [], [], titles={}, cut=list)
    assert (summary.text, summary.sentences) == ("", ())


def test_the_same_visit_gives_the_same_summary() -> None:
    assert summarize(TALK, FOUND, STEPS, titles=TITLES, cut=list) == summarize(
        TALK, FOUND, STEPS, titles=TITLES, cut=list
    )
