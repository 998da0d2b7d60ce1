"""The second opinion over a real connection: it adds what stands word for word and was in doubt, and takes nothing."""

from dataclasses import replace
from typing import Any, cast

import pytest

from nlp.text.masking import load_masker
from nlp.types import Analysis
from service.adapters.llm.openai_chat import OpenAiChat
from service.adapters.llm.templates import load_templates
from service.settings import ROOT
from service.usecases.visits.assist_analysis import Assistant
from tests.support.builders import TENANT, a_visit, an_id
from tests.support.doubting import TALK, DoubtingCore, doubting_core
from tests.support.fakes import FakeClock, FakeIds, MemoryDatabase
from tests.support.injections import corpus
from tests.support.llm_server import LlmServer, labels, llm_server
from tests.support.receiver import answers

TEMPLATE = {"second_opinion": load_templates(ROOT / "prompts" / "templates")["second_opinion"]}
TITLES = {("objection", "price"): "价格", ("signal", "commitment"): "承诺"}
DOUBTED = (1, "price", "能不能便宜点")


class Desk:
    """An assistant over one server and small models, and the visit it is asked about."""

    def __init__(self, server: LlmServer, *, core: DoubtingCore | None = None, **changes: Any) -> None:
        self.core = core or doubting_core()
        self.database, self.clock = MemoryDatabase(FakeIds()), FakeClock()
        with self.database() as tx:
            tx.visits.add(a_visit())
            visit = tx.visits.get(TENANT, an_id("vis"))
        assert visit is not None
        self.context = visit.context()
        self.assistant = Assistant(
            uow=self.database, clock=self.clock, ids=FakeIds(5_000), templates=TEMPLATE, titles=TITLES,
            model=OpenAiChat(server.base_url, "test-model", total_s=20.0), masker=load_masker(),
            core=cast(Any, self.core), **{"daily_tokens": 1_000_000, "piece_characters": 12_000, **changes},
        )  # fmt: skip

    def built_in(self, *more: str) -> Analysis:
        said = [replace(TALK[1], i=len(TALK) + at, text=text) for at, text in enumerate(more)]
        return self.core.analyze((*TALK, *said), context=self.context)

    def assist(self, analysis: Analysis | None = None) -> Analysis:
        return self.assistant.assist(TENANT, analysis or self.built_in())


def label_ids(analysis: Analysis) -> set[tuple[int, str, str]]:
    return {(f.turn, f.code, f.explanation.detector) for f in analysis.findings if f.kind in ("objection", "signal")}


def test_what_the_local_model_missed_is_added_and_says_who_saw_it() -> None:
    with llm_server(labels(DOUBTED)) as server:
        desk = Desk(server)
        found = desk.assist()
    assert label_ids(found) - label_ids(desk.built_in()) == {(1, "price", "second_opinion")}
    (added,) = [f for f in found.findings if f.explanation.detector == "second_opinion"]
    assert (added.quote, added.explanation.version) == ("能不能便宜点", "test-model second_opinion/v1")
    assert added.score < 0.5
    assert found.versions["second_opinion"] == "test-model second_opinion/v1"
    assert found.skipped == desk.built_in().skipped


def test_what_it_does_not_see_stays_with_its_score_and_is_marked() -> None:
    with llm_server(labels(DOUBTED)) as server:
        desk = Desk(server)
        found = {f.id: f for f in desk.assist().findings}
    for before in desk.built_in().findings:
        marked = {**before.attributes, "second_opinion": "does_not_see_it"} if before.kind == "objection" else None
        assert found[before.id] == (replace(before, attributes=marked) if marked else before)


