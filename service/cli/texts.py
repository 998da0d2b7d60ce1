"""`fieldcue analyze`, `triage`, `spot`, `extract`: JSON lines through the language core, in the exchange formats."""

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from nlp.analysis_json import (
    extract_line,
    read_extract,
    read_message,
    read_text,
    read_visit,
    spot_line,
    triage_line,
    visit_line,
)
from nlp.errors import InputInvalid
from nlp.extract.extractor import extract_items
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.text.script import load_folder
from nlp.types import Analysis, VisitContext
from service.adapters.clock import SystemClock
from service.adapters.content.loader import parse_item
from service.adapters.text_core import TextCore
from service.cli.lines import convert_lines
from service.domain.coaching.coach import Coaching, coach
from service.domain.content.keyword_packs import KeywordPackItem
from service.domain.visit import VisitRecord
from service.installed import load_texts_as_set

Source = Annotated[Path, typer.Argument(help="JSON lines; - reads standard input")]
Target = Annotated[Path | None, typer.Option("-o", "--output", help="Write here instead of standard output")]
LOCAL = timedelta(hours=8)  # the calendar day of China, where dates are spoken


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (analyze, triage, spot, extract):
        app.command()(command)


def analyze(source: Source, output: Target = None) -> None:
    """One visit a line: roles, objections, signals, keywords, summary, five elements, next steps, risk, coaching."""
    core = load_texts_as_set()
    today = _today()

    def convert(line: str, number: int) -> dict[str, Any]:
        transcript, context = read_visit(line, number=number, today=today)
        analysis = core.analyzer.analyze(transcript, context=context)
        coaching = present_coaching(coach_alone(core, analysis, context))
        return visit_line(analysis, coaching=coaching)

    convert_lines(source, output, convert)


def triage(source: Source, output: Target = None) -> None:
    """One chat message a line: should the manager step in now, and why."""
    core = load_texts_as_set()

    def convert(line: str, number: int) -> dict[str, Any]:
        message_id, sender, context, text = read_message(line, number=number)
        started = time.perf_counter()
        verdict = core.triage.judge(text, sender=sender, context=context)
        return triage_line(message_id, verdict, latency_ms=(time.perf_counter() - started) * 1_000)

    convert_lines(source, output, convert)


def spot(
    source: Source,
    pack: Annotated[Path, typer.Option(help="A keyword pack (.yaml), or a text file with a term a line")],
    output: Target = None,
) -> None:
    """One text a line: where the pack's terms stand, as written or as misheard."""
    matcher = load_matcher(pack, load_lexicon())

    def convert(line: str, number: int) -> dict[str, Any]:
        text = read_text(line, number=number)
        return spot_line(text, matcher.match(text))

    convert_lines(source, output, convert)


def extract(source: Source, output: Target = None) -> None:
    """One text a line: amounts of money, dates, durations and quantities, with their values."""
    folder = load_folder()
    today = _today()

    def convert(line: str, number: int) -> dict[str, Any]:
        text, now = read_extract(line, number=number, today=today)
        return extract_line(text, extract_items(text, now, folder=folder))

    convert_lines(source, output, convert)


def load_matcher(pack: Path, lexicon: Lexicon) -> KeywordMatcher:
    """A matcher for a pack file or a list of terms.

    Raises:
        InputInvalid: the file cannot be read or holds no term. ContentInvalid: a pack that breaks its schema.
    """
    try:
        text = pack.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{pack}: cannot be read as UTF-8 text; give a pack or a file with a term a line") from error
    if pack.suffix in {".yaml", ".yml"}:
        item = parse_item(KeywordPackItem, text, source=pack.name)
        return KeywordMatcher.build([item.as_pack()], lexicon=lexicon)
    if not text.strip():
        raise InputInvalid(f"{pack}: holds no term; write one a line")
    return KeywordMatcher.from_terms(text.splitlines(), lexicon=lexicon)


def coach_alone(core: TextCore, analysis: Analysis, context: VisitContext) -> Coaching:
    """Coaching for a visit of which no history is known, on the evening of its day."""
    evening = datetime(context.date.year, context.date.month, context.date.day, 20, tzinfo=UTC) - LOCAL
    record = VisitRecord(context.visit_id, "", "", None, evening - timedelta(hours=8), context.stage, analysis)
    return coach(record, history=(), content=core.content, now=evening)


def present_coaching(coaching: Coaching) -> Mapping[str, Any]:
    """Hints, courses and skills as the exchange format has them; a skill below three observations is no number."""
    hints = [{"text": hint.text, "turns": sorted({proof.turn for proof in hint.because})} for hint in coaching.hints]
    courses = [{"course": course.course, "title": course.title, "reason": course.reason} for course in coaching.courses]
    skills = {
        skill.code: {"score": "insufficient_data" if skill.score is None else round(skill.score, 1), "n": skill.n}
        for skill in coaching.skills
    }
    return {"hints": hints, "courses": courses, "skills": skills}


def _today() -> date:
    return (SystemClock().now() + LOCAL).date()
