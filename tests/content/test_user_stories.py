"""What the users told us they need, on the shipped content: each test is a sentence from their own stories."""

from service.domain.coaching.briefing import build_briefing
from service.domain.coaching.coach import coach
from service.domain.content.bundle import Content
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day


def hints_after(visit: VisitRecord, *history: VisitRecord, content: Content) -> dict[str, str]:
    return {hint.action: hint.text for hint in coach(visit, history=history, content=content, now=NOW).hints}


def courses_after(visit: VisitRecord, *history: VisitRecord, content: Content) -> list[str]:
    return [course.title for course in coach(visit, history=history, content=content, now=NOW).courses]


def test_on_starting_the_admission_the_rep_hears_that_the_operating_theatre_is_short_of_slots(content: Content) -> None:
    last = a_talk(
        "r|||主任，准入的材料我带来了。",
        "c|timing||最近手术室排期紧张，准入的事先放放。",
        "r|||好的，那我等您。",
        on=day(11),
        keywords={"排期紧张": "clinical_topic", "准入": "admission_topic"},
    )
    briefing = build_briefing(history=[last], content=content, now=NOW, stage="院内准入")
    texts = {hint.action: hint.text for hint in briefing.hints}
    assert (
        "上次（3月11日）客户提到“最近手术室排期紧张，准入的事先放放”，建议重点说明单台" in texts["show_capacity_gain"]
    )
    assert "逐项核对了准入五样材料" in [tick.text for tick in briefing.checklist]


def test_a_stale_budget_comes_back_with_the_words_the_customer_used_and_the_talk_track(content: Content) -> None:
    earlier = a_talk("c||budget_info|Q2有200万技改预算，王总提过。", on=day(11))
    coaching = coach(a_talk("c|||最近忙。", "r|||理解。"), history=[earlier], content=content, now=NOW)
    (hint,) = [hint for hint in coaching.hints if hint.action == "confirm_budget"]
    assert "Q2有200万技改预算" in hint.text
    assert hint.talktrack == "budget_confirm"


def test_three_visits_without_the_technical_leads_concern_assign_the_course_the_users_named(content: Content) -> None:
    words = {"等保": "security_topic", "接口文档": "it_topic", "历史数据": "it_topic"}
    visits = [
        a_talk("c|||必须过等保。", "r|||支持的。", on=day(4), keywords=words),
        a_talk("c|||接口文档先发我。", "r|||好的。", on=day(11), keywords=words),
        a_talk("c|||历史数据迁得过来吗？", "r|||没问题。", keywords=words),
    ]
    titles = courses_after(visits[-1], *visits[:-1], content=content)
    assert titles[0] == "如何快速识别IT主管的技术语言"


def test_tariff_words_bring_the_tariff_note(content: Content) -> None:
    visit = a_talk("c|||你们算的峰谷电价是今年新的吗？", keywords={"峰谷电价": "tariff_topic"})
    coaching = coach(visit, history=[], content=content, now=NOW)
    (hint,) = [hint for hint in coaching.hints if hint.action == "send_tariff_note"]
    assert hint.talktrack == "tariff_note"


def test_a_customer_who_is_leaving_comes_before_everything_else(content: Content) -> None:
    visit = a_talk(
        "c|price||还是贵。",
        "c||buying_intent|不过合同先发我。",
        "c||churn_signal|算了，这批拉回去，以后不订了。",
        risk="high",
    )
    coaching = coach(visit, history=[], content=content, now=NOW)
    assert coaching.hints[0].action == "apologise_and_fix"
    assert [course.course for course in coaching.courses] == ["churn_first_day"]


def test_customer_says_he_will_think_it_over_and_the_rep_gets_a_dated_small_step(content: Content) -> None:
    texts = hints_after(a_talk("c|timing||我再考虑考虑。", "r|||好的。"), content=content)
    assert "走的时候没有约日子" in texts["fix_date"]


def test_a_promise_past_its_day_is_the_first_thing_a_briefing_says(content: Content) -> None:
    last = a_talk(
        "c|price||贵。",
        "r||objection_handling|咱拆开算。",
        "r||commitment|周五前我把对比表发您。",
        on=day(11),
        promises=(a_promise("发对比表", day(13), turn=2),),
    )
    briefing = build_briefing(history=[last], content=content, now=NOW)
    assert briefing.hints[0].action == "keep_promise"
    assert [(promise.what, promise.overdue) for promise in briefing.promises] == [("发对比表", True)]


def test_a_budget_without_its_decider_asks_for_the_decider(content: Content) -> None:
    texts = hints_after(a_talk("c||buying_intent|报价单盖章给我。", "r|||好的。"), content=content)
    assert set(texts) >= {"ask_decision_maker", "agree_next_step"}


def test_a_rep_who_handled_everything_is_left_alone(content: Content) -> None:
    visit = a_talk(
        "r||discovery_question|现在怎么盘点？",
        "c|||关两天门。",
        "c|price||就是贵了点。",
        "r||objection_handling|去掉两个模块，下来三万。",
        "r||discovery_question|这样您能报上去吗？",
        "c|||能。",
    )
    coaching = coach(visit, history=[], content=content, now=NOW)
    assert coaching.hints == ()
    assert coaching.courses == ()


def test_what_the_rep_said_about_prices_is_never_taken_for_the_customers_objection(content: Content) -> None:
    assert hints_after(a_talk("r|||您上次说太贵了，是吧？", "c|||那是上次。"), content=content) == {}


def test_the_checklist_changes_with_what_the_customer_said(content: Content) -> None:
    rival = build_briefing(history=[a_talk("c|competitor|competitor_mention|人家快半小时。")], content=content, now=NOW)
    pain = build_briefing(history=[a_talk("c||pain_point|漏单漏了三回。")], content=content, now=NOW)
    assert {tick.item for tick in rival.checklist} != {tick.item for tick in pain.checklist}
    assert rival.checklist[0].because[0].quote == "人家快半小时。"


def test_a_month_of_visits_gives_a_radar_with_evidence_on_every_known_axis(content: Content) -> None:
    visits = [
        a_talk(
            "r||discovery_question|哪一步最慢？",
            "c||pain_point|等报告等两小时。",
            "r||value_statement|按您的量能压到四十分钟。",
            "c|price||贵。",
            "r||objection_handling|耗材单列。",
            "r||commitment|周五给您。",
            "r|||那我先走了。",
            on=day(number),
            promises=(a_promise("给方案", day(number + 2), turn=5),),
        )
        for number in (2, 6, 10, 14)
    ]
    scores = coach(visits[-1], history=visits[:-1], content=content, now=NOW).skills
    known = {score.code: score for score in scores if score.score is not None}
    assert set(known) >= {"discovery", "value", "objection", "closing", "compliance"}
    assert all(score.evidence for score in known.values())
    assert known["objection"].score is not None
    assert known["objection"].score > 70
