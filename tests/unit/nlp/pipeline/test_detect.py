"""Findings of one turn, and the gate that keeps only what was said."""

from dataclasses import replace
from datetime import date

from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.detect import (
    commitment_findings,
    entity_findings,
    finding_id,
    ground,
    keyword_findings,
    label_findings,
)
from nlp.keywords.matcher import KeywordHit
from nlp.types import Because, Role, Turn, VisitContext

CONTEXT = VisitContext("v1", date(2026, 3, 11), competitors=("赛瑞",))
TURN = Turn(4, "赛瑞报九万八，你们太贵了，下周三前给我个数", "customer", 1.0, 10_000, 31_000)


def _scores(**labels: float) -> TurnScores:
    because = (Because("太贵", 1.5),)
    return TurnScores(
        objections={
            code: LabelScore(score, 0.5, (7, 12), because) for code, score in labels.items() if code == "price"
        },
        signals={code: LabelScore(score, 0.5, (7, 12), because) for code, score in labels.items() if code != "price"},
    )


def test_labels_at_their_threshold_become_findings_with_words_and_reasons() -> None:
    found = label_findings(TURN, _scores(price=0.9, timeline=0.5, buying_intent=0.49), visit_id="v1", version="7")
    assert [(f.kind, f.code, f.quote) for f in found] == [
        ("objection", "price", "你们太贵了"),
        ("signal", "timeline", "你们太贵了"),
    ]
    assert found[0].explanation.version == "7"
    assert found[0].explanation.because[0].text == "太贵"
    assert (found[0].start_ms, found[0].end_ms) == (17_000, 22_000)


def test_only_customers_object() -> None:
    for role in ("rep", "other"):
        turn = replace(TURN, role=role)
        assert label_findings(turn, _scores(price=0.9), visit_id="v1", version="7") == []


def test_keywords_score_less_when_they_only_sounded_right() -> None:
    hits = [
        KeywordHit("赛瑞", 0, 2, "exact", "赛瑞", "rival", "notice", "p"),
        KeywordHit("报价", 2, 4, "pinyin", "报九"),
    ]
    found = keyword_findings(TURN, hits, visit_id="v1")
    assert [(f.score, f.quote, f.attributes["match"]) for f in found] == [
        (1.0, "赛瑞", "exact"),
        (0.8, "报九", "pinyin"),
    ]
    assert found[0].attributes["category"] == "rival"


def test_entities_are_amounts_days_and_rivals() -> None:
    found = {f.code: f for f in entity_findings(TURN, [], context=CONTEXT)}
    assert found["money"].attributes["value"] == 98000
    assert found["date"].attributes["value"] == "2026-03-18"
    assert found["competitor"].quote == "赛瑞"


def test_a_commitment_carries_who_what_and_due() -> None:
    turn = Turn(5, "那我下周二把样机带来", "rep")
    labels = label_findings(
        turn, TurnScores(signals={"commitment": LabelScore(0.8, 0.5, (0, 10))}), visit_id="v1", version="7"
    )
    found = commitment_findings(turn, labels, context=CONTEXT)
    assert [f.attributes for f in found] == [{"who": "rep", "what": "我下周二把样机带来", "due": "2026-03-17"}]


def test_a_quote_that_was_not_said_is_dropped_and_counted() -> None:
    good = label_findings(TURN, _scores(price=0.9), visit_id="v1", version="7")[0]
    other = replace(good, id="x", quote="太便宜了")
    beyond = replace(good, id="y", span=(30, 90))
    nowhere = replace(good, id="z", turn=99)
    empty = replace(good, id="e", span=(3, 3), quote="")
    kept, dropped = ground([good, other, beyond, nowhere, empty], [TURN])
    assert kept == (good,)
    assert dropped == 4


def test_findings_come_in_the_order_of_the_talk_and_once() -> None:
    labels = label_findings(TURN, _scores(price=0.9, timeline=0.9), visit_id="v1", version="7")
    earlier = replace(labels[0], id="a", turn=1)
    kept, _ = ground([*labels, *labels, earlier], [TURN, replace(TURN, i=1)])
    assert [(f.turn, f.code) for f in kept] == [(1, "price"), (4, "price"), (4, "timeline")]


def test_ids_depend_on_place_and_meaning_alone() -> None:
    one = finding_id("v1", 3, "signal", "timeline", (0, 4))
    assert one == finding_id("v1", 3, "signal", "timeline", (0, 4))
    others = {finding_id("v2", 3, "signal", "timeline", (0, 4)), finding_id("v1", 3, "signal", "timeline", (0, 5))}
    assert one not in others
    assert len(one) == 16


def test_roles_travel_into_findings() -> None:
    roles: list[Role] = ["rep", "customer"]
    found = [label_findings(replace(TURN, role=r), _scores(timeline=0.9), visit_id="v", version="")[0] for r in roles]
    assert [f.role for f in found] == roles
