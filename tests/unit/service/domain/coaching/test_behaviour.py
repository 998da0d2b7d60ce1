"""Behaviour in one talk: answered or not, near a talk track or not, each with its words."""

from dataclasses import replace
from pathlib import Path

import pytest

from nlp.types import Interaction
from service.adapters.content.loader import load_content
from service.domain.coaching.behaviour import measure_behaviour, nearest_track
from service.domain.content.talktracks import TalkTrack
from service.domain.visit import VisitRecord
from tests.support.talks import a_talk

TRACKS: tuple[TalkTrack, ...] = load_content(Path(__file__).parents[5] / "prompts").talktracks
SAID = "您刚才说一个月返工两百件，一件料加工时大概八十，一年就是二十万，这台一年能回来。"


def timed(visit: VisitRecord, **figures: float) -> VisitRecord:
    turns = tuple(
        replace(turn, start_ms=10_000 * turn.i, end_ms=10_000 * turn.i + 9_000) for turn in visit.analysis.turns
    )
    return replace(visit, analysis=replace(visit.analysis, turns=turns, interaction=Interaction(**figures)))  # type: ignore[arg-type]


def test_an_objection_nobody_takes_up_is_left_open() -> None:
    (answered,) = measure_behaviour(a_talk("c|price||太贵了。", "r|||嗯。"), TRACKS).objections
    assert (answered.code, answered.answer, answered.track, answered.worked) == ("price", None, None, False)
    assert answered.said.quote == "太贵了。"


def test_an_answer_near_a_talk_track_names_its_sentence_and_role() -> None:
    visit = a_talk("c|price||太贵了。", f"r||objection_handling|{SAID}")
    (answered,) = measure_behaviour(visit, TRACKS).objections
    assert (answered.track, answered.strategy) == ("price_too_high", "economic_buyer")
    assert answered.sentence.startswith("您刚才说一个月返工两百件")
    assert answered.answer is not None
    assert answered.answer.turn == 1
    assert answered.worked


def test_an_answer_in_other_words_is_an_answer_but_no_reuse() -> None:
    visit = a_talk("c|price||太贵了。", "r||objection_handling|我让财务给您出一份租赁的方案。")
    (answered,) = measure_behaviour(visit, TRACKS).objections
    assert answered.answer is not None
    assert (answered.track, answered.sentence) == (None, "")


def test_what_is_raised_again_was_not_settled() -> None:
    visit = a_talk("c|price||太贵了。", f"r||objection_handling|{SAID}", "c|price||还是贵。")
    first, again = measure_behaviour(visit, TRACKS).objections
    assert (first.worked, again.worked) == (False, False)


def test_another_objection_later_does_not_take_the_answer_back() -> None:
    visit = a_talk("c|price||太贵了。", f"r||objection_handling|{SAID}", "c|delivery||交期也长。")
    assert measure_behaviour(visit, TRACKS).objections[0].worked


def test_a_track_for_another_objection_is_not_looked_at() -> None:
    assert nearest_track(SAID, "delivery", TRACKS) == (None, None, "")
    assert nearest_track("好", "price", TRACKS) == (None, None, "")


def test_a_track_out_of_use_is_not_looked_at() -> None:
    retired = [track.model_copy(update={"status": "deprecated"}) for track in TRACKS]
    assert nearest_track(SAID, "price", retired) == (None, None, "")


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.id)
def test_each_sentence_of_a_track_is_nearest_to_itself(track: TalkTrack) -> None:
    for objection in track.objections:
        for strategy in track.strategies:
            for sentence in strategy.say:
                found = nearest_track(sentence, objection, [track])
                assert found == (track.id, strategy.role, sentence) or len(sentence) < 8


def test_figures_are_taken_as_they_were_measured_and_shown_in_words() -> None:
    visit = timed(
        a_talk("r|||现在一天停几次？", "c|||三回。", "r|||我先讲讲我们公司。", "r|||从九八年讲起。", "c|||嗯。"),
        talk_ratio=0.6, longest_monologue_s=19.0, patience_ms=500, question_rate=12.0,
    )  # fmt: skip
    found = measure_behaviour(visit, TRACKS)
    assert (found.talk_ratio, found.longest_monologue_s, found.patience_ms, found.question_rate) == (0.6, 19.0, 500, 12)
    assert found.monologue is not None
    assert (found.monologue.turn, found.monologue.start_ms) == (2, 20_000)
    assert [question.quote for question in found.questions] == ["现在一天停几次？"]


@pytest.mark.parametrize(
    ("pauses", "turn"),
    [((4_000, 500, 2_000), 3), ((4_000, 4_000, -1_500), 5), ((700, 700, 700), 1)],
    ids=["the shortest", "an interruption", "the first of equals"],
)
def test_patience_shows_the_words_that_came_soonest_after_the_customers(pauses: tuple[int, ...], turn: int) -> None:
    talk = a_talk(*("c|price||太贵了。", "r|||您听我说") * 3)
    at, turns = 0, []
    for said in talk.analysis.turns:
        begin = at + (pauses[said.i // 2] if said.role == "rep" else 3_000)
        at = begin + 5_000
        turns.append(replace(said, start_ms=begin, end_ms=at))
    analysis = replace(talk.analysis, turns=tuple(turns), interaction=Interaction(patience_ms=700))
    hasty = measure_behaviour(replace(talk, analysis=analysis), ()).hasty
    assert hasty is not None
    assert (hasty.turn, hasty.quote) == (turn, "您听我说")


def test_without_a_figure_of_patience_there_are_no_words_for_it() -> None:
    talk = a_talk("c|price||太贵了。", "r|||您听我说。")
    assert measure_behaviour(timed(talk), ()).hasty is None
    untimed = replace(talk, analysis=replace(talk.analysis, interaction=Interaction(patience_ms=700)))
    assert measure_behaviour(untimed, ()).hasty is None


def test_without_times_there_is_no_monologue_to_show() -> None:
    found = measure_behaviour(a_talk("r|||我先讲讲。", "c|||嗯。"), TRACKS)
    assert (found.monologue, found.longest_monologue_s) == (None, None)


def test_a_long_question_is_quoted_in_words_that_stand_in_it() -> None:
    text = "您这边现在的盘点，是每个月底全店停下来做一次，还是分区分批做，每次几个人、多久，账和货对不上又怎么查？"
    visit = a_talk(f"r|||{text}")
    (question,) = measure_behaviour(visit, TRACKS).questions
    assert question.quote in text
    assert len(question.quote) <= 60
