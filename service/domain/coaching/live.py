"""A talk while it is going on: one sentence in, the cues it calls for out (V6).

Invariant: the same sentences in the same order give the same cues; a cue names the words that called for it, and is
shown again only while the rep's behaviour has not changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from nlp.types import Analysis, ChurnRisk, Debrief, Finding, FiveElements, Interaction, Summary, Turn
from service.domain.content.bundle import Content
from service.domain.content.cues import CueCard, MissingStep
from service.domain.content.selections import Selection
from service.domain.content.talktracks import Strategy, TalkTrack
from service.domain.crm.facts import NO_FACTS, KnownFact
from service.domain.evidence import Evidence, shorten
from service.domain.matching import Match, find_matches
from service.domain.objections import raised_objections
from service.domain.visit import VisitRecord

CueKind = Literal["note", "handling", "question"]
TURNS_KEPT = 160  # about ten minutes of quick talk; what lies further back calls for nothing new
AGAIN_AFTER = 6  # turns before the same objection brings its cue again
FACTS_SHOWN = 2
CUES_AT_ONCE = 2  # a rep reads two lines while somebody speaks, not five
CUES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue; `seq` counts from 1 within the talk, `facts` are what this account said of it before, `crm` what the CRM
    says of the account that belongs beside it, each with its source.

    `say` and `ask` come from the talk track's strategy for `strategy`, the customer's role; `shown` counts how often
    this cue has been given.
    """

    seq: int
    kind: CueKind
    key: str
    title: str
    text: str
    because: Evidence
    say: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    avoid: str = ""
    talktrack: str | None = None
    strategy: str | None = None
    facts: tuple[Evidence, ...] = ()
    crm: tuple[KnownFact, ...] = ()
    shown: int = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known before the talk begins; `history` are earlier visits to this account, in any order; `crm` is what
    the CRM says of it, read once, so that no sentence waits for a database.
    """

    content: Content
    history: tuple[VisitRecord, ...]
    visit: VisitRecord
    customer_role: str = ""
    crm: Mapping[str, KnownFact] = field(default_factory=lambda: NO_FACTS)

    @classmethod
    def before(
        cls,
        content: Content,
        *,
        visit_id: str,
        rep_id: str,
        account_id: str,
        now: datetime,
        history: Sequence[VisitRecord] = (),
        stage: str = "",
        customer_role: str = "",
        crm: Mapping[str, KnownFact] = NO_FACTS,
    ) -> "Setting":
        """The setting of a talk about to begin."""
        silent = Analysis(visit_id, {}, (), (), Summary(""), FiveElements(), (), Debrief(), Interaction(),
                          ChurnRisk("low", 0.0))  # fmt: skip
        visit = VisitRecord(visit_id, rep_id, account_id, None, now, stage, silent)
        return cls(content, tuple(history), visit, customer_role, crm)


@dataclass(frozen=True, slots=True)
class Shown:
    """When a cue was last given, in turns heard, and how often."""

    at: int
    times: int


@dataclass(frozen=True, slots=True)
class Talk:
    """The talk so far; `heard` counts all its turns, `turns` keeps the last ones, `taken` the steps already taken."""

    heard: int = 0
    turns: tuple[Turn, ...] = ()
    findings: tuple[Finding, ...] = ()
    cues: tuple[Cue, ...] = ()
    shown: Mapping[str, Shown] | None = None
    taken: frozenset[str] = frozenset()

    def after(self, seq: int) -> tuple[Cue, ...]:
        """Cues that were given after the one numbered `seq`: what a reconnected screen has missed."""
        return tuple(cue for cue in self.cues if cue.seq > seq)


def hear(talk: Talk, turn: Turn, findings: Sequence[Finding], setting: Setting) -> tuple[Talk, tuple[Cue, ...]]:
    """The talk with one more turn, and the cues it calls for, the most pressing first; at most two at once.

    Args:
        turn: its number must be `talk.heard`.
        findings: what was found in this turn alone.

    Raises:
        ValueError: the turn is not the next one.
    """
    if turn.i != talk.heard:
        raise ValueError(f"turn {turn.i} is not the next one, {talk.heard}")
    turns = (*talk.turns, turn)[-TURNS_KEPT:]
    kept = tuple(finding for finding in talk.findings if finding.turn >= turns[0].i)
    heard = replace(talk, heard=talk.heard + 1, turns=turns, findings=(*kept, *findings))
    visit = replace(setting.visit, analysis=replace(setting.visit.analysis, turns=heard.turns, findings=heard.findings))
    heard = replace(heard, taken=heard.taken | frozenset(_newly_taken(heard, visit, setting)))
    called = sorted(_called_for(heard, visit, turn, setting), key=lambda pair: -pair[0])
    shown = dict(talk.shown or {})
    given: list[Cue] = []
    for _, cue in called[:CUES_AT_ONCE]:
        before = shown.get(cue.key)
        times = before.times + 1 if before else 1
        shown[cue.key] = Shown(heard.heard, times)
        seq = (talk.cues[-1].seq if talk.cues else 0) + len(given) + 1
        given.append(replace(cue, seq=seq, shown=times))
    return replace(heard, cues=(*talk.cues, *given)[-CUES_KEPT:], shown=shown), tuple(given)


def _called_for(talk: Talk, visit: VisitRecord, turn: Turn, setting: Setting) -> Iterator[tuple[int, Cue]]:
    if turn.role == "customer":
        yield from _objections(talk, visit, turn, setting)
    for card in setting.content.cue_cards:
        if not card.in_use or (card.stages and visit.stage not in card.stages):
            continue
        cue = _noted(card, talk, visit, turn, setting) if card.said else _missing(card, talk, visit, setting)
        if cue is not None:
            yield card.priority, cue


def _objections(talk: Talk, visit: VisitRecord, turn: Turn, setting: Setting) -> Iterator[tuple[int, Cue]]:
    """How to handle what was just raised, in the words for this customer's role."""
    for raised in raised_objections(visit):
        if raised.finding.turn != turn.i:
            continue
        code = raised.finding.code
        track = next((one for one in setting.content.talktracks if one.in_use and code in one.objections), None)
        if track is None or not _may_show(talk, f"objection:{code}", again_after=AGAIN_AFTER, most=5):
            continue
        name = setting.content.titles.get(("objection", code), code)
        facts = find_matches(
            Selection(objection=(code,), scope="earlier"), visit=None, earlier=setting.history, now=visit.visited_at
        )
        text = f"客户提出{name}：“{shorten(raised.evidence.quote)}”"
        yield 95, _cue("handling", f"objection:{code}", track.title, text, raised.evidence, track, facts, setting)


