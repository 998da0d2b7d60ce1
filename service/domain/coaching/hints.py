"""Proposes what to do next, in the customer's own words.

Invariant: a hint without evidence cannot be built; its text holds nothing but the card's words and what evidence says.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import prod
from typing import Literal

from service.domain.coaching.hint_learning import (
    NOTHING_LEARNED,
    Lesson,
    Preference,
    features_of,
    situation_of,
)
from service.domain.coaching.readings import Readings
from service.domain.content.hint_cards import SLOT, HintCard, Trigger
from service.domain.content.selections import Selection
from service.domain.crm.facts import NO_FACTS, KnownFact
from service.domain.evidence import Evidence, local_day, page_of, shorten, spoken_day
from service.domain.matching import Match, find_matches
from service.domain.privacy.withdrawal import Withdrawal
from service.domain.visit import VisitRecord

HintStatus = Literal["proposed", "sent", "seen", "accepted", "dismissed", "done", "withdrawn"]
HALF_LIFE_DAYS = 21.0  # a remark loses half its urgency in three weeks, about one visit cycle
RISK_WEIGHT = {"low": 1.0, "medium": 1.15, "high": 1.3}
REPEATED_WEIGHT = 0.1  # each further time the customer says it, up to three, adds a tenth
EARLIER_SHOWN = 2
DISMISSED_RESTS = 2  # a hint that was waved away comes back after twice its cool-down
LEAST_CONFIDENCE = 0.6  # a finding its detector doubts still counts this much
FACTOR_NAMES = {
    "priority": "基础",
    "recency": "时近",
    "risk": "风险",
    "confidence": "把握",
    "repeated": "反复",
    "learned": "反馈",
}
SPEAKERS = {"customer": "客户", "rep": "您", "other": "旁边的同事"}
COLLEAGUE = "同事"  # what another rep of this account said is not put into this one's mouth


@dataclass(frozen=True, slots=True)
class Factor:
    """One number that moved a hint up or down, and its name."""

    name: Literal["priority", "recency", "risk", "repeated", "confidence", "learned"]
    value: float


@dataclass(frozen=True, slots=True)
class Hint:
    """One proposal to the rep; `priority` from 1 to 100 is the product of its `ranking` factors, capped.

    `choice` says in a sentence why it stands where it stands; `situation` is what the learner sees of the moment;
    `withdrawn` why it was taken back, where it was. `link` opens the first words of `because` on the visit's page, at
    their turn and second; `facts` are what the CRM said that called for it, each with the events behind it.

    Raises:
        ValueError: no evidence.
    """

    id: str
    card: str
    action: str
    text: str
    because: tuple[Evidence, ...]
    priority: int
    talktrack: str | None
    expires_at: datetime
    ranking: tuple[Factor, ...] = ()
    status: HintStatus = "proposed"
    outcome: str | None = None
    choice: str = ""
    situation: tuple[str, ...] = ()
    withdrawn: Withdrawal | None = None
    link: str = ""
    facts: tuple[KnownFact, ...] = ()

    def __post_init__(self) -> None:
        if not self.because:
            raise ValueError(f"hint {self.id} of card {self.card} has no evidence")
        object.__setattr__(self, "link", page_of(self.because[0]))  # those stored by older versions have none


@dataclass(frozen=True, slots=True)
class GivenHint:
    """A hint this account's rep was given before; `dismissed` when they waved it away.

    `settled_at` is when it was waved away or done, None while it may still be acted upon.
    """

    card: str
    action: str
    given_at: datetime
    dismissed: bool = False
    settled_at: datetime | None = None

    @property
    def rests_from(self) -> datetime:
        """When its cool-down begins: with what was made of it, else when it was given."""
        return self.settled_at or self.given_at


def propose_hints(
    cards: Sequence[HintCard],
    *,
    visit: VisitRecord | None,
    history: Sequence[VisitRecord],
    now: datetime,
    given: Sequence[GivenHint] = (),
    titles: dict[tuple[str, str], str] | None = None,
    stage: str = "",
    limit: int = 3,
    preference: Preference = NOTHING_LEARNED,
    rep_id: str = "",
    readings: Readings | None = None,
    facts: Mapping[str, KnownFact] = NO_FACTS,
) -> list[Hint]:
    """The best hints for the rep, the most urgent first, no two of the same action.

    Args:
        visit: the visit just analysed; None before a visit, when only `history` speaks.
        history: earlier visits to this account, in any order.
        given: hints already given for this account; a card rests for its `cooldown_days` after each, after
            what was waved away for twice that.
        titles: Chinese names by (kind, code), for the slot {label}; without them the code itself is shown.
        stage: the stage to judge by before a visit; a visit brings its own.
        preference: what feedback has taught about which hints are worth giving; nothing on the first day.
        rep_id: whose hints these are; the visit's rep where empty.
        readings: what was read of these visits for the same answer before.
        facts: what the CRM says of the account right now, by the fact's id.

    Returns:
        At most `limit` hints, sorted by falling priority; empty when nothing that was said calls for one.
    """
    readings = Readings() if readings is None else readings
    find = partial(find_matches, visit=visit, earlier=history, now=now, readings=readings)
    rep_id = rep_id or (visit.rep_id if visit else "")
    scene = _Scene(visit, history, now, titles or {}, visit.stage if visit else stage, rep_id)
    hints: list[Hint] = []
    for card in cards:
        if card.in_use and _allow(card.trigger, facts) and not _rests(card, given, now=now):
            hint = _hint_from(card, find, scene)
            if hint is not None:
                known = tuple(facts[name] for name in card.trigger.facts)
                hints.append(_taught(replace(hint, facts=known), preference, rep_id=rep_id))
    hints.sort(key=lambda hint: (-_product(hint.ranking), hint.card))
    return _choose(hints, this_id=visit.visit_id if visit else None, limit=limit)


def _taught(hint: Hint, preference: Preference, *, rep_id: str) -> Hint:
    """The hint moved up or down by what feedback has taught, and the sentence that says so."""
    prior = next(factor.value for factor in hint.ranking if factor.name == "priority") / 100
    lesson = preference.lesson(
        features_of(hint.card, hint.action, rep_id=rep_id, situation=hint.situation), prior=prior, draw=hint.id
    )
    ranking = (*hint.ranking, Factor("learned", lesson.factor)) if lesson.answers else hint.ranking
    moved = replace(hint, ranking=ranking, priority=max(1, min(100, round(_product(ranking)))))
    return replace(moved, choice=_choice(moved, lesson))


def _choice(hint: Hint, lesson: Lesson) -> str:
    told = [f"{FACTOR_NAMES[factor.name]} {factor.value:g}" for factor in hint.ranking]
    known = f"；同类提示已有{lesson.answers}次反馈，预期价值{lesson.expected:.0%}" if lesson.answers else "；还没有反馈"
    return "排序：" + " × ".join(told) + known


def _choose(ranked: Sequence[Hint], *, this_id: str | None, limit: int) -> list[Hint]:
    """The first of each action, keeping the last place for one that cites an earlier visit where the others do not.

    What was said an hour ago the rep still knows; what was said three weeks ago is what gets lost.
    """
    first_of_action = {hint.action: hint for hint in reversed(ranked)}
    distinct = [hint for hint in ranked if first_of_action[hint.action] is hint]
    best = distinct[:limit]
    remembered = [hint for hint in distinct[limit:] if _remembers(hint, this_id)]
    if limit > 1 and remembered and not any(_remembers(hint, this_id) for hint in best):
        best[-1] = remembered[0]
    return best


def _remembers(hint: Hint, this_id: str | None) -> bool:
    return any(proof.visit_id != this_id for proof in hint.because)


def _rests(card: HintCard, given: Sequence[GivenHint], *, now: datetime) -> bool:
    pause = timedelta(days=card.cooldown_days)
    return any(
        hint.card == card.id and now - hint.rests_from < pause * (DISMISSED_RESTS if hint.dismissed else 1)
        for hint in given
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """The moment all cards are asked about; `visit` is None before one begins."""

    visit: VisitRecord | None
    history: Sequence[VisitRecord]
    now: datetime
    titles: dict[tuple[str, str], str]
    stage: str
    rep_id: str

    @property
    def this_id(self) -> str | None:
        return self.visit.visit_id if self.visit else None

    @property
    def last_id(self) -> str | None:
        newest = max((record.visited_at for record in self.history), default=None)
        return next((record.visit_id for record in self.history if record.visited_at == newest), None)

    def speaker(self, said: Evidence) -> str:
        """Who said it, as this rep is told."""
        visits = self.history if self.visit is None else (self.visit, *self.history)
        rep_id = next((record.rep_id for record in visits if record.visit_id == said.visit_id), self.rep_id)
        return COLLEAGUE if said.role == "rep" and self.rep_id not in ("", rep_id) else SPEAKERS[said.role]


def _allow(trigger: Trigger, facts: Collection[str]) -> bool:
    """Whether what the CRM says lets a card speak."""
    return all(name in facts for name in trigger.facts) and not any(name in facts for name in trigger.unless_facts)


def _hint_from(card: HintCard, find: Callable[[Selection], list[Match]], scene: _Scene) -> Hint | None:
    trigger = card.trigger
    risk = scene.visit.analysis.churn_risk.level if scene.visit is not None else None
    if (trigger.stages and scene.stage not in trigger.stages) or (trigger.risk and risk not in trigger.risk):
        return None
    matches: dict[str, list[Match]] = {}
    for name, selection in trigger.when.items():
        found = find(selection)
        if not found:
            return None
        matches[name] = found
    if any(find(selection) for selection in trigger.unless):
        return None
    text = _fill(card, matches, scene)
    if text is None:
        return None
    ranking = _rank(card, matches[card.primary], risk=risk or "low", now=scene.now)
    return Hint(
        id=_hint_id(card, scene),
        card=card.id,
        action=card.action,
        text=text,
        because=_because(card, matches),
        priority=max(1, min(100, round(_product(ranking)))),
        talktrack=card.talktrack,
        expires_at=scene.now + timedelta(days=card.expires_days),
        ranking=ranking,
        situation=situation_of(stage=scene.stage, risk=risk),
    )


def _because(card: HintCard, matches: dict[str, list[Match]]) -> tuple[Evidence, ...]:
    """The words the text quotes, then the same thing as earlier visits said it, the newest first."""
    quoted = [found[-1].evidence for found in matches.values()]
    by_visit = {match.evidence.visit_id: match.evidence for match in matches[card.primary]}
    earlier = sorted(by_visit.values(), key=lambda proof: proof.said_at, reverse=True)
    others = [proof for proof in earlier if proof.visit_id != quoted[0].visit_id]
    return tuple(dict.fromkeys([*quoted, *others[:EARLIER_SHOWN]]))


def _rank(card: HintCard, matches: Sequence[Match], *, risk: str, now: datetime) -> tuple[Factor, ...]:
    age_days = max(0.0, (now - matches[-1].evidence.said_at) / timedelta(days=1))
    return (
        Factor("priority", float(card.priority)),
        Factor("recency", round(0.5 ** (age_days / HALF_LIFE_DAYS), 3)),
        Factor("risk", RISK_WEIGHT[risk]),
        Factor("confidence", round(LEAST_CONFIDENCE + (1.0 - LEAST_CONFIDENCE) * matches[-1].score, 3)),
        Factor("repeated", round(1.0 + REPEATED_WEIGHT * min(3, len(matches) - 1), 3)),
    )


def _product(ranking: Sequence[Factor]) -> float:
    """The urgency before it is capped at 100, so that two capped hints still have an order."""
    return prod(factor.value for factor in ranking)


def _fill(card: HintCard, matches: dict[str, list[Match]], scene: _Scene) -> str | None:
    """The card's text with every slot filled from evidence; None when the evidence does not give one of them."""
    text = card.text
    for slot in {match.group(0) for match in SLOT.finditer(text)}:
        name, field = SLOT.fullmatch(slot).groups()  # type: ignore[union-attr]  # it was just found by SLOT
        match = matches[name or card.primary][-1]
        value = _value(field, match, scene)
        if value is None:
            return None
        text = text.replace(slot, value)
    return " ".join(text.split())


def _value(field: str, match: Match, scene: _Scene) -> str | None:
    today = local_day(scene.now)
    said = spoken_day(local_day(match.evidence.said_at), today=today)
    when = {scene.this_id: "这次", scene.last_id: f"上次（{said}）"}.get(match.evidence.visit_id, said)
    values: dict[str, str | None] = {
        "quote": shorten(match.evidence.quote),
        "when": when,
        "date": said,
        "speaker": scene.speaker(match.evidence),
        "amount": match.amount,
        "due": spoken_day(match.due, today=today) if match.due else None,
        "what": match.what,
        "label": scene.titles.get((match.kind, match.code), match.code),
    }
    return values[field]


def _hint_id(card: HintCard, scene: _Scene) -> str:
    """The same for the same card, visit and history, so that running a stage twice proposes the same hint once.

    Before a visit it is this rep's own: what a colleague answers to theirs is not this one's answer.
    """
    before = [scene.rep_id, *sorted(record.visit_id for record in scene.history)]
    anchor = scene.visit.visit_id if scene.visit else "before:" + ",".join(filter(None, before))
    return "hint_" + hashlib.sha256(f"{card.id}|{anchor}".encode()).hexdigest()[:32]
