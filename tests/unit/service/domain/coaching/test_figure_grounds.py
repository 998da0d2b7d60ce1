"""A figure can be worked out again from its grounds: all of them are there, each with its words and its second."""

from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.behaviour import Answered, Behaviour
from service.domain.coaching.figure_grounds import (
    grounds_of_observations,
    grounds_of_share,
    grounds_of_talk,
    grounds_of_track,
    grounds_of_visits,
)
from service.domain.coaching.observations import CoachedVisit
from service.domain.coaching.skill_report import rows_behind
from service.domain.coaching.talk_figures import LEAST, LEAST_REPS, compare_reuse, talk_figures
from service.domain.evidence import Evidence
from tests.support.builders import TENANT, an_id
from tests.support.fakes import NOON
from tests.unit.service.domain.coaching.test_skill_report import FEBRUARY, scene, seen


def said(quote: str, turn: int) -> Evidence:
    return Evidence(an_id("vis"), turn, quote, NOON, "customer", 1_000 * turn)


TOO_DEAR, BACK_IN_A_YEAR = said("太贵了", 1), said("一年半回来", 2)
LEFT_OPEN = Answered("price", TOO_DEAR)
NEAR = Answered("price", TOO_DEAR, BACK_IN_A_YEAR, "budget", "user", "", worked=True)
OWN = Answered("price", TOO_DEAR, BACK_IN_A_YEAR)
ANSWERS = st.lists(st.sampled_from([LEFT_OPEN, NEAR, OWN]), max_size=5)
MEASURED = st.none() | st.floats(0, 1_000)


def visit(number: int, rep: str = "a", **behaviour: Any) -> CoachedVisit:
    return CoachedVisit(an_id("vis", number), TENANT, NOON, rep, "acc", Behaviour(**behaviour))


@pytest.mark.parametrize("name", ["talk_ratio", "question_rate", "longest_monologue_s", "patience_ms"])
@given(st.lists(MEASURED, max_size=8))
def test_a_mean_or_a_middle_comes_out_again_from_its_grounds(name: str, values: list[float | None]) -> None:
    visits = [visit(number, **{name: value}) for number, value in enumerate(values)]
    figure = getattr(talk_figures(visits), name)
    counted = [ground.value for ground in grounds_of_talk(name, visits)]
    assert len(counted) == figure.n
    known = [value for value in counted if value is not None]
    if figure.value is not None:
        again = median(known) if name == "patience_ms" else sum(known) / len(known)
        assert figure.value == pytest.approx(again, abs=0.06)


@given(st.lists(ANSWERS, max_size=6))
def test_a_rate_comes_out_again_from_its_grounds(talks: list[list[Answered]]) -> None:
    visits = [visit(number, objections=tuple(answers)) for number, answers in enumerate(talks)]
    figures = talk_figures(visits)
    for name, figure in (("handling_rate", figures.handling_rate), ("reuse_rate", figures.reuse_rate)):
        grounds = grounds_of_talk(name, visits)
        assert len(grounds) == figure.n
        if figure.value is not None:
            assert figure.value == pytest.approx(sum(ground.counts for ground in grounds) / len(grounds), abs=0.001)


def test_the_use_of_a_track_comes_out_again_from_its_grounds() -> None:
    talks = {"best": (NEAR, OWN, NEAR), **{f"rep-{n}": (LEFT_OPEN, OWN, NEAR) for n in range(LEAST_REPS - 1)}}
    visits = [visit(number, rep, objections=answers) for number, (rep, answers) in enumerate(talks.items())]
    reuse = compare_reuse(visits, {"budget": "预算确认"})
    assert reuse is not None
    (use,) = reuse.tracks
    worked = grounds_of_track("budget", visits)
    assert (len(worked), sum(ground.counts for ground in worked)) == (use.worked.n, use.worked.n)
    for group, share in ((reuse.top, use.top_share), (reuse.rest, use.rest_share)):
        answers = grounds_of_share("budget", [one for one in visits if one.rep_id in group])
        assert share == pytest.approx(sum(ground.counts for ground in answers) / len(answers), abs=0.001)


def test_an_objection_left_open_is_shown_with_the_customers_words_and_an_answered_one_with_both() -> None:
    grounds = grounds_of_talk("handling_rate", [visit(1, objections=(LEFT_OPEN, OWN))])
    assert [(ground.outcome, ground.said) for ground in grounds] == [
        ("left_open", (TOO_DEAR,)),
        ("answered", (TOO_DEAR, BACK_IN_A_YEAR)),
    ]


@pytest.mark.parametrize(("talk", "words"), [
    ({"objections": (OWN,), "questions": (said("停几次？", 3),)}, (TOO_DEAR,)),
    ({"questions": (said("停几次？", 3),), "monologue": said("我们公司", 4)}, (said("停几次？", 3),)),
    ({"monologue": said("我们公司", 4)}, (said("我们公司", 4),)),
    ({}, ()),
])  # fmt: skip
def test_a_visit_opens_at_what_was_objected_else_asked_else_told(talk: dict[str, Any], words: tuple[Any, ...]) -> None:
    (ground,) = grounds_of_visits([visit(1, **talk)])
    assert ground.said == words


def test_a_skill_rests_on_everything_that_still_weighs_and_nothing_that_was_struck_out() -> None:
    rows = [*(seen(n, 20, at=FEBRUARY) for n in range(LEAST)), seen(8, 100), seen(9, 100), seen(10, 90, rep="b")]
    team = scene(rows, struck={an_id("obs", 9)})
    mine = grounds_of_observations(rows_behind(team, "discovery", "2026-03", rep_id="a"))
    assert sorted(ground.value or 0 for ground in mine) == [20, 20, 20, 100]
    assert len(rows_behind(team, "discovery", "2026-03")) == len(mine) + 1
    assert len(rows_behind(team, "discovery", "2026-02", rep_id="a")) == LEAST
    assert rows_behind(team, "closing", "2026-03") == []


def test_an_observation_without_words_names_its_visit_and_quotes_nothing() -> None:
    (ground,) = grounds_of_observations([seen(1, 0, quote="", turn=None, start_ms=None)])
    assert (ground.visit_id, ground.said, ground.note) == (an_id("vis", 1), (), "问了")
