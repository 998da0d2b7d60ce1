"""How a rep behaved in one talk, each number with the words that show it.

Invariant: a number without at least three observations with times is None; nothing is averaged here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlp.interaction import is_question
from nlp.types import Turn
from service.domain.content.talktracks import TalkTrack
from service.domain.evidence import Evidence, find_evidence, shorten
from service.domain.objections import RaisedObjection, raised_objections
from service.domain.visit import VisitRecord

QUESTIONS_SHOWN = 3
REUSED_FROM = 0.3  # share of a sentence's character pairs that must be said for it to count as used
LEAST_PAIRS = 6


@dataclass(frozen=True, slots=True)
class Answered:
    """One objection: its code, the customer's words, and the rep's answer, None where it was left open.

    `track` is the talk track whose sentence the answer is near, `strategy` the customer role it is written for.
    `worked` says that the customer did not raise the same thing again in this talk.
    """

    code: str
    said: Evidence
    answer: Evidence | None = None
    track: str | None = None
    strategy: str | None = None
    sentence: str = ""
    worked: bool = False


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One talk in numbers; `monologue` is where the rep's longest stretch begins, `questions` a few that were asked,
    `hasty` the rep's words that came soonest after the customer's.
    """

    talk_ratio: float | None = None
    longest_monologue_s: float | None = None
    patience_ms: int | None = None
    question_rate: float | None = None
    monologue: Evidence | None = None
    questions: tuple[Evidence, ...] = ()
    objections: tuple[Answered, ...] = ()
    hasty: Evidence | None = None


def measure_behaviour(visit: VisitRecord, talktracks: Sequence[TalkTrack]) -> Behaviour:
    """The behaviour in one analysed visit.

    Args:
        talktracks: those in use; an answer is compared with those for its objection.
    """
    talk = visit.analysis.interaction
    asked = [turn for turn in visit.analysis.turns if turn.role == "rep" and is_question(turn.text)]
    return Behaviour(
        talk_ratio=talk.talk_ratio,
        longest_monologue_s=talk.longest_monologue_s,
        patience_ms=talk.patience_ms,
        question_rate=talk.question_rate,
        monologue=_monologue(visit) if talk.longest_monologue_s is not None else None,
        questions=tuple(filter(None, (_whole(visit, turn) for turn in asked)))[:QUESTIONS_SHOWN],
        objections=tuple(_answers(visit, talktracks)),
        hasty=_hasty(visit) if talk.patience_ms is not None else None,
    )


def _whole(visit: VisitRecord, turn: Turn) -> Evidence | None:
    quote = shorten(turn.text, limit=60).rstrip("…")
    return find_evidence(visit, turn=turn.i, quote=quote)


def _monologue(visit: VisitRecord) -> Evidence | None:
    """The turn in which the rep's longest uninterrupted stretch begins."""
    longest, best, begun = -1, None, None
    for turn in visit.analysis.turns:
        if turn.role == "other" or turn.start_ms is None or turn.end_ms is None:
            continue
        begun = (begun or turn) if turn.role == "rep" else None
        if begun is not None and begun.start_ms is not None and turn.end_ms - begun.start_ms > longest:
            longest, best = turn.end_ms - begun.start_ms, begun
    return _whole(visit, best) if best is not None else None


def _hasty(visit: VisitRecord) -> Evidence | None:
    """The rep's turn that began soonest after the customer's last word; of an interruption, the earliest."""
    heard = [turn for turn in visit.analysis.turns if turn.role != "other" and turn.start_ms is not None]
    soonest, best = None, None
    for before, after in pairwise(heard):
        if (before.role, after.role) != ("customer", "rep") or before.end_ms is None or after.start_ms is None:
            continue
        pause = after.start_ms - before.end_ms
        if soonest is None or pause < soonest:
            soonest, best = pause, after
    return _whole(visit, best) if best is not None else None


def _answers(visit: VisitRecord, talktracks: Sequence[TalkTrack]) -> list[Answered]:
    raised = raised_objections(visit)
    texts = {turn.i: turn for turn in visit.analysis.turns}
    answers: list[Answered] = []
    for at, objection in enumerate(raised):
        code = objection.finding.code
        turn = texts.get(objection.answer) if objection.answer is not None else None
        answer = _whole(visit, turn) if turn is not None else None
        if turn is None or answer is None:
            answers.append(Answered(code, objection.evidence))
            continue
        again = _again(raised[at + 1 :], code, after=turn.i)
        track, strategy, sentence = nearest_track(turn.text, code, talktracks)
        answers.append(Answered(code, objection.evidence, answer, track, strategy, sentence, worked=not again))
    return answers


def _again(later: Sequence[RaisedObjection], code: str, *, after: int) -> bool:
    return any(other.finding.code == code and other.finding.turn > after for other in later)


def nearest_track(answer: str, objection: str, talktracks: Sequence[TalkTrack]) -> tuple[str | None, str | None, str]:
    """The talk track, strategy and sentence that an answer is near to; (None, None, "") where it is near to none.

    Nearness is the share of the sentence's character pairs that the answer holds: a sentence said with the customer's
    own numbers in it still counts, two words in common do not.
    """
    said = _pairs(answer)
    best: tuple[float, str, str, str] = (REUSED_FROM, "", "", "")
    for track in talktracks:
        if not track.in_use or objection not in track.objections:
            continue
        for strategy in track.strategies:
            for sentence in (*strategy.say, *strategy.ask):
                wanted = _pairs(sentence)
                near = len(wanted & said) / len(wanted) if len(wanted) >= LEAST_PAIRS else 0.0
                if near > best[0]:
                    best = (near, track.id, strategy.role, sentence)
    return (best[1], best[2], best[3]) if best[1] else (None, None, "")


def _pairs(text: str) -> frozenset[str]:
    plain = "".join(character for character in text if character.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))
