"""The language core with its models and content, loaded from directories: what the service and the commands share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

import structlog

from nlp.asr.finishing import Finishing
from nlp.churn import ChurnModel
from nlp.churn.account import AccountRiskModel
from nlp.classify import OperatingPoints, TriageModel, TurnModels
from nlp.classify.triage import STEP_IN
from nlp.errors import InputInvalid, ModelMissing
from nlp.keywords.lint import find_collisions
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.pack import KeywordPack
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.pipeline import Analyzer
from nlp.roles import RoleModel
from nlp.text.punctuation import Punctuator
from service.adapters.content.loader import load_content
from service.adapters.model_registry import Registry
from service.domain.content.bundle import Content
from service.domain.model_versions import TASKS

log = structlog.get_logger(__name__)
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class TextModels:
    """The models in use and the directories they came from; a version's directory never changes."""

    directories: Mapping[str, Path]
    triage: TriageModel
    turns: TurnModels | None = None
    roles: RoleModel | None = None
    churn: ChurnModel | None = None
    accounts: AccountRiskModel | None = None

    def versions(self) -> dict[str, str]:
        """Task to the name of its version, for those that are there."""
        named = ((task, getattr(self, task)) for task in TASKS)
        return {task: model.version for task, model in named if model is not None}


@dataclass(frozen=True, slots=True)
class TextCore:
    """Analyzer, triage and content under one digest; `hotwords` are every pack's terms, in the packs' order."""

    analyzer: Analyzer
    models: TextModels
    content: Content
    lexicon: Lexicon
    hotwords: tuple[str, ...]
    points: OperatingPoints = field(default_factory=OperatingPoints)
    punctuator: Punctuator | None = None

    @property
    def triage(self) -> TriageModel:
        """The triage model in use."""
        return self.models.triage

    @property
    def finishing(self) -> Finishing:
        """What makes heard text ready to be read."""
        return Finishing(self.punctuator, self.analyzer.matcher, self.lexicon.folder.fold)

    @property
    def versions(self) -> Mapping[str, str]:
        """What makes the results: content, models, and thresholds where other ones than usual were asked for."""
        chosen = {} if self.points == OperatingPoints() else {"points": self.points.name}
        return MappingProxyType({"content": self.content.digest[:12], **self.models.versions(), **chosen})

    def with_models(self, models: TextModels) -> "TextCore":
        """The same core judging with `models`."""
        analyzer = replace(self.analyzer, turn_models=models.turns, role_model=models.roles, churn_model=models.churn)
        return replace(self, analyzer=analyzer, models=models)


def load_models(
    registry: Registry,
    *,
    points: OperatingPoints | None = None,
    held: TextModels | None = None,
    encoder: Path | None = None,
) -> TextModels:
    """The version in use of every model; what `held` has already read from the same directory is taken from there.

    Args:
        encoder: where the sentence encoder lies, for models that name one.

    Raises:
        ModelRefused: a model's files are not those its manifest names, or the encoder is not the one it names.
        ModelMissing: there is no triage model.
    """
    directories = {task: registry.champion(task) for task in TASKS}

    def opened(task: str, load: Callable[[Path], Model]) -> Model:
        if held is not None and held.directories[task] == directories[task]:
            return cast(Model, getattr(held, task))
        return load(directories[task])

    return TextModels(
        directories,
        opened("triage", lambda path: TriageModel.load(path, points=points)),
        _present(lambda: opened("turns", lambda path: TurnModels.load(path, points=points, encoder=encoder))),
        _present(lambda: opened("roles", RoleModel.load)),
        _present(lambda: opened("churn", ChurnModel.load)),
        _present(lambda: opened("accounts", AccountRiskModel.load)),
    )


def load_text_core(
    *,
    models_dir: Path,
    prompts_dir: Path,
    versions_dir: Path | None = None,
    points: OperatingPoints | None = None,
    encoder: Path | None = None,
) -> TextCore:
    """Everything that turns text into findings; takes about a second.

    Args:
        models_dir: the shipped models.
        prompts_dir: the content.
        versions_dir: where models trained by this installation lie; a promoted one takes the shipped one's place.
        points: which thresholds decide; None for the best F1 of each label.
        encoder: where the sentence encoder lies, for models that name one.

    Raises:
        ContentInvalid: a content file is wrong; every fault on a line of its own.
        InputInvalid: `points` names a label that the taxonomy does not hold.
        ModelRefused: a model's files are not those its manifest names, or the encoder is not the one it names.
        ModelMissing: there is no triage model.
    """
    content, points = load_content(prompts_dir), points or OperatingPoints()
    _check_points(points, content)
    lexicon = load_lexicon()
    packs = content.keyword_packs
    _name_collisions(packs, lexicon)
    models = load_models(Registry(versions_dir or models_dir, shipped=models_dir), points=points, encoder=encoder)
    analyzer = Analyzer(
        lexicon=lexicon,
        matcher=KeywordMatcher.build(packs, lexicon=lexicon),
        titles={code: title for (kind, code), title in content.titles.items() if kind == "objection"},
        versions={"content": content.digest[:12]},
    )
    hotwords = tuple(dict.fromkeys(word for pack in packs for word in pack.hotwords()))
    punctuator = _present(lambda: Punctuator.load(models_dir / "punctuation"))
    core = TextCore(analyzer, models, content, lexicon, hotwords, points, punctuator)
    return core.with_models(models)


def _name_collisions(packs: Sequence[KeywordPack], lexicon: Lexicon) -> None:
    """Terms that cannot be told apart by sound are said at start-up and go on working: an expert decides."""
    for one in find_collisions(packs, lexicon=lexicon):
        detail = (
            f"{one.term} ({one.pack}) and {one.other} ({one.other_pack}): drop one, or make it an alias of the other"
        )
        log.warning("keyword_collision", kind=one.kind, detail=detail)


def _check_points(points: OperatingPoints, content: Content) -> None:
    known = {code for kind, code in content.titles if kind in ("objection", "signal")} | {STEP_IN}
    unknown = sorted(set(points.of_label) - known)
    if unknown:
        raise InputInvalid(f"FIELDCUE_CONTENT__POINTS: there is no label {', '.join(unknown)}; the taxonomy names them")


def _present(load: Callable[[], Model]) -> Model | None:
    """The model, or None where there is none: its part of each analysis is then skipped, with the way out."""
    try:
        return load()
    except ModelMissing as missing:
        log.warning("model_missing", detail=str(missing))
        return None
