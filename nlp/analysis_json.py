"""The exchange format: lines in and out of the command line, and an analysis as plain data for the API.

Why here: the same shapes serve `fieldcue analyze`, `triage`, `spot`, `extract`, the API and outside checks. Input is
checked strictly and refused with the line, the field and the way out; fields the
format does not name are left alone. Invariant: output holds only JSON values.
Source: the product's published exchange format (README, "Commands").
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from typing import Any, cast, get_args

from nlp.classify.verdicts import TriageVerdict
from nlp.errors import InputInvalid
from nlp.extract.items import Item
from nlp.keywords.matcher import KeywordHit
from nlp.types import Analysis, Finding, Role, Transcript, Turn, VisitContext

Json = dict[str, Any]
MAX_TEXT = 65_536
MAX_TURNS = 20_000
# What a turn without an end lasts at most, per character, when the next one does not bound it.
_MS_PER_CHARACTER = 250
# Where 今天 is said: China has one time zone.
_SPEAKERS = timezone(timedelta(hours=8))
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,3})?)")


def read_visit(line: str, *, number: int = 1, today: date) -> tuple[Transcript, VisitContext]:
    """The visit on one line of `analyze` input.

    Args:
        number: of the line, from 1, for messages.
        today: the date of a visit that names none.

    Raises:
        InputInvalid: no JSON object, a missing field, or a wrong type; names line, field and way out.
    """
    fields = _Fields(_object(line, number), number)
    rows = fields.value("turns")
    if not isinstance(rows, list) or len(rows) > MAX_TURNS:
        raise fields.fault("turns", f"write a list of at most {MAX_TURNS} turns")
    turns = _with_ends([_turn(row, at, number) for at, row in enumerate(rows)])
    if len({turn.i for turn in turns}) < len(turns):
        raise fields.fault("turns", "two turns carry one i; number them 0, 1, 2, …")
    context = VisitContext(
        visit_id=fields.text("id"),
        date=fields.day("date", default=today),
        industry=fields.text("industry", default=""),
        channel=fields.text("channel", default=""),
        stage=fields.text("stage", default=""),
        competitors=fields.words("competitors"),
    )
    return Transcript(tuple(turns)), context


def read_message(line: str, *, number: int = 1) -> tuple[str, Role, str, str]:
    """The message on one line of `triage` input: id, sender, context, text.

    Raises:
        InputInvalid: as `read_visit`.
    """
    fields = _Fields(_object(line, number), number)
    sender = fields.text("from")
    if sender not in ("rep", "customer"):
        raise fields.fault("from", "write rep or customer")
    return fields.text("id", default=""), cast(Role, sender), fields.text("context", default=""), fields.text("text")


def read_text(line: str, *, number: int = 1) -> str:
    """The text on one line of `spot` input.

    Raises:
        InputInvalid: as `read_visit`.
    """
    fields = _Fields(_object(line, number), number)
    return fields.text("text")


def read_extract(line: str, *, number: int = 1, today: date) -> tuple[str, date]:
    """The text and the day it was said, from one line of `extract` input; `now` may carry a time.

    Raises:
        InputInvalid: as `read_visit`.
    """
    fields = _Fields(_object(line, number), number)
    return fields.text("text"), fields.day("now", default=today)


def visit_line(analysis: Analysis, *, coaching: Mapping[str, Any] | None = None) -> Json:
    """One line of `analyze` output.

    Args:
        coaching: hints, courses and skills as the domain computed them; left empty without.
    """
    by_turn: dict[int, list[Finding]] = {}
    for finding in analysis.findings:
        by_turn.setdefault(finding.turn, []).append(finding)
    more = coaching or {}
    return {
        "id": analysis.visit_id,
        "turns": [_turn_line(turn, by_turn.get(turn.i, [])) for turn in analysis.turns],
        "summary": analysis.summary.text,
        "key_points": [sentence.text for sentence in analysis.summary.sentences],
        "five_elements": plain(asdict(analysis.five_elements)),
        "next_steps": [{"who": s.who, "what": s.what, "due": plain(s.due)} for s in analysis.next_steps],
        "churn_risk": {"level": analysis.churn_risk.level, "probability": round(analysis.churn_risk.probability, 4)},
        "hints": more.get("hints", []),
        "courses": more.get("courses", []),
        "skills": more.get("skills", {}),
    }


def triage_line(message_id: str, verdict: TriageVerdict, *, latency_ms: float) -> Json:
    """One line of `triage` output."""
    return {
        "id": message_id,
        "manager_should_step_in": verdict.should_step_in,
        "score": round(verdict.score, 4),
        "reason": verdict.reason,
        "latency_ms": round(latency_ms, 2),
    }


def spot_line(text: str, hits: Sequence[KeywordHit]) -> Json:
    """One line of `spot` output."""
    return {"text": text, "keywords": [_keyword(h.term, (h.start, h.end), h.match) for h in hits]}


def extract_line(text: str, items: Sequence[Item]) -> Json:
    """One line of `extract` output."""
    return {"text": text, "items": [{"kind": i.kind, "value": i.value, "span": list(i.span)} for i in items]}


def analysis_data(analysis: Analysis) -> Json:
    """An analysis as plain data, in the shape the API shows (spans as [start, end], days as ISO dates)."""
    data = cast(Json, plain(asdict(analysis)))
    for turn in data["turns"]:
        turn.pop("words")
    return data


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """`value` with tuples as lists and dates as ISO text, for JSON."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _turn_line(turn: Turn, findings: Sequence[Finding]) -> Json:
    def coded(kind: str) -> list[Json]:
        return [{"code": f.code, "score": round(f.score, 4)} for f in findings if f.kind == kind]

    words = [_keyword(f.code, f.span, str(f.attributes["match"])) for f in findings if f.kind == "keyword"]
    return {
        "i": turn.i,
        "role": turn.role,
        "objections": coded("objection"),
        "signals": coded("signal"),
        "keywords": words,
    }


