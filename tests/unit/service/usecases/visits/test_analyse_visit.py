"""The analyse stage: the latest transcript goes through the core, the analysis is written with the run's end."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from nlp.types import Analysis, Transcript, VisitContext
from service.domain.errors import Gone
from service.domain.ports import StageResult, Supervisor
from service.usecases.services import Services
from service.usecases.visits.analyse_visit import AnalyseStage
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_run,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis,
    an_id,
)
from tests.support.fakes import FakeClock, FakeIds, MemoryDatabase
from tests.support.shelf import shipped_content


class Listening:
    """A language core that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Transcript, VisitContext]] = []

    def analyze(self, transcript: Transcript, *, context: VisitContext) -> Analysis:
        self.asked.append((transcript, context))
        return an_analysis(context.visit_id)


class Office:
    """A database with one visit, and the stage over it."""

    def __init__(self, **changes: Any) -> None:
        self.database = MemoryDatabase(FakeIds())
        self.core = Listening()
        unused: Any = None
        services = Services(
            uow=self.database,
            clock=FakeClock(),
            ids=FakeIds(),
            blobs=unused,
            parts=unused,
            doorbell=unused,
            urls=unused,
            fetcher=unused,
            probe=unused,
            core=self.core,
            content=shipped_content(),
            triage=unused,
            limits=unused,
            versions={},
        )
        self.stage = AnalyseStage(services, self.core)
        with self.database() as tx:
            tx.visits.add(a_visit(**changes))

    def said(self, *texts: str) -> None:
        with self.database() as tx:
            tx.transcripts.put(a_transcript_record(transcript=a_transcript(*texts)))

    def work(self, **changes: Any) -> StageResult:
        return self.stage(a_run(1, "analyse", **changes), Supervisor())


def test_the_latest_transcript_is_read_in_the_context_of_its_visit() -> None:
    office = Office(place="一号会议室", stage="商务谈判", competitors=("甲厂", "乙厂"))
    office.said("第一版")
    office.said("第二版", "改过的")
    office.work()
    ((transcript, context),) = office.core.asked
    assert [turn.text for turn in transcript.turns] == ["第二版", "改过的"]
    assert (context.visit_id, context.place, context.stage) == (an_id("vis"), "一号会议室", "商务谈判")
    assert context.competitors == ("甲厂", "乙厂")


@pytest.mark.parametrize(("timezone", "day"), [("Asia/Shanghai", 4), ("UTC", 3), ("America/New_York", 3)])
def test_tomorrow_is_counted_from_the_day_where_it_was_said(timezone: str, day: int) -> None:
    office = Office(visited_at=datetime(2026, 3, 3, 17, 0, tzinfo=UTC), timezone=timezone)
    office.said("明天给您")
    office.work()
    assert office.core.asked[0][1].date == date(2026, 3, day)


def test_the_analysis_is_written_by_the_effects_and_not_before() -> None:
    office = Office()
    office.said("太贵了")
    office.said("太贵了，真的")
    result = office.work()
    assert result.output == {"transcript_version": 2, "findings": 1}
    assert office.database.state.analyses == {}
    with office.database() as tx:
        result.effects(tx)
        record = tx.analyses.latest(TENANT, an_id("vis"))
    assert record is not None
    assert (record.version, record.transcript_version, record.coaching) == (1, 2, None)
    assert record.analysis == an_analysis()


def test_analysing_again_adds_a_version() -> None:
    office = Office()
    office.said("太贵了")
    for _ in range(2):
        result = office.work()
        with office.database() as tx:
            result.effects(tx)
    assert [version for _, version in office.database.state.analyses] == [1, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"visit_id": an_id("vis", 2)},
        {"tenant_id": OTHER_TENANT},
    ],
    ids=["another visit", "another tenant"],
)
def test_what_was_erased_or_is_anothers_is_gone(changes: dict[str, str]) -> None:
    office = Office()
    office.said("太贵了")
    with pytest.raises(Gone) as caught:
        office.work(**changes)
    assert caught.value.code == "visit_erased"
    assert office.core.asked == []


def test_a_visit_without_transcript_has_nothing_to_analyse() -> None:
    with pytest.raises(Gone):
        Office().work()
