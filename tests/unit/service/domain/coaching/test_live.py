"""A talk sentence by sentence: what is shown, to whom it speaks, and when it stops."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.types import Turn
from service.adapters.content.loader import load_content
from service.domain.coaching.live import AGAIN_AFTER, TURNS_KEPT, Cue, Setting, Talk, hear
from service.domain.content.cues import CueCard
from service.domain.crm.facts import FactEvent, KnownFact
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day

CONTENT = load_content(Path(__file__).parents[5] / "prompts")
BLAND = ("c|||嗯。", "r|||好的。")


def a_setting(*history: VisitRecord, **more: Any) -> Setting:
    return Setting.before(
        CONTENT, visit_id="vis_live", rep_id="rep_1", account_id="acc_1", now=NOW, history=history, **more
    )


def talked(
    *lines: str, setting: Setting | None = None, talk: Talk | None = None, **known: str
) -> tuple[Talk, list[Cue]]:
    """The talk after these lines, and every cue on the way."""
    talk, given = talk or Talk(), []
    record = a_talk(*lines, keywords=dict(known))
    for turn in record.analysis.turns:
        found = [
            replace(f, turn=talk.heard, id=f"{talk.heard}:{f.code}")
            for f in record.analysis.findings
            if f.turn == turn.i
        ]
        talk, cues = hear(talk, replace(turn, i=talk.heard), found, setting or a_setting())
        given.extend(cues)
    return talk, given


def keys(cues: list[Cue]) -> list[str]:
    return [cue.key for cue in cues]


def test_an_objection_brings_a_strategy_for_this_customers_role() -> None:
    for role, title in (("purchaser", "最低价"), ("economic_buyer", "换回什么"), ("user", "省事")):
        _, (cue, *_) = talked("c|price||两万八，贵了。", setting=a_setting(customer_role=role))
        assert (cue.kind, cue.talktrack, cue.strategy) == ("handling", "price_too_high", role)
        assert cue.because.quote == "两万八，贵了。"
        assert "两万八，贵了" in cue.text
        assert cue.say
        assert cue.ask
        assert cue.avoid
        assert title != cue.strategy


def test_an_unknown_role_gets_the_first_strategy() -> None:
    _, (cue,) = talked("c|price||太贵了。")
    assert cue.strategy == "purchaser"


def test_the_reps_own_words_raise_no_objection() -> None:
    _, cues = talked("r|price||您是不是觉得贵？")
    assert cues == []


def test_a_word_brings_its_note_and_what_this_customer_said_of_it_before() -> None:
    before = [
        a_talk("c|||我们峰谷电价差七毛。", on=day(number), visit_id=f"v{number}", keywords={"峰谷电价": "tariff_topic"})
        for number in (1, 5, 9)
    ]
    talk, cues = talked("c|||现在峰谷电价又变了。", setting=a_setting(*before), 峰谷电价="tariff_topic")
    (cue,) = cues
    assert (cue.kind, cue.key, cue.talktrack) == ("note", "tariff_note", "tariff_note")
    assert [fact.visit_id for fact in cue.facts] == ["v9", "v5"]
    assert cue.facts[0].quote == "我们峰谷电价差七毛。"
    assert talk.cues == tuple(cues)


def test_a_note_is_shown_once_a_talk() -> None:
    lines = ["c|||峰谷电价又变了。"] * 30
    _, cues = talked(*lines, 峰谷电价="tariff_topic")
    assert keys(cues).count("tariff_note") == 1


def test_how_an_earlier_objection_was_raised_is_shown_beside_the_new_one() -> None:
    before = a_talk("c|price||上回就说过贵。", on=day(3), visit_id="v3")
    _, (cue, *_) = talked("c|price||还是贵。", setting=a_setting(before))
    assert [fact.quote for fact in cue.facts] == ["上回就说过贵。"]


def test_the_same_objection_comes_again_only_after_a_while() -> None:
    _, cues = talked("c|price||太贵了。", "c|price||真的贵。")
    assert keys(cues).count("objection:price") == 1
    _, cues = talked("c|price||太贵了。", *BLAND * 3, "c|price||还是贵。")
    again = [cue for cue in cues if cue.key == "objection:price"]
    assert [cue.shown for cue in again] == [1, 2]
    assert AGAIN_AFTER <= 7


def test_a_nudge_repeats_until_the_rep_does_it() -> None:
    silent = BLAND * 40
    _, cues = talked(*silent)
    asked = [cue for cue in cues if cue.key == "next_step_undated"]
    assert [cue.shown for cue in asked] == [1, 2, 3]
    assert asked[0].because.turn == 35  # the 36th
    turned = [*BLAND * 20, "r||commitment|周五前我把方案发您。", *BLAND * 20]
    _, cues = talked(*turned)
    assert [cue.shown for cue in cues if cue.key == "next_step_undated"] == [1]


def test_a_step_taken_early_is_remembered_when_its_words_are_long_gone() -> None:
    talk, cues = talked("c||budget_info|今年有两百万。", *BLAND * TURNS_KEPT)
    assert len(talk.turns) == TURNS_KEPT
    assert talk.findings == ()
    assert "budget_unasked" in talk.taken
    assert "budget_unasked" not in keys(cues)


def test_what_is_known_from_earlier_visits_is_not_asked_for() -> None:
    known = a_talk("c||budget_info|今年有两百万。", on=day(2), visit_id="v2")
    _, cues = talked(*BLAND * 20, setting=a_setting(known))
    assert "budget_unasked" not in keys(cues)
    _, cues = talked(*BLAND * 20)
    assert "budget_unasked" in keys(cues)


def test_at_most_two_cues_at_once_the_most_pressing_first() -> None:
    line = "c|price,technical,delivery|churn_signal,competitor_mention|太贵，参数也不够，交期还长，我们换别家。"
    _, cues = talked(line)
    assert len(cues) == 2
    assert cues[0].key == "leaving_note"


def test_cues_are_numbered_and_those_missed_are_found_again() -> None:
    talk, cues = talked("c|price||太贵了。", *BLAND * 10, "c|delivery||交期太长。", "c||churn_signal|那就换别家。")
    assert [cue.seq for cue in cues] == list(range(1, len(cues) + 1))
    assert talk.after(1) == tuple(cues[1:])
    assert talk.after(99) == ()


def test_cards_for_another_stage_are_silent() -> None:
    card = next(card for card in CONTENT.cue_cards if card.id == "rival_note")
    staged = replace(CONTENT, cue_cards=(card.model_copy(update={"stages": ("商务谈判",)}),))
    for stage, shown in (("商务谈判", ["rival_note"]), ("初访", [])):
        setting = replace(a_setting(stage=stage), content=staged)
        assert keys(talked("c||competitor_mention|启衡来过。", setting=setting)[1]) == shown


def test_cards_and_tracks_out_of_use_are_silent() -> None:
    retired = replace(
        CONTENT,
        cue_cards=tuple(card.model_copy(update={"status": "deprecated"}) for card in CONTENT.cue_cards),
        talktracks=tuple(track.model_copy(update={"status": "deprecated"}) for track in CONTENT.talktracks),
    )
    _, cues = talked("c|price|churn_signal|太贵，换别家。", *BLAND * 40, setting=replace(a_setting(), content=retired))
    assert cues == []


def test_turns_come_one_after_the_other() -> None:
    with pytest.raises(ValueError, match="not the next one"):
        hear(Talk(), Turn(3, "太贵了。", "customer", 1.0), [], a_setting())


LINES = st.sampled_from(
    ["c|price||太贵了。", "c||pain_point|老停机。", "r||discovery_question|多久一次？",
     "r||objection_handling|按三年算。", "c||churn_signal|换别家。", "r||commitment|周五发您。",
     "c||budget_info|有两百万。", *BLAND]
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(LINES, max_size=60), st.integers(0, 60))
def test_a_talk_taken_up_again_goes_on_as_if_nothing_had_happened(lines: list[str], cut: int) -> None:
    whole, cues = talked(*lines) if lines else (Talk(), [])
    first, before = talked(*lines[:cut]) if lines[:cut] else (Talk(), [])
    second, after = talked(*lines[cut:], talk=first) if lines[cut:] else (first, [])
    assert (second, before + after) == (whole, cues)
    assert all(cue.because.quote for cue in cues)
    assert all(cue.shown <= 5 for cue in cues)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"said": None}, "exactly one of"),
        ({"missing": {"after_turns": 3, "none_of": [{"signal": "commitment"}]}}, "exactly one of"),
        ({"text": "客户说{when}"}, "only slot"),
    ],
)
def test_a_card_that_cannot_work_is_refused(change: dict[str, object], message: str) -> None:
    card = next(card for card in CONTENT.cue_cards if card.id == "rival_note")
    with pytest.raises(ValueError, match=message):
        CueCard.model_validate({**card.model_dump(), **change})


def test_a_quote_needs_words_to_quote() -> None:
    card = next(card for card in CONTENT.cue_cards if card.id == "budget_unasked")
    with pytest.raises(ValueError, match="needs words"):
        CueCard.model_validate({**card.model_dump(), "text": "“{quote}”"})


def a_fact(name: str) -> KnownFact:
    return KnownFact(name, name, f"{name}。", "account", "acc_1", NOW, (FactEvent(f"cev_{name}", NOW, "order.placed"),))


CRM = {name: a_fact(name) for name in ("site_power", "quote_open", "last_order", "stage_stuck")}


@pytest.mark.parametrize(
    ("line", "words", "joined"),
    [
        pytest.param("c|||现在峰谷电价又变了。", {"峰谷电价": "tariff_topic"}, ["site_power"], id="note"),
        pytest.param("c|price||太贵了。", {}, ["quote_open", "last_order"], id="objection"),
        pytest.param("c||competitor_mention|启衡那边上周也来过。", {}, [], id="nothing_known_of_it"),
    ],
)
def test_a_cue_is_joined_with_what_the_crm_says_that_its_talk_track_asks_for(
    line: str, words: dict[str, str], joined: list[str]
) -> None:
    _, (cue, *_) = talked(line, setting=a_setting(crm=CRM), **words)
    assert [fact.fact for fact in cue.crm] == joined
    assert all(fact.source == "crm" and fact.because[0].event_id for fact in cue.crm)
    assert [fact.text for fact in cue.crm] == [f"{name}。" for name in joined]


def test_an_account_the_crm_said_nothing_of_still_has_its_cue() -> None:
    _, (cue, *_) = talked("c|price||太贵了。")
    assert (cue.talktrack, cue.crm) == ("price_too_high", ())