def _keyword(term: str, span: tuple[int, int], match: str) -> Json:
    return {"term": term, "start": span[0], "end": span[1], "match": match}


def _turn(row: object, at: int, number: int) -> Turn:
    place = f"turns[{at}]"
    if not isinstance(row, dict):
        raise InputInvalid(f'line {number}: {place} is no object; write {{"i": {at}, "role": "rep", "text": "…"}}')
    fields = _Fields(row, number, f"{place}.")
    index, role = row.get("i", at), row.get("role")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise fields.fault("i", "write a whole number from 0")
    if role is not None and role not in get_args(Role):
        raise fields.fault("role", "write rep, customer or other, or leave the field out")
    start, end = fields.seconds("start"), fields.seconds("end")
    if start is not None and end is not None and end < start:
        raise fields.fault("end", "a turn ends after it starts")
    text = fields.text("text", blank=True)
    return Turn(index, text, cast(Role, role or "other"), 1.0 if role else 0.0, start, end)


def _with_ends(turns: Sequence[Turn]) -> list[Turn]:
    """Turns with an end where a start is known: the next start, at most what the words take to say."""
    ended: list[Turn] = []
    for turn, following in zip(turns, [*turns[1:], None], strict=False):
        end = turn.end_ms
        if turn.start_ms is not None and end is None:
            end = turn.start_ms + _MS_PER_CHARACTER * max(1, len(turn.text))
            if following is not None and following.start_ms is not None and following.start_ms >= turn.start_ms:
                end = min(end, following.start_ms)
        ended.append(Turn(turn.i, turn.text, turn.role, turn.role_score, turn.start_ms, end))
    return ended


def _object(line: str, number: int) -> dict[str, object]:
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputInvalid(f"line {number}: no JSON ({error}); write one JSON object a line") from error
    if not isinstance(value, dict):
        raise InputInvalid(f"line {number}: no JSON object; write {{…}}")
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


class _Fields:
    """The fields of one object, read with their types; every fault names line and field."""

    def __init__(self, row: Mapping[str, object], number: int, prefix: str = "") -> None:
        self._row = row
        self._number = number
        self._prefix = prefix

    def fault(self, field: str, way_out: str) -> InputInvalid:
        """The error for one field."""
        return InputInvalid(f"line {self._number}: {self._prefix}{field}: {way_out}")

    def value(self, field: str) -> object:
        """The field, which must be there."""
        if field not in self._row:
            raise self.fault(field, "is missing; add it")
        return self._row[field]

    def text(self, field: str, *, default: str | None = None, blank: bool = False) -> str:
        """A text field; null counts as missing where there is a default."""
        value = self._row.get(field) if default is not None else self.value(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.fault(field, "write text in quotes")
        if len(value) > MAX_TEXT:
            raise self.fault(field, f"{len(value)} characters, more than {MAX_TEXT}; split it")
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise self.fault(field, "holds a NUL or half a surrogate pair; remove it")
        if not value.strip() and default is None and not blank:
            raise self.fault(field, "is empty; write something")
        return value

    def words(self, field: str) -> tuple[str, ...]:
        """A list of texts, empty when missing."""
        value = self._row.get(field) or []
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.fault(field, "write a list of texts")
        return tuple(value)

    def day(self, field: str, *, default: date) -> date:
        """A date, or the day in China of a date and time, in ISO form."""
        value = self._row.get(field)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise self.fault(field, 'write a date such as "2026-03-11"')
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self.fault(field, f'{value[:40]!r} is no date; write one such as "2026-03-11"') from error
        return (moment.astimezone(_SPEAKERS) if moment.tzinfo else moment).date()

    def seconds(self, field: str) -> int | None:
        """Seconds from the start of the talk, or a clock such as 01:15:03.5, as milliseconds; None when missing."""
        value = self._row.get(field)
        if value is None:
            return None
        if isinstance(value, str) and (clock := _CLOCK.fullmatch(value)):
            value = int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e7:
            raise self.fault(
                field, ("write seconds from the start of the talk, a number from 0, or a clock such as 12:03")
            )
        return round(value * 1000)
