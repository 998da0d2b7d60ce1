"""What a rep should know before walking in: in their customer's words, on one screen.

Invariant: every line but the checklist's names the visit and the words it comes from; no history gives an empty
briefing, never an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.domain.coaching.checklists import Tick, choose_ticks
from service.domain.coaching.hint_learning import NOTHING_LEARNED, Preference
from service.domain.coaching.hints import GivenHint, Hint, propose_hints
from service.domain.coaching.readings import Readings
from service.domain.content.bundle import Content
from service.domain.content.selections import PromiseIs, Selection
from service.domain.crm.facts import NO_FACTS, KnownFact
from service.domain.evidence import Evidence, local_day, shorten, spoken_day
from service.domain.matching import find_matches
from service.domain.objections import open_objections
from service.domain.visit import VisitRecord

VISITS_SHOWN = 3
VISITS_WEIGHED = 6  # what stands open is looked for this far back, in visits without a gap: each costs a reading
TOPICS = {"budget": "budget_info", "decision_maker": "decision_maker", "competitor": "competitor_mention"}


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One earlier visit in a sentence; `turns` are those the sentence was taken from."""

    visit_id: str
    visited_on: date
    rep_id: str
    text: str
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection raised and not answered since."""

    code: str
    title: str
    because: Evidence


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """What one side said it would do; `overdue` compares `due` with today, False where no day was said.

    `rep_id` is whose visit it was said in: a promise of `rep` may be a colleague's.
    """

    who: str
    what: str
    due: date | None
    overdue: bool
    because: Evidence
    rep_id: str = ""


@dataclass(frozen=True, slots=True)
class Briefing:
    """Everything for one screen; `last_mentions` by topic: budget, decision_maker, competitor."""

    visits: tuple[VisitLine, ...]
    objections: tuple[OpenObjection, ...]
    promises: tuple[OpenPromise, ...]
    last_mentions: dict[str, Evidence]
    hints: tuple[Hint, ...]
    checklist: tuple[Tick, ...]
    content_digest: str


def build_briefing(
    *,
    history: Sequence[VisitRecord],
    content: Content,
    now: datetime,
    stage: str = "",
    given_hints: Sequence[GivenHint] = (),
    preference: Preference = NOTHING_LEARNED,
    rep_id: str = "",
    facts: Mapping[str, KnownFact] = NO_FACTS,
) -> Briefing:
    """The briefing before a visit to one account.

    Args:
        history: earlier visits to this account, by any rep, in any order; the last three are told, what
            stands open is looked for in the last six, mentions in all of them.
        stage: the opportunity's stage; empty takes that of the newest visit.
        given_hints: hints given for this account; those given after the newest visit are what to do now and are
            told again while nobody has settled them; older ones, and what was waved away or done, rest for their
            cool-down.
        preference: what feedback has taught about hints.
        rep_id: who is about to go.
        facts: what the CRM says of the account right now, by the fact's id.
    """
    newest_first = sorted(
        (record for record in history if record.visited_at <= now), key=lambda record: record.visited_at, reverse=True
    )
    recent = newest_first[:VISITS_SHOWN]
    now_at = stage or (recent[0].stage if recent else "")
    readings = Readings()
    return Briefing(
        visits=tuple(_line(record) for record in recent),
        objections=_open_objections(newest_first[:VISITS_WEIGHED], content, readings),
        promises=tuple(open_promises(newest_first[:VISITS_WEIGHED], now=now)),
        last_mentions=_last_mentions(newest_first, now=now, readings=readings),
        hints=tuple(
            propose_hints(
                content.hint_cards,
                visit=None,
                history=recent,
                now=now,
                given=[hint for hint in given_hints if hint.settled_at or _before_newest(hint, recent)],
                titles=content.titles,
                stage=now_at,
                preference=preference,
                rep_id=rep_id,
                readings=readings,
                facts=facts,
            )
        ),
        checklist=tuple(
            choose_ticks(content.checklist_items, history=recent, now=now, stage=now_at, readings=readings)
        ),
        content_digest=content.digest,
    )


def _before_newest(hint: GivenHint, newest_first: Sequence[VisitRecord]) -> bool:
    return bool(newest_first) and hint.given_at <= newest_first[0].visited_at


def _open_objections(visits: Sequence[VisitRecord], content: Content, readings: Readings) -> tuple[OpenObjection, ...]:
    """What stands; a label's title and cues are the words by which a rep may come back to an objection."""
    labels = (label for label in content.taxonomy.labels if label.kind == "objection")
    names = {label.code: (label.title, *label.cues) for label in labels}
    return tuple(
        OpenObjection(
            raised.finding.code,
            content.titles.get(("objection", raised.finding.code), raised.finding.code),
            raised.evidence,
        )
        for raised in open_objections(visits, raised=readings.raised, names=names)
    )


def _line(visit: VisitRecord) -> VisitLine:
    summary = visit.analysis.summary
    if summary.text:
        turns = tuple(sorted({turn for sentence in summary.sentences for turn in sentence.turns}))
        return VisitLine(visit.visit_id, local_day(visit.visited_at), visit.rep_id, summary.text, turns)
    said = next((turn for turn in visit.analysis.turns if turn.role == "customer" and turn.text), None)
    text = f"客户说“{shorten(said.text)}”" if said else "没有可用的录音内容"
    return VisitLine(visit.visit_id, local_day(visit.visited_at), visit.rep_id, text, (said.i,) if said else ())


def open_promises(visits: Sequence[VisitRecord], *, now: datetime) -> list[OpenPromise]:
    """Promises of both sides, those overdue first, then by day, undated ones last; one per side and wording.

    What fell due before the newest visit was settled or talked about there; its own promises and later dates stand.
    """
    anyone = Selection(promise=PromiseIs(), visits=VISITS_WEIGHED)
    today = local_day(now)
    newest = max(visits, key=lambda record: record.visited_at, default=None)
    reps = {record.visit_id: record.rep_id for record in visits}
    found: dict[tuple[str, str], OpenPromise] = {}
    for match in find_matches(anyone, visit=None, earlier=visits, now=now):
        if newest and match.evidence.visit_id != newest.visit_id and not _still_due(match.due, newest):
            continue
        overdue = match.due is not None and match.due < today
        what = match.what or shorten(match.evidence.quote)
        rep_id = reps[match.evidence.visit_id]
        found[(match.code, what)] = OpenPromise(match.code, what, match.due, overdue, match.evidence, rep_id)
    return sorted(found.values(), key=lambda promise: (not promise.overdue, promise.due or date.max, promise.what))


def _still_due(due: date | None, newest: VisitRecord) -> bool:
    return due is not None and due >= local_day(newest.visited_at)


def _last_mentions(visits: Sequence[VisitRecord], *, now: datetime, readings: Readings) -> dict[str, Evidence]:
    mentions: dict[str, Evidence] = {}
    for topic, code in TOPICS.items():
        for visit in visits:  # newest first: the first visit that says it is the last mention
            this = Selection(signal=(code,), scope="this")
            said = find_matches(this, visit=visit, earlier=(), now=now, readings=readings)
            if said:
                mentions[topic] = said[-1].evidence
                break
    return mentions


def mention_sentence(topic: str, said: Evidence, *, now: datetime) -> str:
    """A last mention as a colleague would tell it: 3月11日客户提到预算：“…”."""
    names = {"budget": "预算", "decision_maker": "决策人", "competitor": "竞品"}
    who = "客户" if said.role == "customer" else "您"
    day = spoken_day(local_day(said.said_at), today=local_day(now))
    return f"{day}{who}提到{names[topic]}：“{shorten(said.quote)}”"