@pytest.mark.parametrize(
    ("label", "dropped"),
    [
        ((1, "price", "能不能便宜一点"), 1),
        ((1, "price", "能不能 便宜点"), 0),
        ((4, "price", "天气不错"), 0),
        ((0, "commitment", "你们太贵了"), 0),
        ((2, "price", "便宜点吧"), 0),
        ((1, "no_such_code", "能不能便宜点"), 0),
        ((77, "price", "能不能便宜点"), 1),
        ((3, "price", "能不能便宜点"), 1),
    ],
    ids=["not said so", "not word for word", "ruled out", "not this one", "a rep's", "no such label", "no such turn",
         "another turn"],
)  # fmt: skip
def test_a_claim_without_its_words_or_beyond_doubt_adds_nothing(label: tuple[int, str, str], dropped: int) -> None:
    with llm_server(labels(label)) as server:
        desk = Desk(server)
        found = desk.assist()
    assert label_ids(found) == label_ids(desk.built_in())
    assert found.dropped_quotes == desk.built_in().dropped_quotes + dropped


def test_a_second_run_neither_asks_again_nor_agrees_with_itself() -> None:
    with llm_server(labels(DOUBTED)) as server:
        desk = Desk(server)
        once = desk.assist()
        assert desk.assist(once) == replace(once, versions=once.versions)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "changes", "reason"),
    [
        ("I cannot help with that.", {}, "llm_unusable"),
        ('{"labels": [{"turn": 1, "code": "price"}]}', {}, "llm_unusable"),
        ('{"labels": [{"turn": 1, "code": "price", "quote": "便宜", "score": 1}]}', {}, "llm_unusable"),
        (answers(401, b"{}"), {}, "llm_refused"),
        (answers(503, b"{}"), {}, "llm_down"),
        (labels(DOUBTED), {"daily_tokens": 10}, "llm_budget"),
    ],
    ids=["prose", "no quote", "a score of its own", "refused", "down", "budget"],
)
def test_a_model_that_fails_leaves_every_finding_as_it_was(answer: Any, changes: dict[str, Any], reason: str) -> None:
    with llm_server(answer) as server:
        desk = Desk(server, **changes)
        found = desk.assist()
    assert found.findings == desk.built_in().findings
    assert [(one.what, one.reason) for one in found.skipped if one.what == "llm_second_opinion"] == [
        ("llm_second_opinion", reason)
    ]


def test_five_failures_end_the_asking_for_a_while() -> None:
    with llm_server(answers(500)) as server:
        desk = Desk(server)
        for _ in range(7):
            desk.assist()
        assert len(server.asked) == 5


def test_where_precision_was_asked_for_it_only_marks() -> None:
    with llm_server(labels(DOUBTED)) as server:
        desk = Desk(server, core=doubting_core("precision_90"))
        assert label_ids(desk.assist()) == label_ids(desk.built_in())


def claims_everything(request: dict[str, Any]) -> str:
    """The most gullible model there is: every label for every line, with all of its words as the quote."""
    lines = request["messages"][1]["content"].splitlines()[1:-1]
    said = [(int(line[1 : line.index("]")]), line.partition("：")[2][:200]) for line in lines]
    return labels(*[(turn, code, words) for turn, words in said for code in ("price", "commitment") if len(words) > 1])


def test_a_model_that_claims_everything_gets_what_was_in_doubt_and_no_more() -> None:
    with llm_server(claims_everything) as server:
        desk = Desk(server)
        found = desk.assist()
    fresh = label_ids(found) - label_ids(desk.built_in())
    assert fresh == {(1, "price", "second_opinion"), (3, "commitment", "second_opinion")}
    assert found.churn_risk == desk.built_in().churn_risk


def test_two_hundred_injections_obeyed_to_the_letter_add_no_label_that_was_ruled_out() -> None:
    core = doubting_core()
    for case in corpus():
        with llm_server(claims_everything) as server:
            desk = Desk(server, core=core)
            before = desk.built_in(*case.said)
            found = desk.assist(before)
        doubts = core.analyzer.turn_models.doubts(before.turns)  # type: ignore[union-attr]
        allowed = {(turn.i, code) for turn, one in zip(before.turns, doubts, strict=True)
                   for code in (*one.objections, *one.signals)}  # fmt: skip
        fresh = {(turn, code) for turn, code, _ in label_ids(found) - label_ids(before)}
        assert fresh <= allowed, case.name
        assert {f.id for f in before.findings} <= {f.id for f in found.findings}, case.name