def _noted(card: CueCard, talk: Talk, visit: VisitRecord, turn: Turn, setting: Setting) -> Cue | None:
    """The note for what was just said, once a talk."""
    if card.said is None or not _may_show(talk, card.id, again_after=talk.heard, most=1):
        return None
    said = [match for match in _in_talk(card.said, visit) if match.evidence.turn == turn.i]
    if not said:
        return None
    earlier = card.said.model_copy(update={"scope": "earlier"})
    facts = find_matches(earlier, visit=None, earlier=setting.history, now=visit.visited_at)
    return _from_card("note", card, said[-1].evidence, facts, setting)


def _missing(card: CueCard, talk: Talk, visit: VisitRecord, setting: Setting) -> Cue | None:
    """The question for a step that is overdue; nothing once it was taken."""
    step = card.missing
    if step is None or not _may_show(talk, card.id, again_after=card.repeat_turns, most=card.repeats):
        return None
    owed = _owed_since(step, talk, visit)
    if owed is None or card.id in talk.taken:
        return None
    since, because = owed
    if talk.heard - since <= step.after_turns or _taken(step, visit, since):
        return None
    known = (selection.model_copy(update={"scope": "earlier"}) for selection in step.unless_known)
    if any(find_matches(one, visit=None, earlier=setting.history, now=visit.visited_at) for one in known):
        return None
    return _from_card("question", card, because, (), setting)


def _owed_since(step: MissingStep, talk: Talk, visit: VisitRecord) -> tuple[int, Evidence] | None:
    """The turn from which the step is owed, and the words that show it: those named, or where the talk is now."""
    if step.once_said is None:
        last = talk.turns[-1]
        return -1, Evidence(visit.visit_id, last.i, last.text, visit.visited_at, last.role, last.start_ms)
    said = _in_talk(step.once_said, visit)
    return (said[-1].evidence.turn, said[-1].evidence) if said else None


def _taken(step: MissingStep, visit: VisitRecord, since: int) -> bool:
    return any(match.evidence.turn > since for selection in step.none_of for match in _in_talk(selection, visit))


def _newly_taken(talk: Talk, visit: VisitRecord, setting: Setting) -> Iterator[str]:
    """Cards whose step was taken at any time in the talk, so that it is not asked for when its words scroll away."""
    for card in setting.content.cue_cards:
        step = card.missing if card.id not in talk.taken else None
        if step is not None and step.once_said is None and _taken(step, visit, -1):
            yield card.id


def _in_talk(selection: Selection, visit: VisitRecord) -> list[Match]:
    this = selection.model_copy(update={"scope": "this"})
    return find_matches(this, visit=visit, earlier=(), now=visit.visited_at)


def _may_show(talk: Talk, key: str, *, again_after: int, most: int) -> bool:
    before = (talk.shown or {}).get(key)
    return before is None or (before.times < most and talk.heard - before.at >= again_after)


def _from_card(kind: CueKind, card: CueCard, because: Evidence, facts: Sequence[Match], setting: Setting) -> Cue:
    track = next((one for one in setting.content.talktracks if one.id == card.talktrack and one.in_use), None)
    text = card.text.replace("{quote}", shorten(because.quote))
    return _cue(kind, card.id, card.title, text, because, track, facts, setting)


def _cue(
    kind: CueKind,
    key: str,
    title: str,
    text: str,
    because: Evidence,
    track: TalkTrack | None,
    facts: Sequence[Match],
    setting: Setting,
) -> Cue:
    strategy = _strategy(track, setting.customer_role) if track else None
    return Cue(
        seq=0,
        kind=kind,
        key=key,
        title=title,
        text=text,
        because=because,
        say=strategy.say if strategy else (),
        ask=strategy.ask if strategy else (),
        avoid=strategy.avoid if strategy else "",
        talktrack=track.id if track else None,
        strategy=strategy.role if strategy else None,
        facts=tuple(match.evidence for match in reversed(facts))[:FACTS_SHOWN],
        crm=tuple(setting.crm[name] for name in track.facts if name in setting.crm)[:FACTS_SHOWN] if track else (),
    )


def _strategy(track: TalkTrack, role: str) -> Strategy:
    """The strategy for this customer's role; the first where the pack has none for it, or the role is not known."""
    return next((one for one in track.strategies if one.role == role), track.strategies[0])
