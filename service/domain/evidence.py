"""What was said, by whom and when, as the proof behind hints, courses and scores.

Invariant: `quote` stands in the turn it names; what cannot be found there is no evidence.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote as quoted
from zoneinfo import ZoneInfo

from nlp.types import Finding, Role, Turn
from service.domain.visit import VisitRecord

ZONE = ZoneInfo("Asia/Shanghai")
SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]?")
PAGE = "/console/visits"
WHOLE_TURN = 40  # a turn no longer than this is quoted whole; of a longer one, the sentence around the finding


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of one turn of one visit; `said_at` is UTC, to the second where the recording has times.

    `start_ms` is where its turn begins in the audio, None where the talk came without times.
    """

    visit_id: str
    turn: int
    quote: str
    said_at: datetime
    role: Role
    start_ms: int | None = None


def page_of(said: Evidence) -> str:
    """Where people open the words: the visit's page at this turn, its player at the turn's second."""
    return turn_page(said.visit_id, said.turn)


def turn_page(visit_id: str, turn: int) -> str:
    """A visit's page at one of its turns."""
    return f"{PAGE}/{quoted(visit_id, safe='')}?turn={turn}#turn-{turn}"


def find_evidence(visit: VisitRecord, *, turn: int, quote: str) -> Evidence | None:
    """The evidence for a quote, None where the visit has no such turn or the turn does not say it."""
    said = turn_of(visit, turn)
    if said is None or not quote or quote not in said.text:
        return None
    return Evidence(visit.visit_id, turn, quote, _said_at(visit, said), said.role, said.start_ms)


def evidence_of(visit: VisitRecord, finding: Finding) -> Evidence | None:
    """The evidence for a finding, in words a person can read; None where its quote is not in its turn.

    A finding's own quote may be a clause without its beginning; this takes the short turn whole, or the sentence
    around the clause. It stays verbatim.
    """
    said = turn_of(visit, finding.turn)
    if said is None or not finding.quote or finding.quote not in said.text:
        return None
    quote = said.text if len(said.text) <= WHOLE_TURN else _sentence_around(said.text, finding.quote)
    return Evidence(visit.visit_id, finding.turn, quote, _said_at(visit, said), said.role, said.start_ms)


def _sentence_around(text: str, quote: str) -> str:
    at = text.index(quote)
    sentence = next(found for found in SENTENCE.finditer(text) if found.end() > at)
    return text[sentence.start() : max(sentence.end(), at + len(quote))].strip()


def turn_of(visit: VisitRecord, i: int) -> Turn | None:
    """The turn numbered `i`, which is nearly always also the i-th; None where the visit has none."""
    turns = visit.analysis.turns
    if 0 <= i < len(turns) and turns[i].i == i:
        return turns[i]
    return next((turn for turn in turns if turn.i == i), None)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where our customers live."""
    return moment.astimezone(ZONE).date()


def spoken_day(day: date, *, today: date) -> str:
    """A day as a colleague would say it: 3月11日, with the year when it is not this one."""
    plain = f"{day.month}月{day.day}日"
    return plain if day.year == today.year else f"{day.year}年{plain}"


def shorten(quote: str, *, limit: int = 42) -> str:
    """The quote, or its beginning up to the last clause that fits in `limit` characters, ending in ….

    What stands before the … is verbatim.
    """
    text = quote.strip().rstrip("。\uff0c\uff1b.,;")
    if len(text) <= limit:
        return text
    cut = max((text.rfind(mark, 12, limit) for mark in "。\uff01\uff1f\uff1b\uff0c,、 "), default=-1)
    return text[: cut if cut > 0 else limit] + "…"


def _said_at(visit: VisitRecord, turn: Turn) -> datetime:
    return visit.visited_at + timedelta(milliseconds=turn.start_ms or 0)
