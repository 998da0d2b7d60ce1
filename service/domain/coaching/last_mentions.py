"""Where a customer spoke of something: by topic, with the words around it and the second in the audio (V7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.types import Role
from service.domain.evidence import evidence_of, turn_of
from service.domain.visit import VisitRecord

AROUND = 2


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One turn of a talk; `mentions` marks the one that says it."""

    i: int
    role: Role
    text: str
    start_ms: int | None
    end_ms: int | None
    mentions: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: who said it in which words, when, where in the audio, and what was said before and after."""

    topic: str
    kind: str
    title: str
    finding_id: str
    visit_id: str
    rep_id: str
    visited_at: datetime
    role: Role
    quote: str
    turn: int
    start_ms: int | None
    end_ms: int | None
    turns: tuple[SpokenTurn, ...]


def find_mentions(
    visits: Sequence[VisitRecord], topic: str | None, *, titles: Mapping[tuple[str, str], str], limit: int
) -> list[Mention]:
    """The newest mentions of a topic, the newest first; of every objection, signal and keyword where it is None.

    Args:
        topic: the code of an objection or signal, or a keyword's category or term.
    """
    found: list[Mention] = []
    for visit in sorted(visits, key=lambda record: (record.visited_at, record.visit_id), reverse=True):
        for finding in sorted(visit.analysis.findings, key=lambda one: (one.turn, one.span), reverse=True):
            category = str(finding.attributes.get("category", ""))
            if finding.kind not in ("objection", "signal", "keyword"):
                continue
            if topic is not None and topic not in (finding.code, category):
                continue
            proof = evidence_of(visit, finding)
            if proof is None:
                continue
            code = category if finding.kind == "keyword" and category else finding.code
            found.append(
                Mention(
                    topic=code,
                    kind=finding.kind,
                    title=titles.get((finding.kind, finding.code), finding.code),
                    finding_id=finding.id,
                    visit_id=visit.visit_id,
                    rep_id=visit.rep_id,
                    visited_at=visit.visited_at,
                    role=proof.role,
                    quote=proof.quote,
                    turn=finding.turn,
                    start_ms=finding.start_ms if finding.start_ms is not None else proof.start_ms,
                    end_ms=finding.end_ms,
                    turns=_around(visit, finding.turn),
                )
            )
            if len(found) >= limit:
                return found
    return found


def _around(visit: VisitRecord, i: int) -> tuple[SpokenTurn, ...]:
    turns = (turn_of(visit, number) for number in range(i - AROUND, i + AROUND + 1))
    return tuple(
        SpokenTurn(turn.i, turn.role, turn.text, turn.start_ms, turn.end_ms, turn.i == i) for turn in turns if turn
    )
