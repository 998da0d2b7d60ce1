"""`fieldcue playbook check|backtest`: packs proven by their own examples, and rules tried on past events."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from nlp.errors import ContentInvalid, InputInvalid
from nlp.strict_yaml import parse
from service.adapters.clock import SystemClock
from service.adapters.content.loader import parse_item, validated
from service.adapters.content.owned import OwnedReader
from service.adapters.content.playbooks import PlaybookReader, load_reader
from service.bootstrap import load_settings, open_store
from service.cli.lines import read_lines
from service.domain.cases.check import cases_of
from service.domain.cases.observing import skill_failures_in
from service.domain.content.case_examples import CaseExamples
from service.domain.content.owned import OWNED
from service.domain.content.scorecards import SkillCard, SkillCases
from service.domain.crm.cloudevents import from_envelope
from service.domain.errors import ServiceError
from service.domain.playbooks.backtest import BacktestReport, RuleReport, backtest, describe
from service.domain.playbooks.explain import explain
from service.domain.playbooks.rules import Rule, book_of
from service.domain.playbooks.stories import failures_of
from service.domain.playbooks.timeline import ANALYZED, Fact
from service.usecases.playbooks.backtest_playbooks import backtest_rules

playbook_app = typer.Typer(help="Rules that sales operations write.", no_args_is_help=True)
SKILLS = "scorecards/skills"
Files = Annotated[list[Path], typer.Argument(help="Rule files (.yaml), or folders of them")]
Packs = Annotated[
    list[Path],
    typer.Argument(help="Files of rules, processes, scorecards, metrics, reports, … (.yaml), or folders of them"),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(playbook_app, name="playbook")


@playbook_app.command()
def check(
    files: Packs,
    say: Annotated[bool, typer.Option("--explain", help="Also say in Chinese what each rule does")] = False,
) -> None:
    """Read each file and run its examples; exit status 1 when anything is wrong, with file, line and way out."""
    reader, wrong = load_reader(load_settings().content.prompts_dir), 0
    for path in _rule_files(files):
        kind = kind_of(path)
        faults = _faults_in(path, reader) if kind is None else _faults_in_pack(path, kind, reader)
        wrong += bool(faults)
        for fault in faults:
            print(fault)
        if not faults and kind is not None:
            print(f"{path}: ok, {_cases_in(path, kind, reader)} cases hold")
        elif not faults:
            book = reader.read(_text_of(path), source=str(path)).book
            stories = len(book.examples.fires) + len(book.examples.stays_silent)
            print(f"{path}: ok, {stories} stories hold")
            if say:
                print(explain(book))
    if wrong:
        sys.exit(1)


@playbook_app.command("backtest")
def try_on_past_events(
    files: Files,
    events: Annotated[
        Path | None, typer.Option(help="CloudEvents, one JSON object a line (- reads standard input)")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Use the stored events of this tenant instead")] = "",
    since: Annotated[str, typer.Option(help="Count alerts from this moment on (RFC 3339, or a date)")] = "",
    until: Annotated[str, typer.Option(help="End here instead of at the last event")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON")] = False,
) -> None:
    """What the rules would have done with past events: for whom, how often, and which alerts were needless."""
    reader = load_reader(load_settings().content.prompts_dir)
    rules = [_must_read(path, reader) for path in _rule_files(files)]
    if (events is None) == (not tenant):
        raise InputInvalid("say where the events are: --events FILE, or --tenant NAME for those already stored")
    begin, end = _moment(since, "--since"), _moment(until, "--until")
    if events is None:
        report = _on_stored(tenant, rules, begin, end)
    else:
        facts = list(_read_events(events))
        end = end or max((fact.at for fact in facts), default=SystemClock().now())
        report = backtest(book_of(rules), facts, until=end, since=begin)
    if not report.events:
        raise InputInvalid("there are no events; a back-test needs some")
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(report_json(report), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        print("\n".join(describe(report)))


def report_json(report: BacktestReport) -> dict[str, Any]:
    """The report as data."""
    return {
        "events": report.events,
        "subjects": report.subjects,
        "looked_at": report.looked_at,
        "since": report.since,
        "until": report.until,
        "rules": [_rule_json(rule) for rule in report.rules],
    }


def _rule_json(rule: RuleReport) -> dict[str, Any]:
    plain = asdict(rule)
    return {**plain, "subjects": sorted(rule.subjects), "owners": dict(rule.owners), "by_week": dict(rule.by_week)}


def _rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.yaml"))
            if not found:
                raise InputInvalid(f"{path}: holds no .yaml file; name rule files, or a folder of them")
            yield from found
        else:
            yield path


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{path}: cannot be read as UTF-8 text; name a rule file") from error


def _faults_in(path: Path, reader: PlaybookReader) -> list[str]:
    try:
        rule = reader.read(_text_of(path), source=str(path))
    except (ContentInvalid, InputInvalid) as fault:
        return str(fault).splitlines()
    return [f"{path}: {failure}; mend the rule or the story" for failure in failures_of(rule)]


def kind_of(path: Path) -> str | None:
    """Which kind of content a file holds, by the folder it lies in; None for a rule."""
    folder = path.resolve().parent.as_posix()
    if folder.endswith(f"/{SKILLS}"):
        return SKILLS
    return next((name for name, owned in OWNED.items() if folder.endswith(f"/{owned.folder}")), None)


def _faults_in_pack(path: Path, kind: str, reader: PlaybookReader) -> list[str]:
    try:
        if kind == SKILLS:
            document = parse(_text_of(path), source=str(path))
            found = skill_failures_in(validated(SkillCard, document, source=str(path)))
            return [f"{path}:{document.line(fault.path)}: {fault}" for fault in found]
        OwnedReader(reader.content.vocabulary).check(kind, _text_of(path), content=reader.content)
    except (ContentInvalid, InputInvalid) as fault:
        return [line.replace(f"{kind}:", f"{path}:", 1) for line in str(fault).splitlines()]
    return []


def _cases_in(path: Path, kind: str, reader: PlaybookReader) -> int:
    if kind == SKILLS:
        cases: CaseExamples | SkillCases | None = parse_item(SkillCard, _text_of(path), source=str(path)).examples
    else:
        cases = cases_of(OwnedReader(reader.content.vocabulary).read(kind, _text_of(path)))
    return 0 if cases is None else len(cases.fires) + len(cases.stays_silent)


def _must_read(path: Path, reader: PlaybookReader) -> Rule:
    return reader.read(_text_of(path), source=str(path))


def _read_events(source: Path) -> Iterator[Fact]:
    now = SystemClock().now()
    for number, line in read_lines(source):
        try:
            envelope = orjson.loads(line)
            if not isinstance(envelope, dict):
                raise InputInvalid(f"line {number}: not a JSON object; write one CloudEvent a line")
            yield _as_fact(Fact.of(from_envelope(envelope, now=now)))
        except orjson.JSONDecodeError as error:
            raise InputInvalid(f"line {number}: not JSON ({error}); write one CloudEvent a line") from error
        except ServiceError as error:
            raise InputInvalid(f"line {number}: {error.detail}") from error


def _as_fact(fact: Fact) -> Fact:
    if fact.type != ANALYZED:
        return fact
    return Fact(fact.id, fact.at, fact.type, fact.kind, fact.entity_id, fact.data, fact.entity_id)


def _on_stored(tenant: str, rules: list[Rule], since: datetime | None, until: datetime | None) -> BacktestReport:
    store = open_store(load_settings())
    try:
        with store.uow(write=False) as tx:
            return backtest_rules(tx, tenant, rules, since=since, until=until or store.clock.now())
    finally:
        store.close()


def _moment(text: str, option: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputInvalid(f"{option}: write a date or an instant such as 2026-03-11T10:00:00+08:00") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
