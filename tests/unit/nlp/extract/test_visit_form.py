"""Next steps, five elements and debrief from the findings of one visit."""

from datetime import date

from nlp.extract.debrief import debrief
from nlp.extract.five_elements import five_elements, objection_elements
from nlp.extract.next_steps import likeness, next_steps
from nlp.types import Explanation, Finding, FindingKind, Role, Turn, VisitContext

VISIT = date(2026, 3, 11)
TITLES = {"price": "价格", "delivery": "交付"}
CONTEXT = VisitContext("v1", VISIT, channel="面访")


def _finding(
    kind: FindingKind, code: str, turn: int, quote: str, *, role: Role = "customer", score: float = 0.9, **more: object
) -> Finding:
    return Finding(
        f"{kind}{code}{turn}",
        kind,
        code,
        score,
        turn,
        role,
        (0, len(quote)),
        quote,
        Explanation("t", "1"),
        attributes=more,
    )


def _promise(turn: int, what: str, due: str | None, *, role: Role = "rep") -> Finding:
    return _finding("commitment", "commitment", turn, what, role=role, what=what, due=due, who=role)


def test_steps_come_in_the_order_they_fall_due() -> None:
    steps = next_steps(
        [_promise(2, "发方案", None), _promise(5, "带样机来", "2026-03-18"), _promise(7, "发报价", "2026-03-12")]
    )
    assert [(s.what, s.due) for s in steps] == [
        ("发报价", date(2026, 3, 12)),
        ("带样机来", date(2026, 3, 18)),
        ("发方案", None),
    ]


def test_of_two_steps_that_say_the_same_the_later_one_counts() -> None:
    steps = next_steps([_promise(2, "周四来测爆破压", "2026-03-12"), _promise(8, "周五来测爆破压", "2026-03-13")])
    assert [(s.turn, s.due) for s in steps] == [(8, date(2026, 3, 13))]


def test_both_sides_may_promise_the_same() -> None:
    assert len(next_steps([_promise(1, "明天联系", None), _promise(2, "明天联系", None, role="customer")])) == 2


def test_likeness_is_the_share_of_common_pairs() -> None:
    assert likeness("明天发报价", "明天发报价单") == 1.0
    assert likeness("明天发报价", "下周来装机") == 0.0


def test_each_objection_is_quoted_once_at_its_clearest() -> None:
    found = [
        _finding("objection", "price", 3, "有点贵", score=0.6),
        _finding("objection", "price", 8, "太贵了", score=0.9),
        _finding("objection", "delivery", 5, "等不了"),
    ]
    assert [(e.value, e.turn, e.quote) for e in objection_elements(found, TITLES)] == [
        ("交付", 5, "等不了"),
        ("价格", 8, "太贵了"),
    ]


def test_an_objection_without_a_name_keeps_its_code() -> None:
    assert objection_elements([_finding("objection", "need", 1, "用不上")], {})[0].value == "need"


def test_the_decision_maker_is_named_with_the_turn_that_says_so() -> None:
    turns = [Turn(0, "您好", "rep"), Turn(1, "最后拍板的是分管的邵院长", "customer")]
    said = [_finding("signal", "decision_maker", 1, "最后拍板的是分管的邵院长")]
    found = five_elements(turns, said, context=CONTEXT, titles=TITLES)
    assert found.decision_maker is not None
    assert (found.decision_maker.value, found.decision_maker.turn) == ("邵院长", 1)


def test_a_decision_maker_without_a_name_is_told_in_the_turns_words() -> None:
    turns = [Turn(0, "钱的事归我老婆管", "customer")]
    said = [_finding("signal", "decision_maker", 0, "钱的事归我老婆管")]
    found = five_elements(turns, said, context=CONTEXT, titles=TITLES)
    assert found.decision_maker is not None
    assert found.decision_maker.value == "钱的事归我老婆管"


