"""Closed schemas: what an author may write, and what is refused before anybody reads it."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from service.domain.content.courses import CourseItem
from service.domain.content.examples import Example, ExampleVisit
from service.domain.content.hint_cards import HintCard
from service.domain.content.keyword_packs import KeywordPackItem
from service.domain.content.scorecards import SkillCard
from service.domain.content.selections import Selection
from service.domain.content.talktracks import TalkTrack

HEADER: dict[str, Any] = {
    "id": "an_item",
    "title": "一条",
    "status": "active",
    "description": "说明",
    "owner": "销售赋能组",
    "date": "2026-11-21",
}
VISIT = {"on": "2026-03-11", "talk": ["c|price||太贵了。", "r|||嗯。"]}
EXAMPLES = {"fires": [{"visits": [VISIT]}], "stays_silent": [{"visits": [VISIT]}]}
CARD = {
    **HEADER,
    "action": "quote_compare",
    "trigger": {"when": {"high": {"objection": "price"}}},
    "text": "客户说“{quote}”。",
    "priority": 50,
    "examples": EXAMPLES,
}
TALK = {"talk": ["客户：贵。", "销售：嗯。", "客户：走了。"], "notice": "没有回应。"}
PRACTICE = {"question": "怎么回？", "answer": "先问。"}
COURSE = {
    **HEADER,
    "skill": "value",
    "minutes": 4,
    "trigger": {"low_skill": {"below": 50}},
    "situation": "说" * 900,
    "bad": TALK,
    "good": TALK,
    "points": ["一", "二", "三"],
    "practice": PRACTICE,
    "examples": EXAMPLES,
}
PACK = {
    **HEADER,
    "category": "price_topic",
    "terms": [
        {"term": "报价", "aliases": ["报价单"]},
        {"term": "折扣", "severity": "warning", "category": "deal_topic"},
    ],
    "examples": {"fires": ["报价呢", "报价单", "有折扣吗"], "stays_silent": ["坐", "喝茶", "再见"]},
}
RULE = {"id": "asked", "note": "问了", "match": {"signal": "discovery_question"}, "value": 80}
SKILL = {**HEADER, "skill": "discovery", "rules": [RULE, {**RULE, "id": "again"}]}
STRATEGY = {"role": "user", "title": "使用者", "cares_about": "好用", "say": ["一", "二"], "ask": ["三"], "avoid": "四"}
TRACK = {**HEADER, "bring": ["一份报告"], "strategies": [STRATEGY, STRATEGY, STRATEGY]}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        pytest.param(HintCard, CARD, id="hint_card"),
        pytest.param(CourseItem, COURSE, id="course"),
        pytest.param(KeywordPackItem, PACK, id="keyword_pack"),
        pytest.param(SkillCard, SKILL, id="skill_card"),
        pytest.param(TalkTrack, TRACK, id="talk_track"),
    ],
)
def test_a_complete_item_is_read_and_one_with_a_misspelt_key_refused(
    kind: type[BaseModel], keys: dict[str, Any]
) -> None:
    kind.model_validate(keys)
    with pytest.raises(ValidationError, match="tittle"):
        kind.model_validate({**keys, "tittle": "一条"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"text": "客户嫌贵。"}, "customer's own words|customer's words", id="no_quote"),
        pytest.param({"text": "“{quote}”{price}"}, "unknown slot", id="unknown_slot"),
        pytest.param({"text": "“{low.quote}”"}, "names no selection", id="slot_of_an_unknown_selection"),
        pytest.param({"text": "“{quote}”{1}"}, "brace", id="stray_brace"),
        pytest.param({"trigger": {"when": {}}}, "at least 1", id="nothing_to_wait_for"),
        pytest.param({"priority": 0}, "greater than", id="priority_out_of_range"),
        pytest.param({"id": "Quote Compare"}, "pattern", id="id_that_is_no_code"),
        pytest.param({"examples": {"fires": [], "stays_silent": []}}, "at least 1", id="no_examples"),
        pytest.param({"date": "gestern"}, "date", id="date_that_is_none"),
    ],
)
def test_a_hint_card_that_could_not_speak_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        HintCard.model_validate({**CARD, **changes})


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        pytest.param({}, "exactly one", id="names_nothing"),
        pytest.param({"objection": "price", "signal": "commitment"}, "exactly one", id="names_two_kinds"),
        pytest.param({"signal": "commitment", "state": "open"}, "objections only", id="open_signal"),
        pytest.param({"objection": "price", "visits": 99}, "less than", id="too_far_back"),
        pytest.param({"promise": {"by": "boss"}}, "customer", id="promise_of_nobody"),
    ],
)
def test_a_selection_names_exactly_one_kind(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Selection.model_validate(keys)


def test_a_selection_lists_the_codes_the_taxonomy_must_hold() -> None:
    assert Selection.model_validate({"objection": ["price", "any"]}).codes == (("objection", "price"),)
    assert Selection.model_validate({"keyword": "price_topic"}).codes == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"minutes": 8}, "take 4.1 minutes", id="says_longer_than_it_is"),
        pytest.param({"minutes": 5}, "nearest whole number", id="rounds_the_wrong_way"),
        pytest.param({"minutes": 2}, "greater than", id="under_three_minutes"),
        pytest.param({"minutes": 9, "situation": "说" * 2_400}, "less than", id="over_eight_minutes"),
        pytest.param({"minutes": 3, "situation": "说" * 200}, "text for 3 to 8", id="text_for_two_minutes"),
        pytest.param({"situation": "说" * 300 + "，" * 900}, "take 2.1 minutes", id="punctuation_is_not_read"),
        pytest.param({"more_practice": [PRACTICE]}, "2 practice", id="a_second_question_takes_its_minute"),
        pytest.param({"self_check": ["查" * 300]}, "take 5.1 minutes", id="later_parts_are_read_too"),
        pytest.param({"trigger": {}}, "at least one of", id="nothing_assigns_it"),
    ],
)
def test_a_course_says_honestly_how_long_it_takes(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        CourseItem.model_validate({**COURSE, **changes})


def test_a_course_of_before_needs_none_of_the_later_parts() -> None:
    course = CourseItem.model_validate(COURSE)
    assert (course.trade, course.why, course.variant, course.more_practice, course.self_check) == (
        None, None, None, (), ()
    )  # fmt: skip
    assert course.takes_minutes == pytest.approx(course.characters / 300 + 1)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(["财务：多少钱？", "财务：说呀。"], id="nobody_answers"),
        pytest.param(["财务：多少钱？", "客户：是啊。", "销售：三万。"], id="somebody_else_speaks"),
        pytest.param(["财务多少钱？", "销售：三万。"], id="nobody_named"),
    ],
)
def test_in_a_variant_the_named_person_and_the_rep_speak(talk: list[str]) -> None:
    variant = {"role": "finance", "who": "财务", "change": "看的是账。", "talk": ["财务：多少钱？", "销售：三万。"]}
    assert CourseItem.model_validate({**COURSE, "variant": variant}).variant
    with pytest.raises(ValidationError, match="every line begins with `财务：`"):
        CourseItem.model_validate({**COURSE, "variant": {**variant, "talk": talk}})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"clean": True, "only_after": RULE["match"]}, "whole visit", id="clean_with_a_follow_up"),
        pytest.param({"unless_after": RULE["match"], "only_after": RULE["match"]}, "not both", id="both_follow_ups"),
    ],
)
def test_a_skill_rule_that_contradicts_itself_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        SkillCard.model_validate({**SKILL, "rules": [RULE, {**RULE, **changes}]})


def test_terms_inherit_category_and_severity_from_their_pack() -> None:
    quote, discount = KeywordPackItem.model_validate(PACK).as_pack().terms
    assert (quote.category, quote.severity, quote.pinyin) == ("price_topic", "info", False)
    assert (discount.category, discount.severity) == ("deal_topic", "warning")


def test_a_spelling_twice_in_a_pack_is_refused() -> None:
    with pytest.raises(ValidationError, match="keep one"):
        KeywordPackItem.model_validate({**PACK, "terms": [{"term": "报价"}, {"term": "价格", "aliases": ["报价"]}]})


def test_an_example_becomes_a_visit_like_a_recorded_one() -> None:
    talk = ["c|price,trust|competitor_mention|太贵了，峰谷电价也高。"]
    visit = ExampleVisit.model_validate({**VISIT, "talk": talk, "keywords": {"峰谷电价": "tariff_topic"}}).record(
        "visit_1"
    )
    findings = visit.analysis.findings
    assert [(found.kind, found.code) for found in findings] == [
        ("objection", "price"),
        ("objection", "trust"),
        ("signal", "competitor_mention"),
        ("keyword", "tariff_topic"),
    ]
    assert all(found.quote == visit.analysis.turns[0].text[slice(*found.span)] for found in findings)


def test_a_promise_past_the_end_of_the_talk_is_refused() -> None:
    with pytest.raises(ValidationError, match="past the last line"):
        ExampleVisit.model_validate({**VISIT, "promises": [{"who": "rep", "what": "发方案", "turn": 5}]})


@pytest.mark.parametrize("line", ["太贵了", "x|price||太贵了", "c|price||", "c|PRICE||太贵了"])
def test_a_line_of_talk_that_is_not_in_the_format_is_refused(line: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        ExampleVisit.model_validate({**VISIT, "talk": [line]})


def test_an_example_is_judged_on_the_day_of_its_last_visit_unless_told() -> None:
    later = {**VISIT, "on": "2026-03-18"}
    assert f"{Example.model_validate({'visits': [VISIT, later]}).at:%m%d}" == "0318"
    assert f"{Example.model_validate({'visits': [VISIT], 'now': '2026-04-01'}).at:%m%d}" == "0401"
