"""Silver labels over a real connection: a quote or nothing, nobody's name, and a form that the trainer reads."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from models.training.corrections import load_corrections
from models.training.labels import load_labels
from nlp.text.masking import load_masker
from nlp.types import Analysis, Turn
from service.adapters.content.loader import load_content
from service.adapters.llm.openai_chat import OpenAiChat
from service.adapters.llm.templates import load_templates
from service.settings import ROOT
from service.usecases.models.label_visits import SilverLabels, label_visits
from service.usecases.visits.assist_analysis import REMEDIES, Assistant
from tests.support.builders import TENANT, a_visit, agreed_to, an_analysis, an_analysis_record, an_id
from tests.support.fakes import FakeClock, FakeIds, MemoryDatabase
from tests.support.llm_server import LlmServer, labels, llm_server
from tests.support.receiver import answers

CONTENT = load_content(ROOT / "prompts")
TEMPLATES = load_templates(ROOT / "prompts" / "templates")
CODES = [label.code for label in load_labels()]
TALK = (
    Turn(0, "骆主任，上次的报价您这边怎么看？", "rep"),
    Turn(1, "两万八一把太贵了，你打我手机13812345678再谈。", "customer"),
    Turn(2, "嗯。", "customer"),
    Turn(3, "我周五之前把分期方案发给您。", "rep"),
    Turn(4, "隔壁在放音乐啊。", "other"),
)


class Desk:
    """Stored visits, and an assistant over one server."""

    def __init__(self, server: LlmServer, *, visits: int = 1, **changes: Any) -> None:
        self.clock, self.database = FakeClock(), MemoryDatabase(FakeIds())
        self.uow, self.content = self.database, CONTENT  # all that the use case takes of the services
        for number in range(1, visits + 1):
            self.store(number, replace(an_analysis(an_id("vis", number)), turns=TALK, findings=()))
        model = OpenAiChat(server.base_url, "test-model", total_s=20.0)
        self.assistant = Assistant(
            uow=self.database, clock=self.clock, ids=FakeIds(5_000), model=model,
            masker=load_masker(), titles=CONTENT.titles,
            **{"daily_tokens": 1_000_000, "piece_characters": 12_000, "templates": TEMPLATES, **changes},
        )  # fmt: skip

    def store(self, number: int, analysis: Analysis) -> None:
        with self.database() as tx:
            tx.visits.add(a_visit(number, consent=agreed_to("transcription", "training")))
            tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number), analysis=analysis))

    def label(self, visits: int = 9) -> SilverLabels:
        self.clock.forward(hours=1)
        return label_visits(cast(Any, self), self.assistant, tenant_id=TENANT, visits=visits)


def codes_of(found: SilverLabels) -> dict[int, list[str]]:
    return {task["data"]["visit_turn"]: task["annotations"][0]["result"][0]["value"]["choices"] for task in found.tasks}


def test_what_a_quote_bears_out_becomes_a_task_and_the_trainer_reads_it(tmp_path: Path) -> None:
    said = labels((1, "price", "两万八一把太贵了"), (3, "commitment", "周五之前把分期方案发给您"))
    with llm_server(said) as server:
        found = Desk(server).label()
    assert (found.visits, found.named, found.dropped, found.failed) == (1, 2, 0, {})
    assert codes_of(found) == {0: [], 1: ["price"], 3: ["commitment"]}

    file = tmp_path / "silver.json"
    file.write_text(json.dumps(found.tasks, ensure_ascii=False), encoding="utf-8")
    talks = load_corrections(file, CODES)
    judged = [turn for talk in talks for turn in talk.turns if turn.labelled]
    assert [(turn.role, sorted(turn.codes)) for turn in judged] == [
        ("rep", []),
        ("customer", ["price"]),
        ("rep", ["commitment"]),
    ]
    assert len({talk.source for talk in talks}) == 1  # one visit, one fold
    assert [len(talk.turns) for talk in talks] == [4, 5, 5]


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ((1, "price", "三万五一把太贵"), "nobody said so"),
        ((0, "price", "两万八一把太贵了"), "another turn said so"),
        ((1, "no_such_code", "太贵了"), "no such label"),
        ((3, "price", "分期方案"), "a rep carries no objection"),
        ((77, "price", "太贵了"), "no such turn"),
        ((1, "price", " 太"), "too short to prove anything"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_label_without_ground_is_dropped_and_counted(label: tuple[int, str, str], why: str) -> None:
    del why
    with llm_server(labels(label)) as server:
        found = Desk(server).label()
    assert (found.named, found.dropped) == (0, 1)
    assert set(map(tuple, codes_of(found).values())) == {()}


def test_neither_the_model_nor_the_file_sees_a_number_that_was_said() -> None:
    with llm_server(labels()) as server:
        found = Desk(server).label()
        sent = server.words()
    assert "13812345678" not in sent
    assert "13812345678" not in json.dumps(found.tasks, ensure_ascii=False)


def test_a_task_says_that_a_machine_wrote_it() -> None:
    with llm_server(labels()) as server:
        (first, *_) = Desk(server).label().tasks
    (annotation,) = first["annotations"]
    assert annotation["completed_by"] == "test-model second_opinion"
    assert annotation["meta"] == {"source": "llm", "silver": True}


def test_an_answer_that_was_paid_for_is_not_asked_for_again() -> None:
    with llm_server(labels()) as server:
        desk = Desk(server)
        desk.label()
        desk.label()
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "changes", "failed"),
    [
        ("I cannot help with that.", {}, {"llm_unusable": 3}),
        (answers(401, b"{}"), {}, {"llm_refused": 3}),
        (answers(503, b"{}"), {}, {"llm_down": 3}),
        (labels(), {"daily_tokens": 10}, {"llm_budget": 3}),
        (labels(), {"may_send": lambda _tenant: False}, {"processor_missing": 3}),
        (labels(), {"templates": {}}, {"template_missing": 3}),
    ],
    ids=["prose", "refused", "down", "budget", "not registered", "no template in use"],
)
def test_a_visit_that_cannot_be_labelled_is_counted_with_its_reason(
    answer: Any, changes: dict[str, Any], failed: dict[str, int]
) -> None:
    with llm_server(answer) as server:
        found = Desk(server, visits=3, **changes).label()
        asked = len(server.asked)
    assert (found.visits, found.tasks, found.failed) == (0, [], failed)
    assert all(REMEDIES[code] for code in found.failed)
    if set(failed) <= {"llm_budget", "processor_missing", "template_missing"}:
        assert asked == 0


def test_only_the_newest_visits_are_sent() -> None:
    with llm_server(labels()) as server:
        assert Desk(server, visits=3).label(visits=2).visits == 2
        assert len(server.asked) == 2
