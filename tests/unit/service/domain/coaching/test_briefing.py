"""The briefing: one screen of what this customer said, robust with no history, one visit, or other reps' visits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nlp.taxonomy import Taxonomy
from nlp.types import Summary, SummarySentence
from service.domain.coaching.briefing import Briefing, build_briefing, mention_sentence
from service.domain.coaching.hints import GivenHint
from service.domain.content.bundle import Content
from service.domain.content.checklists import ChecklistItem
from service.domain.content.hint_cards import HintCard
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day

QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}
HEADER: dict[str, Any] = {
    "title": "一条",
    "status": "active",
    "description": "说明",
    "owner": "销售赋能组",
    "date": "2026-11-21",
    "examples": {"fires": [QUIET], "stays_silent": [QUIET]},
}
CARD = HintCard.model_validate(
    {
        **HEADER,
        "id": "price_card",
        "action": "quote_compare",
        "trigger": {"when": {"high": {"objection": "price"}}},
        "text": "{when}客户说“{quote}”，建议本次拆开算。",
        "priority": 70,
    }
)
ITEM = ChecklistItem.model_validate({**HEADER, "id": "next_step", "skill": "closing", "text": "定了下一步"})
CONTENT = Content(
    taxonomy=Taxonomy(()),
    keyword_packs=(),
    hint_cards=(CARD,),
    courses=(),
    talktracks=(),
    checklist_items=(ITEM,),
    skill_cards=(),
    digest="d" * 64,
    titles={("objection", "price"): "价格"},
)
FIRST = a_talk("c||budget_info|二季度有两百万。", "c||decision_maker|葛院长定。", on=day(2), rep="rep_other")
LAST = a_talk(
    "c|price|competitor_mention|那家便宜，你们太贵了。",
    "r||commitment|周五发对比表。",
    "c||commitment|我去问问财务。",
    on=day(11),
    promises=(a_promise("发对比表", day(13), turn=1), a_promise("问财务", None, who="customer", turn=2)),
)


def brief(*history: VisitRecord, **more: Any) -> Briefing:
    return build_briefing(history=history, content=CONTENT, now=NOW, **more)


def test_no_history_gives_an_empty_briefing_with_a_checklist() -> None:
    briefing = brief()
    assert (briefing.visits, briefing.objections, briefing.promises, briefing.hints) == ((), (), (), ())
    assert briefing.last_mentions == {}
    assert [tick.item for tick in briefing.checklist] == ["next_step"]


def test_the_last_three_visits_are_told_newest_first_whoever_made_them() -> None:
    visits = [a_talk(f"c|||第{number}次来。", on=day(number), rep=f"rep_{number}") for number in (1, 3, 5, 7)]
    assert [line.visited_on.day for line in brief(*visits).visits] == [7, 5, 3]
    assert brief(*visits).visits[0].text == "客户说“第7次来”"


def test_a_visit_with_a_summary_is_told_by_it_and_names_its_turns() -> None:
    summary = Summary("嫌贵，要对比表。", (SummarySentence("嫌贵。", (0,)), SummarySentence("要对比表。", (1, 2))))
    visit = replace(LAST, analysis=replace(LAST.analysis, summary=summary))
    (line,) = brief(visit).visits
    assert (line.text, line.turns) == ("嫌贵，要对比表。", (0, 1, 2))


def test_a_visit_where_the_customer_said_nothing_says_so() -> None:
    (line,) = brief(a_talk("r|||有人吗？")).visits
    assert (line.text, line.turns) == ("没有可用的录音内容", ())


def test_open_objections_carry_their_chinese_name_and_words() -> None:
    (objection,) = brief(FIRST, LAST).objections
    assert (objection.code, objection.title, objection.because.quote) == ("price", "价格", "那家便宜，你们太贵了。")


def test_promises_of_both_sides_with_the_overdue_one_first() -> None:
    promises = brief(FIRST, LAST).promises
    assert [(one.who, one.what, one.overdue) for one in promises] == [
        ("rep", "发对比表", True),
        ("customer", "问财务", False),
    ]


def test_a_promise_that_fell_due_before_the_newest_visit_was_settled_there() -> None:
    older = a_talk(
        "r||commitment|五号发报告。",
        "r||commitment|二十五号带工程师来。",
        on=day(2),
        promises=(a_promise("发报告", day(5)), a_promise("带工程师来", day(25), turn=1), a_promise("再联系", None)),
    )
    assert [one.what for one in brief(older, a_talk("c|||坐。", on=day(11))).promises] == ["带工程师来"]


QUIET_VISITS = [a_talk("c|||坐。", on=day(number)) for number in (5, 6, 7, 8, 9)]
OLD = a_talk(
    "c|price||耗材单价太贵了。",
    "r||commitment|二十五号带工程师来。",
    on=day(2),
    promises=(a_promise("带工程师来", day(25), turn=1),),
)


@pytest.mark.parametrize("between", [3, 5], ids=["four visits ago", "six visits ago"])
def test_issue_5_what_stands_open_outlives_the_three_visits_that_are_told(between: int) -> None:
    briefing = brief(OLD, *QUIET_VISITS[:between])
    assert [one.code for one in briefing.objections] == ["price"]
    assert [one.what for one in briefing.promises] == ["带工程师来"]
    assert OLD.visit_id not in [line.visit_id for line in briefing.visits]


def test_an_objection_that_the_rep_came_back_to_is_not_open() -> None:
    answered = a_talk("r||objection_handling|上次说耗材单价，我们单列了。", on=day(5))
    assert brief(OLD, answered).objections == ()


def test_last_mentions_of_budget_decision_maker_and_rival() -> None:
    mentions = brief(FIRST, LAST).last_mentions
    assert {topic: said.visit_id for topic, said in mentions.items()} == {
        "budget": "visit_0302",
        "decision_maker": "visit_0302",
        "competitor": "visit_0311",
    }


def test_the_newest_mention_wins_and_old_ones_are_still_found() -> None:
    visits = [a_talk("c|||坐。", on=day(number)) for number in (3, 4, 5, 6)]
    assert brief(FIRST, *visits).last_mentions["budget"].visit_id == "visit_0302"
    newer = a_talk("c||budget_info|批下来了，一百八。", on=day(7))
    assert brief(FIRST, newer).last_mentions["budget"].quote == "批下来了，一百八。"


def test_a_hint_quotes_the_last_visit_with_its_day() -> None:
    (hint,) = brief(FIRST, LAST).hints
    assert hint.text == "上次（3月11日）客户说“那家便宜，你们太贵了”，建议本次拆开算。"


def test_what_was_proposed_after_the_last_visit_is_told_again_before_the_next() -> None:
    after_last = GivenHint("price_card", "quote_compare", LAST.visited_at + timedelta(hours=1))
    before_last = GivenHint("price_card", "quote_compare", LAST.visited_at - timedelta(days=1))
    assert len(brief(LAST, given_hints=[after_last]).hints) == 1
    assert brief(LAST, given_hints=[before_last]).hints == ()


@pytest.mark.parametrize("dismissed", [True, False], ids=["waved away", "done"])
def test_what_was_settled_after_the_last_visit_rests_for_its_cool_down(dismissed: bool) -> None:
    after_last = LAST.visited_at + timedelta(hours=1)
    settled = GivenHint("price_card", "quote_compare", after_last, dismissed, settled_at=NOW - timedelta(hours=1))
    assert brief(LAST, given_hints=[settled]).hints == ()
    rested = timedelta(days=CARD.cooldown_days * (2 if dismissed else 1))
    for since, told in ((rested - timedelta(hours=2), 0), (rested, 1)):
        again = build_briefing(history=[LAST], content=CONTENT, now=NOW + since, given_hints=[settled])
        assert len(again.hints) == told


def test_visits_after_now_are_not_known_yet() -> None:
    assert brief(a_talk("c|||明天见。", on=day(19))).visits == ()


def test_a_mention_is_told_in_a_sentence() -> None:
    said = brief(FIRST).last_mentions["budget"]
    assert mention_sentence("budget", said, now=NOW) == "3月2日客户提到预算：“二季度有两百万”"
