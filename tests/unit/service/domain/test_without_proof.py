"""What cannot be quoted is not said: findings, promises and courses whose words stand in no turn are left out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from nlp.types import NextStep
from service.domain.content.examples import Example
from service.domain.content.selections import Selection
from service.domain.matching import find_matches
from service.domain.objections import open_objections, raised_objections
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day

DEAR = a_talk("c|price||太贵了。", "r|||嗯。", "c|price||还是贵。", on=day(18))


def misquoted(visit: VisitRecord, at: int) -> VisitRecord:
    """As if the transcript had been corrected after the finding `at` was made."""
    found = list(visit.analysis.findings)
    found[at] = replace(found[at], quote="谁也没说过")
    return replace(visit, analysis=replace(visit.analysis, findings=tuple(found)))


def test_an_objection_whose_words_nobody_said_is_not_raised() -> None:
    assert [raised.evidence.quote for raised in raised_objections(DEAR)] == ["太贵了。", "还是贵。"]
    assert [raised.evidence.quote for raised in raised_objections(misquoted(DEAR, 0))] == ["还是贵。"]


def test_without_any_proof_no_objection_stands_open() -> None:
    assert len(open_objections([DEAR])) == 1
    assert open_objections([misquoted(misquoted(DEAR, 0), 1)]) == []


@pytest.mark.parametrize(
    ("turn", "quote", "found"),
    [
        (1, "", ["我周五发您。"]),
        (1, "周五发您", ["周五发您"]),
        (1, "周六发您", []),
        (9, "", []),
    ],
    ids=["the turn itself", "its words", "other words", "no such turn"],
)
def test_a_promise_is_matched_by_words_that_were_said(turn: int, quote: str, found: list[str]) -> None:
    visit = a_talk("c|||好。", "r||commitment|我周五发您。", on=day(4), promises=(a_promise("发方案", day(6), turn=1),))
    step = replace(visit.analysis.next_steps[0], turn=turn, quote=quote)
    promised = replace(visit, analysis=replace(visit.analysis, next_steps=(step,)))
    selection = Selection.model_validate({"promise": {"by": "rep", "due": "any"}})
    matches = find_matches(selection, visit=promised, earlier=[], now=NOW)
    assert [match.evidence.quote for match in matches] == found


def test_an_example_is_judged_on_its_last_day_unless_it_names_one() -> None:
    visits = [{"on": "2026-03-04", "talk": ["c|||好。"]}, {"on": "2026-03-11", "talk": ["c|||好。"]}]
    assert Example.model_validate({"visits": visits}).at.date() == date(2026, 3, 11)
    assert Example.model_validate({"visits": visits, "now": "2026-04-01"}).at.date() == date(2026, 4, 1)
    assert Example.model_validate({"visits": visits}).at.utcoffset() == timedelta(0)


def test_a_next_step_keeps_who_promised_what() -> None:
    visit = a_talk("r||commitment|我周五发您。", promises=(a_promise("发方案", day(6)),))
    assert visit.analysis.next_steps == (NextStep("rep", "发方案", day(6), 0, visit.analysis.next_steps[0].quote),)
