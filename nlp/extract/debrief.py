"""The visit form, filled in: where the door opened, what stands against it, what happens next.

The breakthrough is one of price, delivery, customisation and service: the topic of an objection that was answered and
then followed by interest, or of the interest itself. Invariant: it quotes the turn it was read from, or is None.
"""

import re
from collections.abc import Mapping, Sequence

from nlp.extract.five_elements import objection_elements
from nlp.types import Debrief, Element, Finding, NextStep, Turn

_TOPIC_OF = {
    "price": "price", "budget": "price", "delivery": "delivery", "technical": "customisation",
    "need": "customisation", "service": "service", "trust": "service",
}  # fmt: skip
_WORDS = {
    "price": re.compile(r"价|折|便宜|优惠|账期|分期|月租|首付|让利|赠|包年|返"),
    "delivery": re.compile(r"交期|到货|发货|安装|工期|现货|排产|上门装|进场|装车|送到"),
    "customisation": re.compile(r"定制|改|开模|接口|二次开发|非标|尺寸|打样|试用|样机|试机|对接|按您|按我们"),
    "service": re.compile(r"售后|维保|培训|响应|质保|驻场|备件|上门|教"),
}
_INTEREST = ("buying_intent", "commitment")
_WINDOW = 6


def debrief(
    turns: Sequence[Turn], findings: Sequence[Finding], steps: Sequence[NextStep], *, titles: Mapping[str, str]
) -> Debrief:
    """The form of one visit; `next_step` and `due` are empty where nobody promised anything.

    Args:
        steps: of `next_steps` for the same visit.
        titles: Chinese names of the objection codes.
    """
    first = steps[0] if steps else None
    return Debrief(
        breakthrough=_breakthrough(turns, findings),
        objections=objection_elements(findings, titles),
        next_step=first.what if first else "",
        due=first.due if first else None,
    )


def _breakthrough(turns: Sequence[Turn], findings: Sequence[Finding]) -> Element | None:
    interest = [f for f in findings if f.kind == "signal" and f.role == "customer" and f.code in _INTEREST]
    answers = [f.turn for f in findings if f.kind == "signal" and f.code == "objection_handling"]
    for finding in reversed(interest):
        objection = _answered_before(finding.turn, findings, answers)
        topic = _TOPIC_OF.get(objection.code) if objection else None
        if topic:
            return Element(topic, finding.turn, finding.quote)
    texts = {turn.i: turn.text for turn in turns}
    for finding in reversed(interest):
        topic = _topic(texts[finding.turn]) if finding.code == "buying_intent" else None
        if topic:
            return Element(topic, finding.turn, finding.quote)
    return None


def _answered_before(turn: int, findings: Sequence[Finding], answers: Sequence[int]) -> Finding | None:
    """The last objection shortly before `turn` that the rep has answered in between."""
    raised = [
        f
        for f in findings
        if f.kind == "objection" and turn - _WINDOW <= f.turn < turn and any(f.turn < a < turn for a in answers)
    ]
    return max(raised, key=lambda f: (f.turn, f.score), default=None)


def _topic(text: str) -> str | None:
    counts = {topic: len(pattern.findall(text)) for topic, pattern in _WORDS.items()}
    best = max(counts, key=lambda topic: counts[topic])
    return best if counts[best] else None