def test_the_place_is_the_room_named_in_greeting() -> None:
    turns = [Turn(0, "欢迎来我们展厅坐坐", "customer")]
    place = five_elements(turns, [], context=CONTEXT, titles=TITLES).place
    assert place is not None
    assert (place.value, place.turn) == ("展厅", 0)


def test_a_call_takes_place_on_the_telephone() -> None:
    turns = [Turn(0, "我在会议室，你说", "customer")]
    place = five_elements(turns, [], context=VisitContext("v", VISIT, channel="电话"), titles=TITLES).place
    assert place is not None
    assert (place.value, place.turn) == ("电话", None)


def test_what_nobody_says_stays_empty() -> None:
    found = five_elements([], [], context=VisitContext("v", VISIT), titles=TITLES)
    assert (found.place, found.decision_maker, found.objections, found.next_commitment) == (None, None, (), None)
    assert found.time is not None
    assert found.time.value == "2026-03-11"


def test_the_next_commitment_is_the_first_that_falls_due() -> None:
    found = five_elements(
        [], [_promise(1, "发图", None), _promise(2, "来装表", "2026-03-13")], context=CONTEXT, titles=TITLES
    )
    assert found.next_commitment is not None
    assert (found.next_commitment.value, found.next_commitment.turn) == ("2026-03-13 来装表", 2)


def test_without_dates_the_next_commitment_is_the_last_one() -> None:
    found = five_elements(
        [], [_promise(1, "发图纸", None), _promise(4, "再打电话", None)], context=CONTEXT, titles=TITLES
    )
    assert found.next_commitment is not None
    assert found.next_commitment.turn == 4


TALK = [
    Turn(0, "你们这价格太贵了", "customer"),
    Turn(1, "首批我让两个点，写进合同", "rep"),
    Turn(2, "行，这样的话合同拿来", "customer"),
]


def test_the_breakthrough_is_the_answered_objection_before_the_interest() -> None:
    found = [
        _finding("objection", "price", 0, "太贵了"),
        _finding("signal", "objection_handling", 1, "首批我让两个点", role="rep"),
        _finding("signal", "buying_intent", 2, "合同拿来"),
    ]
    form = debrief(TALK, found, next_steps(found), titles=TITLES)
    assert form.breakthrough is not None
    assert (form.breakthrough.value, form.breakthrough.turn) == ("price", 2)
    assert [e.value for e in form.objections] == ["价格"]


def test_interest_alone_opens_by_its_topic() -> None:
    turns = [Turn(0, "什么时候能到货，我想订两台", "customer")]
    form = debrief(turns, [_finding("signal", "buying_intent", 0, "我想订两台")], (), titles=TITLES)
    assert form.breakthrough is not None
    assert form.breakthrough.value == "delivery"


def test_without_interest_there_is_no_breakthrough_and_no_step() -> None:
    form = debrief(TALK, [_finding("objection", "price", 0, "太贵了")], (), titles=TITLES)
    assert (form.breakthrough, form.next_step, form.due) == (None, "", None)


def test_the_form_names_the_next_step_with_its_day() -> None:
    found = [_promise(1, "来装表", "2026-03-13")]
    form = debrief(TALK, found, next_steps(found), titles=TITLES)
    assert (form.next_step, form.due) == ("来装表", date(2026, 3, 13))


def test_the_records_place_comes_before_what_is_said() -> None:
    turns = [Turn(0, "欢迎到我们展厅来", "customer")]
    context = VisitContext("v", VISIT, channel="面访", place="苏州工厂")
    place = five_elements(turns, [], context=context, titles=TITLES).place
    assert place is not None
    assert (place.value, place.turn) == ("苏州工厂", None)


def test_how_they_met_is_no_place() -> None:
    for channel in ("面访", "上门拜访", "现场走访"):
        context = VisitContext("v", VISIT, channel=channel)
        assert five_elements([Turn(0, "您好", "rep")], [], context=context, titles=TITLES).place is None
