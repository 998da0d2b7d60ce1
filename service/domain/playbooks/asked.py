"""What customers ask in recorded talks, as facts about the store they were in: the same kind as those a CRM sends.

Invariant: a question is a stretch of one customer turn, quoted as it was said and found by visit and turn; what rules
group and repeat is its masked text. Only talks that belong to a store make facts.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nlp.interaction import is_question
from nlp.text.sentences import split_sentences
from nlp.types import Turn
from service.domain.playbooks.timeline import ANALYZED, Fact, Ref

ASKED = "store.question_asked"
QUESTIONS = "questions"
MOST = 20  # of one visit: a consultation is short, and what matters is asked again tomorrow
LEAST, LONGEST = 3, 60  # characters; a longer sentence tells a story
_OPENING = re.compile(
    r"^(?:(?:你好|您好|喂|嗯+|啊|哎|诶|那个|老板|师傅|(?:我?想)?(?:请问|问)(?:一下|下)?)[，,、。\s]*)+(?=.{3})"
)
_CLOSING = re.compile(r"[\s，,。.！!？?、…]+$")
_NOT_ASKED = frozenset(
    {"是不是", "对不对", "好不好", "行不行", "是什么", "什么啊", "真的吗", "这样吗", "为什么", "怎么了", "有什么"}
)


def questions_in(turns: Sequence[Turn], mask: Callable[[str], str]) -> list[dict[str, Any]]:
    """The customer's questions in their order: turn, the words as they were said, and what they ask, masked.

    >>> questions_in([Turn(i=3, text="您好，请问旧沙发能以旧换新吗？我看看。", role="customer")], str)
    [{'turn': 3, 'quote': '您好，请问旧沙发能以旧换新吗？', 'question': '旧沙发能以旧换新吗'}]
    """
    found: list[dict[str, Any]] = []
    for turn in turns:
        for start, end in split_sentences(turn.text) if turn.role == "customer" else ():
            quote = turn.text[start:end]
            said = _CLOSING.sub("", _OPENING.sub("", quote))
            if is_question(quote) and LEAST <= len(said) <= LONGEST and said not in _NOT_ASKED:
                found.append({"turn": turn.i, "quote": quote, "question": mask(said)})
    return found[:MOST]


def asked_in(linked: Iterable[tuple[Fact, frozenset[Ref]]]) -> list[tuple[Fact, frozenset[Ref]]]:
    """The questions of the analysed visits among these facts, each linked with the store of its visit alone."""
    found: list[tuple[Fact, frozenset[Ref]]] = []
    for fact, refs in linked:
        stores = frozenset(ref for ref in refs if ref[0] == "store")
        asked = fact.data.get(QUESTIONS)
        if fact.type == ANALYZED and fact.visit_id and stores and isinstance(asked, list):
            found += [(_as_fact(fact, number, each), stores) for number, each in enumerate(asked)]
    return found


def _as_fact(visit: Fact, number: int, asked: Mapping[str, Any]) -> Fact:
    name = f"vsq_{visit.visit_id}_{number}"
    return Fact(name[:80], visit.at, ASKED, visit.kind, visit.entity_id, dict(asked), visit.visit_id)
