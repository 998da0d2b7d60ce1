"""Hints speak in the customer's words, the most urgent first, and do not nag."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.coaching.hints import Factor, GivenHint, Hint, propose_hints
from service.domain.content.hint_cards import HintCard
from service.domain.evidence import Evidence
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day

TITLES = {("objection", "price"): "价格"}
QUIET = {"visits": [{"on": "2026-03-11", "talk": ["c|||坐。"]}]}


def a_card(card_id: str = "price_card", **changes: Any) -> HintCard:
    keys: dict[str, Any] = {
        "id": card_id,
        "title": "嫌贵",
        "status": "active",
        "description": "嫌贵",
        "owner": "销售赋能组",
        "date": "2026-11-21",
        "action": f"act_{card_id}",
        "trigger": {"when": {"high": {"objection": "price"}}},
        "text": "{when}客户说“{quote}”，建议拆开算。",
        "priority": 50,
        "examples": {"fires": [QUIET], "stays_silent": [QUIET]},
    }
    return HintCard.model_validate({**keys, **changes})


def propose(
    *cards: HintCard, visit: VisitRecord | None, history: tuple[VisitRecord, ...] = (), **more: Any
) -> list[Hint]:
    return propose_hints(cards, visit=visit, history=history, now=NOW, titles=TITLES, **more)


EXPENSIVE = a_talk("c|price||太贵了，报不上去。", on=day(18))


def test_a_hint_of_this_visit_says_so_and_quotes() -> None:
    (hint,) = propose(a_card(), visit=EXPENSIVE)
    assert hint.text == "这次客户说“太贵了，报不上去”，建议拆开算。"
    assert (hint.because[0].visit_id, hint.because[0].turn) == ("visit_0318", 0)
    assert hint.because[0].quote == "太贵了，报不上去。"


def test_a_hint_of_the_last_visit_names_its_day() -> None:
    earlier = a_talk("c|price||太贵了。", on=day(11))
    (hint,) = propose(a_card(), visit=a_talk("c|||坐。"), history=(earlier,))
    assert hint.text.startswith("上次（3月11日）客户说“太贵了”")


def test_a_hint_of_an_older_visit_names_only_its_day() -> None:
    older, last = a_talk("c|price||太贵了。", on=day(2)), a_talk("c|||坐。", on=day(11))
    (hint,) = propose(a_card(), visit=None, history=(older, last))
    assert hint.text.startswith("3月2日客户说")


def test_nothing_said_gives_no_hint() -> None:
    assert propose(a_card(), visit=a_talk("c|||坐吧。")) == []
    assert propose(a_card(), visit=None) == []


def test_a_hint_without_evidence_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="no evidence"):
        Hint("h", "card", "act", "text", (), 50, None, NOW)


@pytest.mark.parametrize(
    ("slot", "filled"),
    [
        pytest.param("{label}", "价格", id="label"),
        pytest.param("{speaker}", "客户", id="speaker"),
        pytest.param("{date}", "3月18日", id="date"),
        pytest.param("{high.when}", "这次", id="named_selection"),
    ],
)
def test_slots_are_filled_from_evidence(slot: str, filled: str) -> None:
    (hint,) = propose(a_card(text="{quote}" + slot + "。"), visit=EXPENSIVE)
    assert hint.text == f"太贵了，报不上去{filled}。"


@pytest.mark.parametrize("slot", ["{amount}", "{due}", "{what}"])
def test_a_slot_that_nothing_said_can_fill_keeps_the_card_quiet(slot: str) -> None:
    assert propose(a_card(text="“{quote}”" + slot), visit=EXPENSIVE) == []


def test_a_promise_fills_what_and_due() -> None:
    earlier = a_talk("r||commitment|周五发您。", on=day(11), promises=(a_promise("发对比表", day(13)),))
    overdue = {"when": {"promise": {"promise": {"by": "rep", "due": "overdue"}}}}
    card = a_card(trigger=overdue, text="您说“{quote}”：{what}，{due}。")
    (hint,) = propose(card, visit=a_talk("c|||坐。"), history=(earlier,))
    assert hint.text == "您说“周五发您”：发对比表，3月13日。"


def test_unless_keeps_a_card_quiet() -> None:
    card = a_card(trigger={"when": {"high": {"objection": "price"}}, "unless": [{"signal": "buying_intent"}]})
    assert propose(card, visit=a_talk("c|price||太贵了。", "c||buying_intent|不过合同发我。")) == []
    assert len(propose(card, visit=EXPENSIVE)) == 1


@pytest.mark.parametrize(
    ("narrowed", "speaks"),
    [
        pytest.param({"stages": ["quotation"]}, True, id="its_stage"),
        pytest.param({"stages": ["contract"]}, False, id="another_stage"),
        pytest.param({"risk": ["high"]}, True, id="its_risk"),
        pytest.param({"risk": ["low"]}, False, id="another_risk"),
    ],
)
def test_stage_and_risk_narrow_a_card(narrowed: dict[str, Any], speaks: bool) -> None:
    visit = a_talk("c|price||太贵了。", stage="quotation", risk="high")
    card = a_card(trigger={"when": {"high": {"objection": "price"}}, **narrowed})
    assert bool(propose(card, visit=visit)) is speaks


def test_before_a_visit_the_stage_is_the_one_given_and_no_risk_is_known() -> None:
    earlier = a_talk("c|price||太贵了。", on=day(11))
    staged = a_card(trigger={"when": {"high": {"objection": "price"}}, "stages": ["quotation"]})
    risky = a_card(trigger={"when": {"high": {"objection": "price"}}, "risk": ["low"]})
    assert len(propose(staged, visit=None, history=(earlier,), stage="quotation")) == 1
    assert propose(risky, visit=None, history=(earlier,)) == []


def test_the_fresher_remark_ranks_higher_at_equal_priority() -> None:
    old = a_card("old", trigger={"when": {"high": {"objection": "price"}}})
    new = a_card("new", trigger={"when": {"high": {"objection": "trust"}}})
    history = (a_talk("c|price||太贵了。", on=day(1)), a_talk("c|trust||没听过。", on=day(15)))
    assert [hint.card for hint in propose(old, new, visit=None, history=history)] == ["new", "old"]


def test_the_ranking_is_explained_by_factors_that_multiply_to_the_priority() -> None:
    visit = a_talk("c|price||太贵了。", "c|price||真的贵。", risk="high")
    (hint,) = propose(a_card(), visit=visit)
    product = 1.0
    for factor in hint.ranking:
        product *= factor.value
    assert hint.priority == round(product)
    assert Factor("risk", 1.3) in hint.ranking
    assert Factor("repeated", 1.1) in hint.ranking


def test_a_doubtful_finding_ranks_below_a_sure_one() -> None:
    found = tuple(replace(one, score=0.3) for one in EXPENSIVE.analysis.findings)
    doubtful = replace(EXPENSIVE, analysis=replace(EXPENSIVE.analysis, findings=found))
    assert propose(a_card(), visit=doubtful)[0].priority < propose(a_card(), visit=EXPENSIVE)[0].priority


def test_the_last_place_is_kept_for_what_an_earlier_visit_said() -> None:
    now = [a_card(f"card_{letter}", priority=90) for letter in "abc"]
    then = a_card("remembered", priority=20, trigger={"when": {"doubt": {"objection": "trust"}}})
    earlier = a_talk("c|trust||没听过你们。", on=day(11))
    hints = propose(*now, then, visit=EXPENSIVE, history=(earlier,))
    assert [hint.card for hint in hints] == ["card_a", "card_b", "remembered"]


def test_because_adds_how_earlier_visits_said_the_same() -> None:
    earlier = a_talk("c|price||去年就嫌贵。", on=day(11))
    (hint,) = propose(a_card(), visit=EXPENSIVE, history=(earlier,))
    assert [proof.visit_id for proof in hint.because] == ["visit_0318", "visit_0311"]


def test_priority_never_leaves_0_to_100() -> None:
    lines = ["c|price||太贵了。"] * 5
    (hint,) = propose(a_card(priority=100), visit=a_talk(*lines, risk="high"))
    assert hint.priority == 100


def test_two_hints_capped_at_100_keep_their_order() -> None:
    less, more = a_card("aa_less", priority=90), a_card("bb_more", priority=99)
    hints = propose(less, more, visit=a_talk("c|price||太贵了。", "c|price||真贵。", "c|price||贵死了。", risk="high"))
    assert [(hint.card, hint.priority) for hint in hints] == [("bb_more", 100), ("aa_less", 100)]


def test_no_two_hints_propose_the_same_action() -> None:
    first, second = a_card("first", action="same"), a_card("second", action="same", priority=60)
    assert [hint.card for hint in propose(first, second, visit=EXPENSIVE)] == ["second"]


def test_at_most_three_hints() -> None:
    assert len(propose(*(a_card(f"card_{letter}") for letter in "abcde"), visit=EXPENSIVE)) == 3


@pytest.mark.parametrize(
    ("days_ago", "speaks"),
    [pytest.param(13, False, id="within_its_rest"), pytest.param(15, True, id="after_its_rest")],
)
def test_a_card_rests_after_it_was_given(days_ago: int, speaks: bool) -> None:
    given = [GivenHint("price_card", "act", NOW - timedelta(days=days_ago))]
    assert bool(propose(a_card(cooldown_days=14), visit=EXPENSIVE, given=given)) is speaks


def test_another_cards_hint_does_not_make_it_rest() -> None:
    assert len(propose(a_card(), visit=EXPENSIVE, given=[GivenHint("other", "act", NOW)])) == 1


def test_a_hint_expires_after_its_days_and_carries_its_talk_track() -> None:
    (hint,) = propose(a_card(expires_days=5, talktrack="price_too_high"), visit=EXPENSIVE)
    assert (hint.expires_at, hint.talktrack) == (NOW + timedelta(days=5), "price_too_high")


def test_deprecated_cards_are_silent() -> None:
    assert propose(a_card(status="deprecated"), visit=EXPENSIVE) == []


def test_the_same_visit_proposes_the_same_hint_again() -> None:
    assert propose(a_card(), visit=EXPENSIVE) == propose(a_card(), visit=EXPENSIVE)


def test_two_visits_propose_hints_with_different_ids() -> None:
    other = a_talk("c|price||太贵了。", visit_id="visit_other")
    assert propose(a_card(), visit=EXPENSIVE)[0].id != propose(a_card(), visit=other)[0].id


def test_because_names_each_selection_once() -> None:
    card = a_card(trigger={"when": {"high": {"objection": "price"}, "doubt": {"objection": "trust"}}})
    (hint,) = propose(card, visit=a_talk("c|price,trust||贵，也没听过。"))
    assert [proof.quote for proof in hint.because] == ["贵，也没听过。"]
    assert all(isinstance(proof, Evidence) for proof in hint.because)
