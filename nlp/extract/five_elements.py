"""The five visit elements: time, place, decision maker, objections, next commitment.

Invariant: an element is said in a turn and quotes it, or comes from the visit's record and names no turn; what neither
says stays empty.
"""

import re
from collections.abc import Mapping, Sequence

from nlp.extract.next_steps import next_steps
from nlp.extract.people import find_people
from nlp.text.condense import condense
from nlp.types import Element, Finding, FiveElements, Turn, VisitContext

_REMOTE = re.compile(r"电话|微信|线上|视频|远程|语音|邮件|企微|钉钉|聊天|直播")
_ROOM = (
    "会议室|办公室|车间|厂里|工厂|店里|门店|工地|展厅|展位|展台|展会|示教室|科里|食堂|仓库|项目部|院里|园区|"
    "机房|大厅|诊所|实验室|配电房|"
    "泵房|样板间|售楼处|护士站|手术室|门诊|接待室|学校|校区|酒店|码头|冷库|猪场|鸡场|大棚|合作社"
)
_HERE = re.compile(
    rf"(?:在|到|来|进|坐)(?:了|你们?|您|您们|咱们?|我们?|这个?|贵|"
    rf"那)*(?P<place>[一-龥A-Za-z0-9]{{0,4}}?(?:{_ROOM}))"
)
_WAY_OF_MEETING = re.compile(r"面访|上门|拜访|走访|面谈|面对面|现场")  # how they met, not where
_GREETING_TURNS = 6
_VALUE_LIMIT = 24


def five_elements(
    turns: Sequence[Turn], findings: Sequence[Finding], *, context: VisitContext, titles: Mapping[str, str]
) -> FiveElements:
    """The five elements of a visit.

    Args:
        findings: of the same visit, with objections, signals and commitments.
        titles: Chinese names of the objection codes; the code stands where a name is missing.
    """
    return FiveElements(
        time=Element(context.date.isoformat()),
        place=_place(turns, context),
        decision_maker=_decision_maker(turns, findings),
        objections=objection_elements(findings, titles),
        next_commitment=_next_commitment(findings),
    )


def objection_elements(findings: Sequence[Finding], titles: Mapping[str, str]) -> tuple[Element, ...]:
    """One element for each kind of objection, its clearest turn quoted, in the order they came up."""
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.kind == "objection" and finding.score > (best[finding.code].score if finding.code in best else 0):
            best[finding.code] = finding
    ordered = sorted(best.values(), key=lambda f: (f.turn, f.code))
    return tuple(Element(titles.get(f.code, f.code), f.turn, f.quote) for f in ordered)


def _place(turns: Sequence[Turn], context: VisitContext) -> Element | None:
    """The record's place, the medium when remote, a room named in greeting, else a channel that is a place."""
    if context.place:
        return Element(context.place)
    if not _REMOTE.search(context.channel):
        for turn in turns[:_GREETING_TURNS]:
            match = _HERE.search(turn.text)
            if match:
                return Element(match["place"], turn.i, match.group())
    if not context.channel or _WAY_OF_MEETING.search(context.channel):
        return None
    return Element(context.channel)


def _decision_maker(turns: Sequence[Turn], findings: Sequence[Finding]) -> Element | None:
    """The person or body who decides, from the turn that says so most clearly; the customer's word before the rep's."""
    said = [f for f in findings if f.kind == "signal" and f.code == "decision_maker"]
    if not said:
        return None
    texts = {turn.i: turn.text for turn in turns}
    best = max(said, key=lambda f: (f.role == "customer", bool(find_people(texts[f.turn])), f.score))
    people = [p.name for p in find_people(texts[best.turn]) if p.rule in ("title", "called")]
    value = "、".join(dict.fromkeys(people)) or condense(texts[best.turn], limit=_VALUE_LIMIT, focus=best.span)
    return Element(value or best.quote, best.turn, best.quote)


def _next_commitment(findings: Sequence[Finding]) -> Element | None:
    """The first step that falls due, else the last one that was promised."""
    steps = next_steps(findings)
    if not steps:
        return None
    step = steps[0] if steps[0].due else max(steps, key=lambda s: s.turn)
    value = f"{step.due.isoformat()} {step.what}" if step.due else step.what
    return Element(value, step.turn, step.quote)
