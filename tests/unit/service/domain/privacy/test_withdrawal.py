"""What an upheld appeal takes away from under a hint or a course, and what it leaves standing."""

from collections.abc import Collection
from typing import Any

import pytest

from service.domain.coaching.behaviour import measure_behaviour
from service.domain.coaching.observations import observation_id
from service.domain.coaching.skills import observe
from service.domain.coaching.struck import without_findings
from service.domain.evidence import Evidence, evidence_of
from service.domain.privacy.withdrawal import Ground, changed_figures, course_grounds, has_fallen, hint_grounds
from service.domain.visit import VisitRecord
from tests.support.talks import a_talk, day
from tests.unit.service.domain.coaching.test_courses import a_course
from tests.unit.service.domain.coaching.test_hints import a_card as a_hint_card
from tests.unit.service.domain.coaching.test_skills import MISS
from tests.unit.service.domain.coaching.test_skills import a_card as a_skill_card

TALK = a_talk("c|price||太贵了。", "c||pain_point|一天停三回。", "c|price||还是贵。", on=day(18))
OTHER = a_talk("c|price||上次就说贵。", on=day(11))
BOTH = {"high": {"objection": "price"}, "hurts": {"signal": "pain_point"}}


def finding_of(visit: VisitRecord, code: str, turn: int) -> str:
    return next(one.id for one in visit.analysis.findings if (one.code, one.turn) == (code, turn))


def without(visit: VisitRecord, *places: tuple[str, int]) -> VisitRecord:
    return without_findings(visit, {finding_of(visit, *place) for place in places})


def words(grounds: Collection[Ground]) -> set[str]:
    return {quote for _, _, quote in grounds}


def proof(visit: VisitRecord, code: str, turn: int) -> Evidence:
    found = next(one for one in visit.analysis.findings if (one.code, one.turn) == (code, turn))
    evidence = evidence_of(visit, found)
    assert evidence is not None
    return evidence


def test_a_hint_stands_on_everything_its_card_points_at() -> None:
    card = a_hint_card(trigger={"when": BOTH})
    assert words(hint_grounds(card, TALK)) == {"太贵了。", "一天停三回。", "还是贵。"}
    assert words(hint_grounds(card, without(TALK, ("price", 0)))) == {"一天停三回。", "还是贵。"}


@pytest.mark.parametrize("asks", [{"at_least": 2}, {"in_visits": 2}, {"max_age_days": 0}, {"scope": "earlier"}])
def test_how_much_or_how_fresh_a_card_asks_for_does_not_move_where_it_stands(asks: dict[str, Any]) -> None:
    card = a_hint_card(trigger={"when": {"high": {"objection": "price", **asks}}})
    assert words(hint_grounds(card, without(TALK, ("price", 0)))) == {"还是贵。"}


def test_of_a_card_that_is_gone_every_finding_counts() -> None:
    assert words(hint_grounds(None, TALK)) == {"太贵了。", "一天停三回。", "还是贵。"}
    assert words(course_grounds(None, without(TALK, ("price", 2)), [])) == {"太贵了。", "一天停三回。"}


def test_what_is_answered_only_by_a_struck_finding_is_open_again() -> None:
    answered = a_talk("c|price||太贵了。", "r||objection_handling|拆开看。")
    course = a_course(unhandled={"objections": ["price"], "times": 1})
    assert course_grounds(course, answered, []) == frozenset()
    assert words(course_grounds(course, without(answered, ("objection_handling", 1)), [])) == {"太贵了。"}


def test_a_course_stands_on_what_was_said_and_on_what_streaks_count() -> None:
    said = a_course(said={"signal": "pain_point"})
    streak = a_course(streak={"visits": 3, "despite": {"signal": "pain_point"}, "without": [{"signal": "commitment"}]})
    for course in (said, streak):
        assert words(course_grounds(course, TALK, [])) == {"一天停三回。"}
        assert course_grounds(course, without(TALK, ("pain_point", 1)), []) == frozenset()


def test_a_course_for_a_weak_skill_stands_on_what_speaks_against_it_unless_that_was_struck() -> None:
    card, course = a_skill_card(MISS, MISS | {"id": "praised", "value": 90}), a_course(
        skill="discovery", low_skill={"below": 60}
    )  # fmt: skip
    (held,) = [seen for seen in observe([card], [TALK]) if seen.value < 50]
    assert words(course_grounds(course, TALK, [card])) == {held.quote}
    struck = {observation_id(held, source="talk")}
    assert course_grounds(course, TALK, [card], struck=struck) == frozenset()
    assert course_grounds(a_course(low_skill={"below": 60}), TALK, [card]) == frozenset(), "another skill's"


def lost(*visits: tuple[VisitRecord, VisitRecord]) -> dict[str, frozenset[Ground]]:
    card = a_hint_card(trigger={"when": BOTH})
    return {raw.visit_id: hint_grounds(card, raw) - hint_grounds(card, ruled) for raw, ruled in visits}


def test_it_falls_only_when_all_it_rests_on_has_fallen() -> None:
    because = (proof(TALK, "price", 0), proof(OTHER, "price", 0))
    one = lost((TALK, without(TALK, ("price", 0))), (OTHER, OTHER))
    both = lost((TALK, without(TALK, ("price", 0))), (OTHER, without(OTHER, ("price", 0))))
    assert not has_fallen(because, one, visit_id=TALK.visit_id)
    assert has_fallen(because, both, visit_id=TALK.visit_id)
    assert has_fallen(because[:1], one, visit_id=TALK.visit_id)


def test_what_quotes_another_visit_alone_is_not_this_rulings_business() -> None:
    fallen = lost((OTHER, without(OTHER, ("price", 0))))
    assert not has_fallen((proof(OTHER, "price", 0),), fallen, visit_id=TALK.visit_id)


def test_words_that_were_merely_not_found_again_have_not_fallen() -> None:
    gone = Evidence(TALK.visit_id, 7, "没有这句了。", TALK.visited_at, "customer")
    fallen = lost((TALK, without(TALK, ("price", 0))))
    assert not has_fallen((gone,), fallen, visit_id=TALK.visit_id)
    assert not has_fallen((), fallen, visit_id=TALK.visit_id)


def figures(visit: VisitRecord, *places: tuple[str, int]) -> tuple[str, ...]:
    return changed_figures(measure_behaviour(visit, []), measure_behaviour(without(visit, *places), []))


def test_an_objection_moves_the_share_of_answers_and_a_need_moves_nothing() -> None:
    assert figures(TALK, ("price", 0)) == ("handling_rate",)
    assert figures(TALK, ("pain_point", 1)) == ()


def test_a_struck_answer_moves_the_share_of_answers_and_of_reuse() -> None:
    answered = a_talk("c|price||太贵了。", "r||objection_handling|拆开看。")
    assert figures(answered, ("objection_handling", 1)) == ("handling_rate", "reuse_rate")
