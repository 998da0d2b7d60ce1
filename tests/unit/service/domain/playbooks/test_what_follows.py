"""Links of events, effects and their words, alerts and their clocks, dispatch, explanations, reports."""

from datetime import timedelta

import pytest

from service.domain.playbooks.alerts import (
    FORGOTTEN_AFTER,
    acknowledge,
    act,
    alert_figures,
    hand_over,
    take_step,
    withdraw,
)
from service.domain.playbooks.backtest import backtest, describe
from service.domain.playbooks.dispatch import (
    Form,
    Record,
    choose,
    coefficients_of,
    form_from_json,
    form_of,
    form_to_json,
    heat_of,
    rank,
)
from service.domain.playbooks.effects import Effect, Scene, effects_of
from service.domain.playbooks.explain import explain
from service.domain.playbooks.rules import book_of, durations_in
from service.domain.playbooks.stories import failures_of
from service.domain.playbooks.subjects import changes_links, link_events, timelines_of
from service.domain.playbooks.timeline import Timeline
from tests.support.fakes import NOON
from tests.support.owned_playbooks import an_alert
from tests.support.playbooks import a_fact, a_reader, a_rule, china, rule_text
from tests.support.shelf import shipped_shelf

REF = ("opportunity", "o1")
HOUR = timedelta(hours=1)
SHIPPED = {rule.id: rule for rule in shipped_shelf().shipped.rules}


def test_an_event_speaks_of_what_its_entity_refers_to_at_that_moment() -> None:
    facts = [
        a_fact("opportunity.created", "2026-03-01 09:00", fact_id="a"),
        a_fact("opportunity.updated", "2026-03-02 09:00", fact_id="b", owner_id="rep-1", region="华东"),
        a_fact("opportunity.updated", "2026-03-03 09:00", fact_id="c", owner_id="rep-2"),
    ]
    links = link_events(reversed(facts))
    assert links["a"] == links["b"] == frozenset({REF, ("person", "rep-1"), ("region", "华东")})
    assert links["c"] == frozenset({REF, ("person", "rep-2"), ("region", "华东")})
    assert set(timelines_of(facts)) == {REF, ("person", "rep-1"), ("person", "rep-2"), ("region", "华东")}


def test_others_links_change_when_news_is_late_or_refers_to_something_new() -> None:
    first = a_fact("opportunity.created", "2026-03-02 09:00", owner_id="rep-1")
    assert not changes_links(a_fact("opportunity.updated", "2026-03-03 09:00", owner_id="rep-2"), [first])
    assert changes_links(a_fact("opportunity.updated", "2026-03-03 09:00", region="华东"), [first])
    assert changes_links(a_fact("opportunity.updated", "2026-03-01 09:00", stage="a"), [first])
    assert not changes_links(a_fact("opportunity.updated", "2026-03-03 09:00", owner_id="", region=7), [first])


ALL_ACTIONS = rule_text("score: {field: score}", "score.present", more="clock: {respond_within: 1h}").replace(
    "actions:\n",
    """actions:
  - hint: {to: person:rep-9, text: "{{score.number}}", links: [health, alert, visit, "last_mention:price"]}
  - push_pack: {to: [owner], text: 包, talktrack: budget_confirm, cases: 2}
  - assign_course: {to: [owner], text: 课, course: budget_three_questions}
  - move_to_pool: {pool: "{{subject}}池"}
  - freeze_stage: {stage: 合同}
  - lock: {approver: manager, text: 锁}
  - tag: {tag: 标, action: "看{{subject}}"}
  - create_task: {to: [owner], title: 做事, due_within: 2h}
  - publish_score: {name: health, value: score.number}
  - assign_lead: {hot_from: 50, top: 2, again: true}
""",
)


def all_effects() -> dict[str, Effect]:
    book = a_reader().read(ALL_ACTIONS, source="x").book
    timeline = Timeline.of(REF, [a_fact("opportunity.created", "2026-03-02 09:00", name="手柄", owner_id="rep-1",
                                        manager_id="mgr-1", account_id="acc/1", industry="储能", score=7)])  # fmt: skip
    scene = Scene(book, timeline, china("2026-03-02 09:00"), {"score.number": 7.0}, "alr_1", "visit-1")
    return {effect.kind: effect for effect in effects_of(book.actions, scene)}


