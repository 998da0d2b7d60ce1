"""A second opinion adds what the models doubted, and nothing that they ruled out, cannot hold or have found."""

import pytest

from nlp.types import Analysis, Claim, Finding
from tests.support.doubting import TALK, VISIT, doubting_core, doubting_models
from tests.support.tiny_linear import THRESHOLDS

CORE = doubting_core()
BUILT_IN = CORE.analyze()
DOUBTED, PROMISE = Claim(1, "price", (3, 6)), Claim(3, "commitment", (0, 8))


def looked(*claims: Claim, analysis: Analysis = BUILT_IN) -> Analysis:
    return CORE.reconsider(analysis, claims, context=VISIT, by="test-model second_opinion/v1")


def added(analysis: Analysis) -> list[Finding]:
    before = {finding.id for finding in BUILT_IN.findings}
    return [finding for finding in analysis.findings if finding.id not in before]


def test_the_models_say_where_they_are_in_doubt() -> None:
    doubts = [(*doubt.objections, *doubt.signals) for doubt in doubting_models().doubts(BUILT_IN.turns)]
    assert doubts == [(), ("price",), (), ("commitment",), (), ()]


def test_a_doubted_label_is_added_with_its_quote_its_source_and_the_models_own_score() -> None:
    (finding,) = added(looked(DOUBTED))
    assert (finding.kind, finding.code, finding.turn, finding.quote) == ("objection", "price", 1, "便宜点")
    assert THRESHOLDS["recall_90"] <= finding.score < THRESHOLDS["f1"]
    assert (finding.explanation.detector, finding.explanation.version) == (
        "second_opinion",
        "test-model second_opinion/v1",
    )
    assert finding.attributes == {"second_opinion": "added", "threshold": THRESHOLDS["f1"]}


def test_nothing_that_was_found_is_changed_moved_or_gone() -> None:
    after = looked(DOUBTED, PROMISE)
    kept = [finding for finding in after.findings if finding.id in {one.id for one in BUILT_IN.findings}]
    assert kept == list(BUILT_IN.findings)
    assert (after.churn_risk, after.summary, after.turns) == (BUILT_IN.churn_risk, BUILT_IN.summary, BUILT_IN.turns)


def test_an_added_objection_and_an_added_promise_reach_the_debrief_and_the_next_steps() -> None:
    nothing_found = CORE.analyze(TALK[1:])
    after = looked(DOUBTED, PROMISE, analysis=nothing_found)
    assert (nothing_found.five_elements.objections, nothing_found.five_elements.next_commitment) == ((), None)
    assert [(one.value, one.turn, one.quote) for one in after.five_elements.objections] == [("价格", 1, "便宜点")]
    assert after.debrief.objections != nothing_found.debrief.objections
    assert [(step.who, step.due and step.due.isoformat(), step.turn) for step in after.next_steps] == [
        ("rep", "2026-03-03", 3)
    ]
    promise = next(finding for finding in after.findings if finding.kind == "commitment")
    assert promise.attributes["second_opinion"] == "added"
    assert promise.score < THRESHOLDS["f1"]


@pytest.mark.parametrize(
    "claim",
    [
        Claim(4, "price", (0, 4)),
        Claim(2, "price", (0, 4)),
        Claim(5, "commitment", (0, 4)),
        Claim(0, "price", (0, 5)),
        Claim(1, "delivery", (3, 6)),
    ],
    ids=["ruled out", "a rep carries no objection", "nor a bystander a promise", "found already", "no such label"],
)
def test_what_the_models_do_not_doubt_changes_nothing(claim: Claim) -> None:
    assert looked(claim) == BUILT_IN


def test_a_claim_is_taken_once_and_a_second_look_adds_nothing_more() -> None:
    once = looked(DOUBTED, Claim(1, "price", (0, 7)))
    assert [finding.span for finding in added(once)] == [(3, 6)]
    assert looked(DOUBTED, analysis=once) == once


@pytest.mark.parametrize(("point", "codes"), [("precision_90", []), ("f1", ["price"]), ("recall_90", [])])
def test_where_precision_was_asked_for_nobody_adds_and_where_recall_was_nothing_is_left_to_add(
    point: str, codes: list[str]
) -> None:
    core = doubting_core(point)  # type: ignore[arg-type]
    before = core.analyze()
    after = core.reconsider(before, [DOUBTED], context=VISIT, by="x")
    fresh = [finding.code for finding in after.findings if finding not in before.findings]
    assert fresh == codes
    assert [(f.code, f.turn) for f in after.findings if f.kind == "objection"].count(("price", 1)) == (
        point != "precision_90"
    )


def test_a_quote_outside_of_its_turn_is_dropped_and_counted() -> None:
    after = looked(Claim(1, "price", (5, 99)))
    assert added(after) == []
    assert after.dropped_quotes == BUILT_IN.dropped_quotes + 1
