"""The assist stage: what a language model says becomes a version after the built-in one, unless the talk changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from nlp.types import Analysis, Summary
from service.domain.errors import Gone
from service.domain.ports import StageResult, Supervisor
from service.domain.records import AnalysisRecord
from service.usecases.visits.assist_analysis import Assistant
from service.usecases.visits.assist_visit import AssistStage
from tests.support.builders import TENANT, a_run, a_visit, an_analysis, an_id
from tests.support.fakes import NOON
from tests.support.service import services_over
from tests.support.shelf import shipped_content

Says = Callable[[Analysis], Analysis]


class Model:
    """An assistant that says what a test wants, and remembers for whom it was asked."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.asked: list[str] = []

    def assist(self, tenant_id: str, analysis: Analysis) -> Analysis:
        self.asked.append(tenant_id)
        return self.says(analysis)


def shorter(analysis: Analysis) -> Analysis:
    return replace(analysis, summary=Summary("模型写的小结", ()))


class Office:
    """One analysed visit, and the stage over it."""

    def __init__(self, says: Says | None = shorter) -> None:
        self.services = services_over(content=shipped_content())
        self.model = Model(says) if says else None
        self.stage = AssistStage(self.services, cast(Assistant | None, self.model))
        with self.services.uow() as tx:
            tx.visits.add(a_visit())
        self.analysed(1)

    def analysed(self, transcript_version: int) -> None:
        with self.services.uow() as tx:
            tx.analyses.put(AnalysisRecord(an_id("vis"), TENANT, 0, transcript_version, an_analysis(), NOON))

    def work(self, **changes: Any) -> StageResult:
        return self.stage(a_run(1, "assist", **changes), Supervisor())

    def write(self, result: StageResult) -> None:
        with self.services.uow() as tx:
            result.effects(tx)

    @property
    def latest(self) -> AnalysisRecord:
        with self.services.uow(write=False) as tx:
            record = tx.analyses.latest(TENANT, an_id("vis"))
        assert record is not None
        return record


def test_what_the_model_said_is_a_version_after_the_built_in_one() -> None:
    office = Office()
    result = office.work()
    assert office.latest.version == 1
    office.write(result)
    assert (office.latest.version, office.latest.transcript_version) == (2, 1)
    assert office.latest.analysis.summary.text == "模型写的小结"
    assert office.model is not None
    assert office.model.asked == [TENANT]


@pytest.mark.parametrize("says", [None, lambda analysis: analysis], ids=["no model any more", "nothing to add"])
def test_where_nothing_is_added_the_built_in_version_stands(says: Says | None) -> None:
    office = Office(says)
    office.write(office.work())
    assert office.latest.version == 1


def test_an_answer_to_a_talk_that_was_corrected_meanwhile_is_not_kept() -> None:
    office = Office()
    late = office.work()
    office.analysed(2)
    office.write(late)
    assert (office.latest.version, office.latest.transcript_version) == (2, 2)
    assert office.latest.analysis == an_analysis()


def test_of_an_erased_visit_nothing_is_sent_to_a_model() -> None:
    office = Office()
    with pytest.raises(Gone) as caught:
        office.work(visit_id=an_id("vis", 2))
    assert caught.value.code == "visit_erased"
    assert office.model is not None
    assert office.model.asked == []
