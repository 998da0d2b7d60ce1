"""Coaching puts the right visits before the right rules, and does not change when it runs again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from nlp.taxonomy import Taxonomy
from service.domain.coaching.coach import Coaching, coach
from service.domain.coaching.hints import GivenHint
from service.domain.content.bundle import Content
from service.domain.content.courses import CourseItem
from service.domain.content.hint_cards import HintCard
from service.domain.content.scorecards import SkillCard
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day

QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}
TALK = {"talk": ["客户：贵。", "销售：嗯。", "客户：走了。"], "notice": "没有回应。"}
HEADER: dict[str, Any] = {
    "title": "一条",
    "status": "active",
    "description": "说明",
    "owner": "销售赋能组",
    "date": "2026-11-21",
}
EXAMPLES = {"fires": [QUIET], "stays_silent": [QUIET]}
CARD = HintCard.model_validate(
    {
        **HEADER,
        "id": "trust_card",
        "action": "send_case",
        "trigger": {"when": {"doubt": {"objection": "trust"}}},
        "text": "{when}客户说“{quote}”，建议带案例。",
        "priority": 70,
        "examples": EXAMPLES,
    }
)
COURSE = CourseItem.model_validate(
    {
        **HEADER,
        "id": "price_course",
        "skill": "objection",
        "minutes": 4,
        "trigger": {"unhandled": {"objections": ["price"], "times": 2}},
        "situation": "说" * 900,
        "bad": TALK,
        "good": TALK,
        "points": ["一", "二", "三"],
        "practice": {"question": "怎么回？", "answer": "先问。"},
        "examples": EXAMPLES,
    }
)
OPEN = {"id": "open", "note": "没有回应", "match": {"objection": "any", "state": "open"}, "value": 10}
SKILL = SkillCard.model_validate(
    {**HEADER, "id": "objection", "skill": "objection", "rules": [OPEN, {**OPEN, "id": "again", "cap": 1}]}
)
CONTENT = Content(
    taxonomy=Taxonomy(()),
    keyword_packs=(),
    hint_cards=(CARD,),
    courses=(COURSE,),
    talktracks=(),
    checklist_items=(),
    skill_cards=(SKILL,),
    digest="d" * 64,
    titles={("objection", "price"): "价格"},
)
VISIT = a_talk("c|price||太贵了。", "r|||嗯。", rep="rep_lin", account="acc_hospital")
SAME_ACCOUNT = a_talk("c|trust||没听过你们。", on=day(11), rep="rep_other", account="acc_hospital")
SAME_REP = a_talk("c|price||还是贵。", on=day(12), rep="rep_lin", account="acc_factory")


def coached(*history: VisitRecord, visit: VisitRecord = VISIT, **more: Any) -> Coaching:
    return coach(visit, history=history, content=CONTENT, now=NOW, **more)


def test_hints_come_from_this_account_whoever_visited_it() -> None:
    (hint,) = coached(SAME_ACCOUNT, SAME_REP).hints
    assert hint.text == "上次（3月11日）客户说“没听过你们”，建议带案例。"


def test_another_accounts_words_never_reach_this_customers_hints() -> None:
    elsewhere = replace(SAME_ACCOUNT, account_id="acc_factory", rep_id="rep_lin")
    assert coached(elsewhere).hints == ()


def test_courses_and_skills_come_from_this_reps_visits_anywhere() -> None:
    coaching = coached(SAME_ACCOUNT, SAME_REP)
    assert [assignment.course for assignment in coaching.courses] == ["price_course"]
    assert {proof.visit_id for proof in coaching.courses[0].because} == {"visit_0312", "visit_0318"}
    assert coaching.skills[0].n == 4


def test_another_reps_visits_do_not_count_for_this_rep() -> None:
    other = replace(SAME_REP, rep_id="rep_other")
    assert coached(other).courses == ()
    assert coached(other).skills[0].n == 2


def test_the_visit_itself_and_later_ones_in_history_change_nothing() -> None:
    later = replace(SAME_REP, visited_at=VISIT.visited_at + timedelta(days=1))
    assert coached(VISIT, later) == coached()


def test_only_the_three_visits_before_count_for_hints() -> None:
    newer = [a_talk("c|||坐。", on=day(number), account="acc_hospital") for number in (13, 14, 15)]
    assert coached(SAME_ACCOUNT, *newer).hints == ()


def test_running_twice_gives_the_same_coaching_in_any_order_of_history() -> None:
    assert coached(SAME_ACCOUNT, SAME_REP) == coached(SAME_REP, SAME_ACCOUNT)


def test_observations_are_this_visits_own() -> None:
    observed = coached(SAME_ACCOUNT, SAME_REP).observations
    assert {seen.visit_id for seen in observed} == {"visit_0318"}
    assert {seen.quote for seen in observed} == {"太贵了。"}


def test_given_hints_rest_and_open_courses_are_not_assigned_again() -> None:
    given = GivenHint("trust_card", "send_case", NOW - timedelta(days=2))
    coaching = coached(SAME_ACCOUNT, SAME_REP, given_hints=[given], open_courses={"price_course"})
    assert (coaching.hints, coaching.courses) == ((), ())


def test_a_visit_without_findings_and_history_is_coached_with_nothing() -> None:
    coaching = coached(visit=a_talk("c|||坐吧。"))
    assert (coaching.hints, coaching.courses, coaching.observations) == ((), (), ())
    assert coaching.skills[0].insufficient_data
    assert coaching.content_digest == CONTENT.digest
