"""Back-tests rules over past events before they go live: what would have fired, for whom, how often, how needlessly."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.domain.playbooks.effects import Scene, effects_of
from service.domain.playbooks.judging import judge
from service.domain.playbooks.rules import Rule, RuleBook, RuleFailed
from service.domain.playbooks.running import Firing, Memory, run_rule
from service.domain.playbooks.selecting import Proof
from service.domain.playbooks.subjects import timelines_of
from service.domain.playbooks.timeline import Fact, Ref, Timeline

WEEK = timedelta(weeks=1)
SOON = timedelta(hours=24)
EXAMPLES_KEPT = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One alert that would have been raised."""

    subject: Ref
    at: datetime
    owner: str
    text: str
    proofs: tuple[Proof, ...]


@dataclass(slots=True)
class RuleReport:
    """What one rule would have done.

    `needless` counts firings whose condition was over within a day by the customer's or the rep's own doing: the
    false alarms that the past can show; `false_alarms` holds some of them.
    """

    rule: str
    title: str
    firings: int = 0
    subjects: set[str] = field(default_factory=set)
    owners: Counter[str] = field(default_factory=Counter)
    by_week: Counter[str] = field(default_factory=Counter)
    needless: int = 0
    examples: list[Case] = field(default_factory=list)
    false_alarms: list[Case] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What a rule book would have done between two moments; not whole when fewer than all `subjects` were looked at."""

    since: datetime | None
    until: datetime
    events: int
    rules: tuple[RuleReport, ...]
    subjects: int = 0
    looked_at: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every subject was looked at; otherwise the figures are those of a part."""
        return self.looked_at >= self.subjects


def backtest(
    book: RuleBook, facts: Sequence[Fact], *, until: datetime, since: datetime | None = None
) -> BacktestReport:
    """What the rules would have done with these facts, in any order; firings before `since` are not counted."""
    timelines = timelines_of(facts)
    trial = Trial(book, until=until, since=since)
    for ref in sorted(timelines):
        trial.look_at(timelines[ref])
    return trial.report(events=len(facts))


class Trial:
    """A back-test in progress: subjects come one after the other, and nothing is kept of them but the figures."""

    def __init__(self, book: RuleBook, *, until: datetime, since: datetime | None) -> None:
        self._book, self._until, self._since = book, until, since
        self._reports = {rule.id: RuleReport(rule.id, rule.book.title) for rule in book.rules}
        self.looked_at = 0

    def look_at(self, timeline: Timeline) -> None:
        """Run the rules about one subject along all that happened to it."""
        rules = self._book.by_subject.get(timeline.ref[0], ())
        self.looked_at += bool(rules)
        for rule in rules:
            _run_one(rule, timeline, self._reports[rule.id], until=self._until, since=self._since)

    def report(self, *, events: int, subjects: int | None = None) -> BacktestReport:
        """What came out so far; `subjects` is how many there are, where not all have come."""
        known = self.looked_at if subjects is None else subjects
        return BacktestReport(self._since, self._until, events, tuple(self._reports.values()), known, self.looked_at)


def _run_one(rule: Rule, timeline: Timeline, report: RuleReport, *, until: datetime, since: datetime | None) -> None:
    memory = Memory()
    for firing in run_rule(rule, timeline, memory, until=until).firings:
        if since is None or firing.at >= since:
            _count(firing, timeline, report, until=until)
    report.failure = report.failure or memory.failed


def _count(firing: Firing, timeline: Timeline, report: RuleReport, *, until: datetime) -> None:
    report.firings += 1
    report.subjects.add(timeline.ref[1])
    scene = Scene(firing.rule.book, timeline, firing.at, firing.verdict.values, "alr_backtest")
    owner = scene.person("owner")
    report.owners[owner] += 1
    year, week, _ = firing.at.isocalendar()
    report.by_week[f"{year}-W{week:02}"] += 1
    is_needless = _passes_soon(firing, timeline, until)
    report.needless += is_needless
    for wanted, kept in ((True, report.examples), (is_needless, report.false_alarms)):
        if wanted and len(kept) < EXAMPLES_KEPT:
            effects = effects_of(firing.rule.book.actions, scene)
            text = next((effect.text for effect in effects if effect.text), firing.rule.book.title)
            kept.append(Case(timeline.ref, firing.at, owner, text, firing.verdict.proofs))


def _passes_soon(firing: Firing, timeline: Timeline, until: datetime) -> bool:
    """Whether something that happened within a day ended the case by itself."""
    later = firing.at + SOON
    if later > until or not timeline.stirs(firing.at, later):
        return False
    try:
        return not judge(firing.rule, timeline, later).holds
    except RuleFailed:
        return False


def describe(report: BacktestReport) -> Iterable[str]:
    """The report in lines that a person reads, in Chinese."""
    yield f"回放了{report.events}条事件，截至{report.until:%Y-%m-%d %H:%M}（UTC）"
    if not report.is_whole:
        yield f"时间用完，只看了{report.subjects}个对象中的{report.looked_at}个，以下是这一部分的数字"
    for rule in report.rules:
        yield f"{rule.title}（{rule.rule}）：触发{rule.firings}次，涉及{len(rule.subjects)}个对象"
        if rule.failure:
            yield f"  条件有时算不出来：{rule.failure}"
        if rule.owners:
            named = "、".join(f"{owner or '（无负责人）'}{times}次" for owner, times in rule.owners.most_common(5))
            yield f"  提醒对象：{named}"
        if rule.by_week:
            busiest, times = rule.by_week.most_common(1)[0]
            yield f"  平均每周{rule.firings / len(rule.by_week):.1f}次，最多的一周是{busiest}，{times}次"
        for case in rule.examples:
            yield f"  {case.at:%Y-%m-%d %H:%M} {case.subject[1]}：{case.text}"
        if rule.needless:
            yield f"  其中{rule.needless}次在一天内自行好转，可能是误报："
            for case in rule.false_alarms:
                yield f"    {case.at:%Y-%m-%d %H:%M} {case.subject[1]}"
