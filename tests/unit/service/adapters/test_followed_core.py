"""A process that runs on while models are promoted: the next job takes the new one, and the old one is let go."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from nlp.classify import OperatingPoints
from nlp.errors import ModelMissing, ModelRefused
from nlp.types import Transcript, Turn, VisitContext
from service.adapters.followed_core import FollowedCore, VersionsInUse
from service.adapters.text_core import TextCore, TextModels

VISIT = VisitContext("vis_1", date(2026, 3, 11))
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


class Model:
    """Answers everything with its version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.simulated = version.endswith("0")

    def judge(self, text: str, *, sender: str, context: str) -> str:
        return f"{self.version} of {sender}: {context}{text}"

    def assess(self, history: object, *, now: datetime) -> str:
        return f"{self.version} at {now:%H:%M}, {history}"


@dataclass(frozen=True)
class Says:
    """Says which turn model it would ask."""

    turn_models: Any = None
    role_model: Any = None
    churn_model: Any = None

    def analyze(self, transcript: object, *, context: VisitContext) -> str:
        return f"{context.visit_id}: {self.turn_models.version}, {transcript}"

    def hear(self, earlier: object, turn: Turn, *, context: VisitContext) -> str:
        return f"{self.turn_models.version} heard {turn.text} after {earlier} in {context.visit_id}"

    def attribute(self, transcript: object) -> str:
        return f"{self.turn_models.version} attributes {transcript}"


@dataclass(frozen=True)
class Digest:
    digest: str = "0123456789abcdef"


def some_models(number: int) -> TextModels:
    made: Any = [Model(f"{task}-{number}") for task in ("triage", "turns", "roles", "churn", "accounts")]
    return TextModels({}, *made)


@dataclass
class Shelf:
    """What a registry says and gives; work in the background waits until it is let go."""

    number: int = 0
    fault: Exception | None = None
    loads: int = 0
    waiting: list[Callable[[], object]] = field(default_factory=list)

    def load(self, held: TextModels) -> TextModels:
        self.loads += 1
        if self.fault is not None:
            raise self.fault
        return replace(held, turns=cast(Any, Model(f"turns-{self.number}")), triage=cast(Any, Model("triage-new")))

    def follow(self) -> FollowedCore:
        core = TextCore(cast(Any, Says()), some_models(0), cast(Any, Digest()), cast(Any, None), (), OperatingPoints())
        core = core.with_models(core.models)
        return FollowedCore(core, stamp=lambda: self.number, load=self.load, start=self.waiting.append)


def analysed(followed: FollowedCore) -> object:
    return followed.analyze(cast(Any, "said"), context=VISIT)


def test_without_a_promotion_nothing_is_read_again() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    assert [analysed(followed), analysed(followed)] == ["vis_1: turns-0, said"] * 2
    assert (shelf.loads, shelf.waiting) == (0, [])


def test_the_next_analysis_is_made_by_the_promoted_model() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    shelf.number = 1
    assert [analysed(followed), analysed(followed)] == ["vis_1: turns-1, said"] * 2
    assert shelf.loads == 1


def test_the_old_model_is_given_back_once_nobody_works_with_it() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    at_work = followed.current()
    old = weakref.ref(at_work.models.turns)
    shelf.number = 1
    analysed(followed)
    assert old() is not None  # a job that began before ends with what it began with
    del at_work
    gc.collect()
    assert old() is None


@pytest.mark.parametrize(
    ("ask", "before", "after"),
    [
        (
            lambda core: core.judge("贵了", sender="customer", context="年框"),
            "triage-0 of customer: 年框贵了",
            "triage-new of customer: 年框贵了",
        ),
        (
            lambda core: core.hear((), Turn(3, "太贵", "customer"), context=VISIT),
            "turns-0 heard 太贵 after () in vis_1",
            "turns-2 heard 太贵 after () in vis_1",
        ),
        (lambda core: core.attribute("said"), "turns-0 attributes said", "turns-2 attributes said"),
    ],
    ids=["a message", "a sentence of a talk that goes on", "roles of a short recording"],
)
def test_who_cannot_wait_is_answered_by_the_old_model_until_the_new_one_is_read(
    ask: Callable[[FollowedCore], object], before: str, after: str
) -> None:
    shelf = Shelf()
    followed = shelf.follow()
    shelf.number = 2
    assert [ask(followed), ask(followed)] == [before, before]
    (work,) = shelf.waiting  # one reads, however many ask
    work()
    assert ask(followed) == after
    assert (shelf.loads, len(shelf.waiting)) == (1, 1)


