"""Findings of one turn, from every detector in one shape, and the gate that all of them pass.

Invariant: `quote == turn.text[span]`; the id depends on visit, turn, kind, code and span alone.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import get_args

from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.extract.commitments import read_commitment
from nlp.extract.competitors import find_rivals
from nlp.extract.extractor import extract_items
from nlp.extract.items import Item
from nlp.extract.people import find_people
from nlp.keywords.matcher import KeywordHit, MatchKind
from nlp.turn_time import heard_surely, time_of
from nlp.types import Explanation, Finding, FindingKind, Span, Turn, VisitContext

RULES_VERSION = "1"
_SPOTTED = {match: Explanation(f"keywords/{match}", RULES_VERSION) for match in get_args(MatchKind)}


def keyword_findings(turn: Turn, hits: Sequence[KeywordHit], *, visit_id: str) -> list[Finding]:
    """Keywords of one turn; the score is 1 where the term was said and 0.8 where it sounded like it."""
    found: list[Finding] = []
    for term, start, end, match, quote, category, severity, pack, _ in hits:
        span = (start, end)
        start_ms, end_ms = time_of(turn, span)
        found.append(
            Finding(
                finding_id(visit_id, turn.i, "keyword", term, span),
                "keyword",
                term,
                1.0 if match == "exact" else 0.8,
                turn.i,
                turn.role,
                span,
                quote,
                _SPOTTED[match],
                start_ms,
                end_ms,
                heard_surely(turn, span) if turn.words else turn.confidence,
                {"match": match, "category": category, "severity": severity, "pack": pack},
            )
        )
    return found


def label_findings(turn: Turn, scores: TurnScores, *, visit_id: str, version: str) -> list[Finding]:
    """Objections (of the customer alone) and signals of one turn that reach their thresholds."""
    objections = scores.objections if turn.role == "customer" else {}
    kinds: tuple[tuple[FindingKind, Mapping[str, LabelScore]], ...] = (
        ("objection", objections),
        ("signal", scores.signals),
    )
    return [
        _finding(visit_id, turn, kind, code, span, Explanation("turns", version, because), score=score)
        for kind, labels in kinds
        for code, (score, threshold, span, because) in labels.items()
        if score >= threshold
    ]


def claimed_finding(
    turn: Turn, kind: FindingKind, code: str, span: Span, explanation: Explanation, *, visit_id: str, score: float
) -> Finding:
    """A label that another opinion claims for words of a turn; its score is the models' own."""
    return _finding(visit_id, turn, kind, code, span, explanation, score=score)


def entity_findings(
    turn: Turn, labels: Sequence[Finding], *, context: VisitContext, items: Sequence[Item] | None = None
) -> list[Finding]:
    """Amounts, dates, periods, counts, people and rivals of one turn; `items` are its extracted ones, where at hand."""
    found: list[Finding] = []
    for item in extract_items(turn.text, context.date) if items is None else items:
        attributes: dict[str, object] = {"value": item.value, "approximate": item.approximate}
        found.append(_entity(turn, item.kind, item.span, item.rule, attributes, context=context))
    for person in find_people(turn.text):
        attributes = {"value": person.name, "title": person.title}
        found.append(_entity(turn, "person", person.span, person.rule, attributes, context=context))
    about_rivals = any(f.code in ("competitor", "competitor_mention") for f in labels)
    for rival in find_rivals(turn.text, context.competitors, about_rivals=about_rivals):
        attributes = {"value": rival.name}
        found.append(_entity(turn, "competitor", rival.span, rival.rule, attributes, context=context))
    return found


def commitment_findings(
    turn: Turn, labels: Sequence[Finding], *, context: VisitContext, items: Sequence[Item] | None = None
) -> list[Finding]:
    """The promise of a turn that carries the signal `commitment`: who, what, due (ISO date or None)."""
    found = []
    for label in labels:
        if label.kind == "signal" and label.code == "commitment":
            said = read_commitment(turn, label.span, visit_date=context.date, items=items)
            due = said.due.isoformat() if said.due else None
            attributes: dict[str, object] = {"who": said.who, "what": said.what, "due": due}
            found.append(
                _finding(
                    context.visit_id,
                    turn,
                    "commitment",
                    "commitment",
                    said.span,
                    label.explanation,
                    score=label.score,
                    attributes=attributes,
                )
            )
    return found


def ground(findings: Sequence[Finding], turns: Sequence[Turn]) -> tuple[tuple[Finding, ...], int]:
    """Findings whose quote stands where they say, in the order of the talk, without repetitions; and how many do not.

    The only way into an analysis: quote or nothing.
    """
    texts = {turn.i: turn.text for turn in turns}
    kept: dict[str, Finding] = {}
    dropped = 0
    for finding in findings:
        start, end = finding.span
        text = texts.get(finding.turn, "")
        if 0 <= start < end <= len(text) and text[start:end] == finding.quote:
            kept[finding.id] = finding
        else:
            dropped += 1
    ordered = sorted(kept.values(), key=attrgetter("turn", "span", "kind", "code"))
    return tuple(ordered), dropped


def _entity(
    turn: Turn, code: str, span: Span, rule: str, attributes: dict[str, object], *, context: VisitContext
) -> Finding:
    explanation = Explanation(f"extract/{code}/{rule}", RULES_VERSION)
    return _finding(context.visit_id, turn, "entity", code, span, explanation, score=1.0, attributes=attributes)


def _finding(
    visit_id: str,
    turn: Turn,
    kind: FindingKind,
    code: str,
    span: Span,
    explanation: Explanation,
    *,
    score: float,
    attributes: dict[str, object] | None = None,
) -> Finding:
    start_ms, end_ms = time_of(turn, span)
    return Finding(
        finding_id(visit_id, turn.i, kind, code, span),
        kind,
        code,
        score,
        turn.i,
        turn.role,
        span,
        turn.text[span[0] : span[1]],
        explanation,
        start_ms=start_ms,
        end_ms=end_ms,
        heard=heard_surely(turn, span) if turn.words else turn.confidence,
        attributes=attributes or {},
    )


def finding_id(visit_id: str, turn: int, kind: FindingKind, code: str, span: Span) -> str:
    """The stable id of a finding: 16 hexadecimal digits."""
    key = f"{visit_id}\x1f{turn}\x1f{kind}\x1f{code}\x1f{span[0]}\x1f{span[1]}"
    return blake2b(key.encode(), digest_size=8).hexdigest()
