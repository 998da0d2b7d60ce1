"""The summary is measured on what was said out of fold, and the card draws its conclusions from the intervals."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.training.fact_card import facts_card
from models.training.fact_figures import (
    OURS,
    SHIPPED,
    SIMPLE,
    HeardVisit,
    figures_of,
    form_figures,
    simple_ways,
    summary_of,
    titles_of_objections,
    unlearnt,
)
from models.training.facts import AnnotatedVisit, Fact, Step
from models.training.labels import TrainedLabel
from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.types import Turn

TURNS = [
    Turn(0, "您好，今天带了新的样机过来", "rep", 1.0),
    Turn(1, "价格比别家贵三成，我们接受不了", "customer", 1.0),
    Turn(2, "预算今年一共只有二十万块钱", "customer", 1.0),
]
LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("budget_info", "signal", ("customer",))]


def label(turn: Turn, score: float) -> LabelScore:
    return LabelScore(score, 0.5, (0, len(turn.text)))


def shipped_scores() -> list[TurnScores]:
    """A model that finds a price objection in turn 1 and nothing else."""
    return [
        TurnScores(),
        TurnScores({"price": label(TURNS[1], 0.9)}, {"budget_info": label(TURNS[1], 0.1)}),
        TurnScores({"price": label(TURNS[2], 0.1)}, {"budget_info": label(TURNS[2], 0.1)}),
    ]


def test_what_models_had_learnt_is_replaced_by_what_others_said() -> None:
    said = np.asarray([[0.0, 0.0], [0.2, 0.1], [0.1, 0.7]])
    called = np.asarray([[False, False], [False, False], [False, True]])
    first, second, third = unlearnt(shipped_scores(), said, called, LABELS)
    assert first == TurnScores()
    assert not second.objections["price"].fires
    assert second.objections["price"].score == 0.2
    assert third.signals["budget_info"].fires
    summary, _, _ = summary_of(TURNS, [first, second, third], "2026-03-31", titles={"price": "价格"}, cut=list)
    assert {turn for point in summary.sentences for turn in point.turns} == {2}


def test_a_visit_without_a_date_is_summarised_too() -> None:
    summary, steps, findings = summary_of(TURNS, shipped_scores(), "", titles=titles_of_objections(), cut=list)
    assert summary.sentences[0].text.startswith("异议（价格）：")
    assert steps == ()
    assert [finding.turn for finding in findings] == [1]


def test_every_simple_way_cites_something_and_condensed_ones_no_less() -> None:
    ways = simple_ways(TURNS, 14, shorten_to=6, cut=list)
    assert tuple(ways) == SIMPLE
    assert ways["first turns"] == {0, 1}
    assert ways["first turns"] <= ways["first turns, each condensed"]
    assert all(ways.values())


def test_a_form_compares_ours_with_each_simple_way_in_the_same_visits() -> None:
    ours, less = [np.asarray([1.0, 1.0]), np.asarray([1.0])], [np.asarray([0.0, 1.0]), np.asarray([1.0])]
    figures: dict[str, Any] = form_figures({OURS: ours, SHIPPED: ours, **dict.fromkeys(SIMPLE, less)}, [100, 80])
    assert figures["characters"] == {"mean": 90.0, "most": 100}
    assert figures["coverage"][OURS]["share"] == 1.0
    assert figures["ahead_of"]["TextRank"]["share"] == round(1 / 3, 4)
    assert set(figures["ahead_of"]) == set(SIMPLE)


def a_form(low: float, high: float) -> dict[str, Any]:
    own = {"share": (low + high) / 2, "share_95": [low, high]}
    level = {"share": 0.5, "share_95": [0.4, 0.6]}
    return {
        "characters": {"mean": 110.2, "most": 120},
        "coverage": {OURS: level, SHIPPED: level, **dict.fromkeys(SIMPLE, level)},
        "ahead_of": dict.fromkeys(SIMPLE, own),
    }


def some_figures(note: dict[str, Any], points: dict[str, Any]) -> dict[str, Any]:
    steps = {"annotated": 63, "share": 0.7, "share_95": [0.6, 0.8]}
    forms = {"note": note, "points": points}
    return {"visits": 40, "facts": 277, "next_steps": steps, **forms, "held_out": forms}


def test_the_card_says_when_we_win_lose_or_cannot_tell() -> None:
    card = facts_card(some_figures(a_form(0.1, 0.2), a_form(-0.2, -0.1)))
    assert "Beats: first turns; TextRank" in card
    assert "Loses to: first turns; TextRank" in card
    assert "Even with: first turns" in facts_card(some_figures(a_form(-0.1, 0.1), a_form(0.1, 0.2)))
    assert "| first turns | 50.0 (40.0 to 60.0) | 15.0 (10.0 to 20.0) |" in card
    assert "Of 63 next steps that the reader noted, 70.0 (60.0 to 80.0)" in card


def test_the_tables_count_the_visits_that_nothing_was_fitted_on() -> None:
    figures = {**some_figures(a_form(0.1, 0.2), a_form(0.1, 0.2)), "note": a_form(-0.9, -0.8)}
    card = facts_card(figures)
    assert "Loses to" not in card
    assert "the short form: ours tells 50.0 (40.0 to 60.0) of the facts, the best simple way 50.0" in card


def test_every_second_visit_is_held_out() -> None:
    facts = (Fact("嫌贵", (1,)), Fact("预算二十万", (2,)))
    visit = AnnotatedVisit("visits_1", 1, facts, (Step("rep", "发报价", None, (0,)),), (1,), (), "2026-03-31")
    nothing = [TurnScores() for _ in TURNS]
    heard = [HeardVisit(visit, TURNS, shipped_scores() if at % 2 else nothing, nothing) for at in range(4)]
    figures: dict[str, Any] = figures_of(heard, cut=list)
    alone: dict[str, Any] = figures_of([heard[1], heard[3]], cut=list)
    assert figures["visits"] == 4
    assert figures["held_out"]["note"]["coverage"][OURS] == alone["note"]["coverage"][OURS]
    assert figures["held_out"]["points"]["characters"] == alone["points"]["characters"]


def test_the_committed_card_is_written_from_the_committed_figures() -> None:
    folder = Path(__file__).parents[4] / "models" / "summary"
    figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert facts_card(figures) == (folder / "card.md").read_text(encoding="utf-8")
    assert figures["note"]["characters"]["most"] <= 120
