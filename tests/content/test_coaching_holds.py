"""Whatever is said in whatever order, the shipped content coaches within its promises."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.content.loader import load_content
from service.domain.coaching.briefing import build_briefing
from service.domain.coaching.coach import coach
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, TODAY, a_talk

CONTENT = load_content(Path(__file__).parents[2] / "prompts")
LINES = sorted(
    {
        line
        for card in CONTENT.hint_cards
        for example in (*card.examples.fires, *card.examples.stays_silent)
        for visit in example.visits
        for line in visit.talk
    }
)
WORDS = {"峰谷电价": "tariff_topic", "排期": "clinical_topic", "法务": "contract_topic", "数据安全": "security_topic"}


@st.composite
def histories(draw: st.DrawFn) -> list[VisitRecord]:
    """Up to five visits to one account by two reps, of lines that authors wrote, the newest last."""
    visits = []
    for number in range(draw(st.integers(1, 5))):
        lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=12))
        on: date = TODAY - timedelta(days=draw(st.integers(0, 60)))
        rep = draw(st.sampled_from(["rep_1", "rep_2"]))
        visits.append(a_talk(*lines, on=on, visit_id=f"visit_{number}", rep=rep, keywords=WORDS))
    return sorted(visits, key=lambda visit: visit.visited_at)


def said(visits: list[VisitRecord]) -> dict[tuple[str, int], str]:
    return {(visit.visit_id, turn.i): turn.text for visit in visits for turn in visit.analysis.turns}


@settings(max_examples=150, deadline=None)
@given(visits=histories())
def test_every_hint_and_course_rests_on_words_of_the_right_visits(visits: list[VisitRecord]) -> None:
    coaching = coach(visits[-1], history=visits[:-1], content=CONTENT, now=NOW)
    turns = said(visits)
    for claim in (*coaching.hints, *coaching.courses):
        assert claim.because
        assert all(proof.quote in turns[proof.visit_id, proof.turn] for proof in claim.because)
    assert len(coaching.hints) <= 3
    assert len({hint.action for hint in coaching.hints}) == len(coaching.hints)
    assert all("{" not in hint.text and 1 <= hint.priority <= 100 for hint in coaching.hints)
    assert len(coaching.courses) <= 2


@settings(max_examples=100, deadline=None)
@given(visits=histories())
def test_seven_skills_are_numbers_only_with_three_observations(visits: list[VisitRecord]) -> None:
    coaching = coach(visits[-1], history=visits[:-1], content=CONTENT, now=NOW)
    assert {score.code for score in coaching.skills} == set(CONTENT.taxonomy.skills)
    for score in coaching.skills:
        assert (score.score is None) == (score.n < 3)
        assert score.score is None or 0 <= score.score <= 100


@settings(max_examples=100, deadline=None)
@given(visits=histories())
def test_a_briefing_quotes_only_what_was_said_and_always_has_three_ticks(visits: list[VisitRecord]) -> None:
    briefing = build_briefing(history=visits, content=CONTENT, now=NOW)
    turns = said(visits)
    proofs = [proof for hint in briefing.hints for proof in hint.because]
    proofs += [proof for tick in briefing.checklist for proof in tick.because]
    proofs += [objection.because for objection in briefing.objections]
    proofs += briefing.last_mentions.values()
    assert all(proof.quote in turns[proof.visit_id, proof.turn] for proof in proofs)
    assert len(briefing.checklist) == 3
    assert len(briefing.visits) <= 3


def test_before_the_first_visit_there_are_three_ticks_and_nothing_else() -> None:
    briefing = build_briefing(history=[], content=CONTENT, now=NOW)
    assert [tick.because for tick in briefing.checklist] == [(), (), ()]
    assert (briefing.hints, briefing.objections, briefing.promises) == ((), (), ())
