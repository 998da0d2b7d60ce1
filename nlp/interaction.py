"""How the talk went, in numbers a coach can use: who spoke how long, how patiently, with how many questions.

Invariant: a number rests on at least three observations with times; otherwise it is None, never a guess.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from statistics import median

from nlp.types import Interaction, Role, Turn

_LEAST = 3
_QUESTION = re.compile(
    r"[?？]|(?:吗|呢|么)(?=[，,。\s]|$)|什么|怎么|咋|多少|多久|多大|几(?=个|台|家|年|天|点|次|位|套|月|号)|"
    r"哪(?!怕)|是不是|有没有|能不能|要不要|"
    r"好不好|行不行|对不对|会不会|谁(?=来|管|定|签|负责|说|在)|为啥|为什么"
)


def measure_interaction(turns: Sequence[Turn], *, duration_ms: int | None = None) -> Interaction:
    """The interaction of one talk.

    Args:
        turns: in the order they began, with roles; those without times count for nothing here.
        duration_ms: of the audio; the end of the last turn where None.
    """
    timed = [turn for turn in turns if turn.start_ms is not None and turn.end_ms is not None]
    stretches = list(_stretches(timed))
    length = duration_ms or max((end for _, _, end in stretches), default=0)
    return Interaction(
        talk_ratio=_talk_ratio(timed),
        longest_monologue_s=_longest(stretches, "rep"),
        longest_customer_story_s=_longest(stretches, "customer"),
        patience_ms=_patience(stretches),
        interactivity=_rate(len(stretches) - 1, length / 60_000, observed=len(stretches)),
        question_rate=_question_rate(timed, length),
    )


def is_question(text: str) -> bool:
    """Whether a turn asks something; by its signs and question words, since recognisers often leave signs out."""
    return _QUESTION.search(text) is not None


def _span(turn: Turn) -> tuple[int, int]:
    return turn.start_ms or 0, max(turn.end_ms or 0, turn.start_ms or 0)


def _stretches(turns: Sequence[Turn]) -> Iterator[tuple[Role, int, int]]:
    """Neighbouring turns of one role as one stretch: role, start, end; others (colleagues, noise) are left out."""
    current: tuple[Role, int, int] | None = None
    for turn in turns:
        if turn.role == "other":
            continue
        start, end = _span(turn)
        if current and current[0] == turn.role:
            current = (turn.role, current[1], max(current[2], end))
            continue
        if current:
            yield current
        current = (turn.role, start, end)
    if current:
        yield current


def _talk_ratio(turns: Sequence[Turn]) -> float | None:
    spoken: dict[Role, int] = {"rep": 0, "customer": 0, "other": 0}
    for turn in turns:
        start, end = _span(turn)
        spoken[turn.role] += end - start
    both = spoken["rep"] + spoken["customer"]
    heard = sum(turn.role != "other" for turn in turns)
    return round(spoken["rep"] / both, 4) if heard >= _LEAST and both else None


def _longest(stretches: Sequence[tuple[Role, int, int]], role: Role) -> float | None:
    lengths = [end - start for who, start, end in stretches if who == role]
    return round(max(lengths) / 1000, 1) if len(lengths) >= _LEAST else None


def _patience(stretches: Sequence[tuple[Role, int, int]]) -> int | None:
    """The median pause between the customer's last word and the rep's first; an interruption counts as no pause."""
    pauses = [
        max(0, after[1] - before[2])
        for before, after in itertools.pairwise(stretches)
        if (before[0], after[0]) == ("customer", "rep")
    ]
    return round(median(pauses)) if len(pauses) >= _LEAST else None


def _question_rate(turns: Sequence[Turn], length_ms: int) -> float | None:
    mine = [turn for turn in turns if turn.role == "rep"]
    return _rate(sum(is_question(turn.text) for turn in mine), length_ms / 3_600_000, observed=len(mine))


def _rate(count: int, units: float, *, observed: int) -> float | None:
    return round(count / units, 2) if observed >= _LEAST and units > 0 else None