def test_every_kind_of_action_becomes_words_people_and_values() -> None:
    found = all_effects()
    assert found["hint"].text == "7"
    assert found["hint"].recipients == ({"role": "", "person": "rep-9"},)
    assert found["hint"].links == {
        "health": "/v1/opportunities/o1/health",
        "alert": "/v1/alerts/alr_1",
        "visit": "/v1/visits/visit-1",
        "last_mention": "/v1/accounts/acc%2F1/timeline?topic=price",
    }
    assert found["push_pack"].data == {"talktrack": "budget_confirm", "cases": 2, "industry": "储能"}
    assert found["assign_course"].data == {"course": "budget_three_questions"}
    assert found["move_to_pool"].data == {"pool": "手柄池"}
    assert found["freeze_stage"].data == {"stage": "合同"}
    assert (found["lock"].recipients[0]["person"], found["lock"].text) == ("mgr-1", "锁")
    assert found["tag"].data == {"tag": "标", "action": "看手柄"}
    assert found["create_task"].data["due_within_minutes"] == 120
    assert found["publish_score"].data == {"name": "health", "value": 7.0}
    assert found["assign_lead"].data["again"] is True


def test_every_kind_of_action_is_explained() -> None:
    said = explain(a_reader().read(ALL_ACTIONS, source="x").book)
    promised = """提示rep-9 | 话术包 budget_confirm、2个同行业案例 | 安排课程给负责人 | 冻结阶段合同 | 等主管二次审批 |
        打上“标”标签 | 给负责人建任务 | 公布分值 health | 派给最合适的销售 | 1小时内处理"""
    for words in promised.split("|"):
        assert words.strip() in said, words


def test_a_schedule_a_clock_and_an_exception_are_explained() -> None:
    said = explain(SHIPPED["evening_reminder"].book)
    assert "每个工作日18:00" in said
    assert "到2小时仍未处理" not in said
    assert "通知主管" in said
    assert "但“stage”" in explain(SHIPPED["budget_node_stale"].book)
    assert "工作时间4小时" in explain(SHIPPED["concession_over_limit"].book)


def test_moves_of_an_alert_and_those_that_change_nothing() -> None:
    alert = an_alert()
    seen = acknowledge(alert, who="a", now=NOON)
    handed = hand_over(seen, to="b", who="a", now=NOON + HOUR)
    done = act(handed, who="b", now=NOON + 3 * HOUR)
    assert [each.state for each in (seen, handed, done)] == ["acknowledged", "handed_over", "acted"]
    assert done.time_to_first_action == HOUR
    assert acknowledge(handed, who="a", now=NOON) is handed
    assert hand_over(done, to="c", who="a", now=NOON) is done
    assert act(done, who="c", now=NOON) is done
    assert withdraw(alert, now=NOON).state == "withdrawn"
    assert alert.time_to_first_action is None


def test_a_clock_takes_its_steps_in_order_and_ends() -> None:
    steps = [{"due_at": (NOON + hours * HOUR).isoformat(), "effects": [hours]} for hours in (1, 3)]
    alert = an_alert(steps=steps, due_at=NOON + HOUR)
    first, step = take_step(alert, now=NOON + HOUR)
    assert (step, first.due_at) == (steps[0], NOON + 3 * HOUR)
    second, step = take_step(first, now=NOON + 3 * HOUR)
    assert (step, second.due_at) == (steps[1], NOON + 3 * HOUR + FORGOTTEN_AFTER)
    last, step = take_step(second, now=NOON + 200 * HOUR)
    assert (step, last.state) == (None, "expired")


def test_figures_need_three_answers_for_a_median() -> None:
    acted = [act(an_alert(n, respond_by=NOON + 2 * HOUR), who="a", now=NOON + n * HOUR) for n in (1, 2, 4)]
    figures = alert_figures([*acted, an_alert(9)])
    assert (figures.total, figures.acted, figures.in_time, figures.median_hours) == (4, 3, 2, 2.0)
    assert alert_figures(acted[:2]).median_hours is None


