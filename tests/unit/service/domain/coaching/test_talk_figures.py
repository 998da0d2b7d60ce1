"""Figures of talks: nothing under three, rates with intervals, and the top fifth beside the rest."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.behaviour import Answered, Behaviour
from service.domain.coaching.observations import CoachedVisit
from service.domain.coaching.talk_figures import compare_reuse, rate, talk_figures
from service.domain.evidence import Evidence
from tests.support.builders import TENANT, an_id
from tests.support.fakes import NOON


def said(quote: str = "太贵了", turn: int = 1) -> Evidence:
    return Evidence(an_id("vis"), turn, quote, NOON, "customer", 1_000 * turn)


def answered(track: str | None = None, *, worked: bool = True) -> Answered:
    return Answered("price", said(), said("一年半回来", 2), track, "user" if track else None, "", worked)


OPEN = Answered("price", said())


def visit(number: int, rep: str = "a", **behaviour: Any) -> CoachedVisit:
    return CoachedVisit(an_id("vis", number), TENANT, NOON, rep, "acc", Behaviour(**behaviour))


def test_a_mean_needs_three_visits() -> None:
    two = talk_figures([visit(1, talk_ratio=0.5), visit(2, talk_ratio=0.7), visit(3)])
    assert (two.visits, two.talk_ratio.value, two.talk_ratio.n) == (3, None, 2)
    three = talk_figures([visit(n, talk_ratio=ratio) for n, ratio in enumerate((0.5, 0.6, 0.7))])
    assert three.talk_ratio.value == 0.6


def test_patience_is_the_middle_one() -> None:
    figures = talk_figures([visit(n, patience_ms=pause) for n, pause in enumerate((100, 900, 5_000))])
    assert figures.patience_ms.value == 900


def test_the_longest_monologues_are_shown_first() -> None:
    visits = [visit(n, longest_monologue_s=10.0 * n, monologue=said(f"第{n}段", n)) for n in range(1, 7)]
    shown = talk_figures(visits).longest_monologue_s
    assert [proof.quote for proof in shown.evidence] == ["第6段", "第5段", "第4段", "第3段"]


def test_every_figure_of_a_talk_opens_into_words() -> None:
    words = {"monologue": said("说了很久"), "hasty": said("抢着说", 2), "questions": (said("停几次？", 3),)}
    numbers = {"talk_ratio": 0.6, "longest_monologue_s": 40.0, "patience_ms": 300, "question_rate": 12.0}
    answers = {"objections": (answered("t"), OPEN)}
    figures = talk_figures([visit(n, **words, **numbers, **answers) for n in range(3)])
    for name in ("talk_ratio", "longest_monologue_s", "patience_ms", "question_rate", "handling_rate", "reuse_rate"):
        figure = getattr(figures, name)
        assert figure.value is not None, name
        assert figure.evidence, name


def test_a_talk_ratio_shows_the_talks_in_which_the_rep_spoke_most_and_patience_those_with_least() -> None:
    visits = [visit(n, talk_ratio=0.1 * n, patience_ms=100 * n, monologue=said(f"第{n}场", n), hasty=said(f"抢{n}", n))
              for n in (3, 1, 5, 2, 4)]  # fmt: skip
    figures = talk_figures(visits)
    assert [one.quote for one in figures.talk_ratio.evidence] == ["第5场", "第4场", "第3场", "第2场"]
    assert [one.quote for one in figures.patience_ms.evidence] == ["抢1", "抢2", "抢3", "抢4"]


def test_a_handling_rate_shows_what_was_left_standing() -> None:
    figures = talk_figures([visit(1, objections=(answered(), OPEN)), visit(2, objections=(answered(),))])
    handled = figures.handling_rate
    assert (handled.value, handled.n) == (0.667, 3)
    assert handled.low is not None
    assert handled.high is not None
    assert handled.low < 0.667 < handled.high
    assert [proof.quote for proof in handled.evidence] == ["太贵了"]


def test_reuse_is_a_share_of_what_was_answered() -> None:
    figures = talk_figures([visit(1, objections=(answered("t"), answered(), answered("t"), OPEN))])
    assert (figures.reuse_rate.value, figures.reuse_rate.n) == (0.667, 3)


def a_team() -> list[CoachedVisit]:
    good = (answered("unfold"), answered("unfold"), answered("unfold"))
    poor = (answered("discount", worked=False), OPEN, OPEN, answered(), answered())
    return [visit(1, "best", objections=good), *(visit(n, f"r{n}", objections=poor) for n in range(2, 7))]


def test_the_top_fifth_is_compared_with_the_rest() -> None:
    compared = compare_reuse(a_team(), {"unfold": "拆开算"})
    assert compared is not None
    assert compared.top == ("best", "r2")  # a fifth of six, rounded up
    assert compared.rest == ("r3", "r4", "r5", "r6")
    assert compared.top_handling.value == 0.75
    assert compared.rest_handling.value == 0.6
    unfold, discount = compared.tracks
    assert (unfold.track, unfold.title, unfold.worked.value) == ("unfold", "拆开算", 1.0)
    assert unfold.worked.evidence[0].quote == "一年半回来"
    assert (unfold.top_share, unfold.rest_share) == (0.5, 0.0)
    assert (discount.title, discount.worked.value) == ("discount", 0.0)


def test_too_few_reps_are_not_ranked() -> None:
    assert compare_reuse(a_team()[:4], {}) is None
    assert compare_reuse([], {}) is None


def test_reps_with_two_objections_are_not_ranked() -> None:
    few = [visit(n, f"r{n}", objections=(answered(), OPEN)) for n in range(8)]
    assert compare_reuse(few, {}) is None


@given(st.integers(3, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_lies_in_its_interval(counts: tuple[int, int]) -> None:
    hits, n = counts
    found = rate(hits, n)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= found.value + 0.001
    assert found.value - 0.001 <= found.high <= 1.0


@given(st.integers(3, 200), st.integers(2, 5))
def test_more_observations_narrow_the_interval(n: int, times: int) -> None:
    few, many = rate(n // 2, n), rate(n // 2 * times, n * times)
    assert few.high is not None
    assert few.low is not None
    assert many.high is not None
    assert many.low is not None
    assert many.high - many.low < few.high - few.low


def test_a_figure_says_when_a_talk_behind_it_is_under_appeal() -> None:
    visits = [visit(n, objections=(OPEN,)) for n in range(3)]
    doubted = talk_figures(visits, {an_id("vis", 1): {"handling_rate"}})
    assert doubted.handling_rate.contested
    assert not doubted.reuse_rate.contested
    assert not talk_figures(visits, {an_id("vis", 9): {"handling_rate"}}).handling_rate.contested


def test_of_the_best_and_the_rest_only_those_are_marked_whose_talk_is_in_doubt() -> None:
    visits = [
        visit(number, rep, objections=(answered("t"),) * 3 if rep == "a" else (OPEN, OPEN, answered("u")))
        for number, rep in enumerate("abcde")
    ]
    found = compare_reuse(visits, {}, {an_id("vis", 0): {"handling_rate", "tracks"}})
    assert found is not None
    assert (found.top_handling.contested, found.rest_handling.contested) == (True, False)
    assert {use.track: use.worked.contested for use in found.tracks} == {"t": True, "u": False}
