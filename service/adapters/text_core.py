"""The language core with its models and content, loaded from directories: what the service and the commands share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from nlp.churn import ChurnModel
from nlp.classify import TriageModel, TurnModels
from nlp.errors import ModelMissing
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon, load_lexicon
from nlp.pipeline import Analyzer
from nlp.roles import RoleModel
from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content

log = structlog.get_logger(__name__)
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class TextCore:
    """Analyzer, triage and content under one digest; `hotwords` are every pack's terms, in the packs' order."""

    analyzer: Analyzer
    triage: TriageModel
    content: Content
    lexicon: Lexicon
    hotwords: tuple[str, ...]
    versions: Mapping[str, str]


def load_text_core(*, models_dir: Path, prompts_dir: Path) -> TextCore:
    """Everything that turns text into findings; takes about a second.

    Raises:
        ContentInvalid: a content file is wrong; every fault on a line of its own.
        ModelRefused: a model's files are not those its manifest names. ModelMissing: there is no triage model.
    """
    content = load_content(prompts_dir)
    lexicon = load_lexicon()
    packs = content.keyword_packs
    turn_models = _present(lambda: TurnModels.load(models_dir / "turns"))
    role_model = _present(lambda: RoleModel.load(models_dir / "roles"))
    churn_model = _present(lambda: ChurnModel.load(models_dir / "churn"))
    triage = TriageModel.load(models_dir / "triage")
    analyzer = Analyzer(
        lexicon=lexicon,
        matcher=KeywordMatcher.build(packs, lexicon=lexicon),
        turn_models=turn_models,
        role_model=role_model,
        churn_model=churn_model,
        titles={code: title for (kind, code), title in content.titles.items() if kind == "objection"},
        versions={"content": content.digest[:12]},
    )
    named = {"turns": turn_models, "roles": role_model, "churn": churn_model, "triage": triage}
    versions = {"content": content.digest[:12], **{name: m.version for name, m in named.items() if m is not None}}
    hotwords = tuple(dict.fromkeys(word for pack in packs for word in pack.hotwords()))
    return TextCore(analyzer, triage, content, lexicon, hotwords, versions)


def _present(load: Callable[[], Model]) -> Model | None:
    """The model, or None where there is none: its part of each analysis is then skipped, with the way out."""
    try:
        return load()
    except ModelMissing as missing:
        log.warning("model_missing", detail=str(missing))
        return None