def test_a_promotion_while_another_is_read_is_not_lost() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    shelf.number = 1
    followed.attribute(cast(Any, ""))
    shelf.waiting.pop()()
    shelf.number = 2
    followed.attribute(cast(Any, ""))
    shelf.waiting.pop()()
    assert analysed(followed) == "vis_1: turns-2, said"


@pytest.mark.parametrize(
    "fault",
    [ModelRefused("SHA-256 of linear.onnx is not the one"), ModelMissing("none", remedy="x"), OSError("gone")],
    ids=["damaged", "missing", "unreadable"],
)
def test_a_version_that_cannot_be_read_leaves_the_one_in_use_and_says_so_once(fault: Exception) -> None:
    shelf = Shelf(fault=fault)
    followed = shelf.follow()
    shelf.number = 1
    with structlog.testing.capture_logs() as logs:
        assert [analysed(followed), analysed(followed)] == ["vis_1: turns-0, said"] * 2
    assert [line["event"] for line in logs] == ["models_not_reloaded"]
    assert shelf.loads == 1
    shelf.fault, shelf.number = None, 2
    assert analysed(followed) == "vis_1: turns-2, said"


def test_a_version_that_cannot_be_read_in_the_background_does_not_block_the_next() -> None:
    shelf = Shelf(fault=ModelRefused("damaged"))
    followed = shelf.follow()
    shelf.number = 1
    followed.attribute(cast(Any, ""))
    shelf.waiting.pop()()
    shelf.fault, shelf.number = None, 2
    assert analysed(followed) == "vis_1: turns-2, said"


def test_the_versions_that_make_results_are_those_in_use() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    versions = VersionsInUse(followed, service="0.1.0")
    assert dict(versions) == {
        "service": "0.1.0",
        "content": "0123456789ab",
        **{task: f"{task}-0" for task in ("turns", "roles", "triage", "churn", "accounts")},
    }
    shelf.number = 1
    analysed(followed)
    assert (versions["turns"], versions["service"], len(versions)) == ("turns-1", "0.1.0", 7)
    assert "points" not in versions


def test_thresholds_that_were_chosen_are_among_the_versions() -> None:
    core = Shelf().follow().current()
    chosen = replace(core, points=OperatingPoints("f1", {"price": "recall_90"}))
    assert chosen.versions["points"] == "f1, price recall_90"


def test_account_risk_comes_from_the_model_in_use() -> None:
    followed = Shelf().follow()
    assert followed.assess(cast(Any, "history"), now=NOON) == "accounts-0 at 12:00, history"
    assert followed.simulated


def test_without_an_account_model_the_way_out_is_named() -> None:
    core = Shelf().follow().current()
    followed = FollowedCore(
        core.with_models(replace(core.models, accounts=None)), stamp=lambda: 0, load=lambda held: held
    )
    assert followed.simulated
    with pytest.raises(ModelMissing, match="no account risk model"):
        followed.assess(cast(Any, "history"), now=NOON)


def test_work_in_the_background_is_done_by_a_thread_that_dies_with_the_process(tmp_path: Path) -> None:
    from service.adapters.followed_core import in_background

    thread = in_background(lambda: (tmp_path / "done").write_text("yes"))
    thread.join(timeout=60)
    assert thread.daemon
    assert (tmp_path / "done").read_text() == "yes"


def test_a_transcript_is_analysed_by_one_core_from_beginning_to_end() -> None:
    shelf = Shelf()
    followed = shelf.follow()
    first = followed.current()
    shelf.number = 1
    assert first.analyzer.analyze(Transcript(()), context=VISIT) == f"vis_1: turns-0, {Transcript(())}"
    assert followed.current() is not first