def test_a_reps_record_counts_thirty_days_up_to_last_midnight() -> None:
    at = china("2026-03-02 00:00")
    facts = [
        a_fact("opportunity.won", "2026-02-20 09:00", id_="w1", industry="储能"),
        a_fact("opportunity.updated", "2026-02-21 09:00", id_="w2", stage="赢单", industry="制造"),
        a_fact("opportunity.won", "2026-01-01 09:00", id_="old", industry="储能"),
        a_fact("opportunity.won", "2026-03-02 09:00", id_="after", industry="储能"),
        a_fact("lead.assigned", "2026-02-25 09:00", kind="lead", id_="l1"),
        a_fact("lead.confirmed", "2026-02-25 09:20", kind="lead", id_="l1"),
        a_fact("lead.assigned", "2026-03-02 09:00", kind="lead", id_="l2"),
    ]
    form = form_of("rep-1", facts, at=at)
    assert (form.wins, form.cases, form.response_minutes) == (2, {"储能": 1, "制造": 1}, 20.0)
    assert form.because == tuple(facts[place].id for place in (0, 1, 4, 5))
    assert form.record("储能", today=1) == Record("rep-1", wins=2, cases=1, response_minutes=20.0, today=1)
    assert form.record("医疗").cases == form.record("").cases == 0
    assert form_from_json("rep-1", form_to_json(form), form.because) == form


def test_coefficients_of_a_day_are_those_that_a_lead_is_given_by() -> None:
    forms = [Form("a", 4, {"储能": 2}, 10.0), Form("b", 2, {"储能": 1, "制造": 1}, 60.0), Form("c")]
    found = coefficients_of(forms)
    for industry in ("储能", "制造", ""):
        ranked = {each.record.person: each.coefficient for each in rank([form.record(industry) for form in forms])}
        assert {person: of[industry] for person, of in found.items()} == ranked
    assert found["a"][""] == 0.7
    assert found["a"]["储能"] == 1.0
    assert found["c"] == {"": 0.0, "储能": 0.0, "制造": 0.0}


def test_leads_go_by_coefficient_and_turn() -> None:
    ranked = rank(
        [Record("a", 4, 2, 10.0), Record("b", 2, 2, 60.0), Record("c", 0, 0, None), Record("d", 4, 2, 10.0, 1)]
    )
    assert [each.record.person for each in ranked] == ["a", "d", "b", "c"]
    assert choose(ranked, heat=90, hot_from=70, top=2).record.person == "a"
    assert choose(ranked, heat=90, hot_from=70, top=2, without="a").record.person in {"b", "d"}
    assert choose(ranked, heat=10, hot_from=70, top=2).record.person == "a"
    assert choose([], heat=10, hot_from=70, top=2) is None
    assert rank([Record("x", 0, 0, None)])[0].coefficient == 0


@pytest.mark.parametrize(
    ("lead", "known", "heat"),
    [
        ({"urgency": "high", "budget": 1_000_000}, True, 100),
        ({"urgency": "中", "budget": "300000"}, False, 55),
        ({"budget": 120_000}, False, 30),
        ({}, False, 20),
    ],
)
def test_heat_adds_urgency_budget_and_industry(lead: dict[str, object], heat: float, *, known: bool) -> None:
    assert heat_of(lead, known_industry=known) == heat


def test_a_back_test_says_in_chinese_what_it_found() -> None:
    rule = a_rule("budget: {field: budget}", "budget.age > hours(72)", more="cause: [budget]")
    broken = a_rule("stage: {field: stage}", "stage.value > 3", id_="broken_rule")
    facts = [a_fact("opportunity.created", "2026-03-01 09:00", budget="a", stage="x", owner_id="rep-1"),
             a_fact("opportunity.updated", "2026-03-04 20:00", budget="b")]  # fmt: skip
    report = backtest(book_of([rule, broken]), facts, until=china("2026-03-20 09:00"))
    said = "\n".join(describe(report))
    assert "触发2次，涉及1个对象" in said
    assert "rep-1" in said
    assert "1次在一天内自行好转" in said
    assert "条件有时算不出来" in said


def test_a_story_that_does_not_hold_is_named() -> None:
    text = rule_text("stage: {field: stage}", 'stage.text == "won"')
    silent = a_reader().read(text, source="x")
    assert list(failures_of(silent)) == ["examples.fires[1]: fires 0 times, not 1"]
    loud = a_rule("any: {event: [a.b]}", "any.present", text="看{{subject}}")
    assert any("stays_silent[1]: fires at" in failure for failure in failures_of(loud))
    text = rule_text("any: {event: [a.b]}", "any.present").replace("events: [{at", 'says: "没有的话", events: [{at', 1)
    assert any("does not say '没有的话'" in failure for failure in failures_of(a_reader().read(text, source="x")))
    failing = a_rule("stage: {field: stage}\nany: {event: [a.b]}", "any.present && stage.value > 3")
    assert len(list(failures_of(failing))) == 2


def test_durations_are_found_in_expressions() -> None:
    assert durations_in(["a > days(3) && b < hours(2)", "c > days(3)"]) == (timedelta(hours=2), timedelta(days=3))
