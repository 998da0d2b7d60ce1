"""Loads a content directory, all or nothing.

Invariant: what comes back is complete and consistent; otherwise nothing does, and the error lists every fault with
file, line, key, reason and way out, so that an author can mend them in one go.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from nlp import taxonomy
from nlp.errors import ContentInvalid
from nlp.strict_yaml import Data, Document, parse
from service.adapters.content.references import find_reference_faults
from service.domain.content.attribution import AttributionCard
from service.domain.content.bundle import Content
from service.domain.content.checklists import ChecklistItem
from service.domain.content.closed_loops import ClosedLoop
from service.domain.content.courses import CourseItem
from service.domain.content.credibility import CredibilityCard
from service.domain.content.cues import CueCard
from service.domain.content.deal_desk import DealDesk
from service.domain.content.facts import FactCard
from service.domain.content.header import Closed, Header
from service.domain.content.health_cards import HealthCard
from service.domain.content.hint_cards import HintCard
from service.domain.content.keyword_packs import KeywordPackItem
from service.domain.content.loss_patterns import LossPattern
from service.domain.content.metrics import Metric
from service.domain.content.office import OfficeCard
from service.domain.content.owned import OWNED
from service.domain.content.plan_cards import PlanCard
from service.domain.content.pressure_cards import PressureCard
from service.domain.content.processes import Process
from service.domain.content.report_cards import ReportCard
from service.domain.content.scorecards import SkillCard
from service.domain.content.talktracks import TalkTrack
from service.domain.content.vocabulary import Vocabulary

EVENTS = "events.yaml"
MOST_FAULTS = 50  # of one file: nobody reads on, and an answer stays short
ItemT = TypeVar("ItemT", bound=Header)
ClosedT = TypeVar("ClosedT", bound=Closed)


@dataclass
class _Reading:
    """What one load has seen so far: faults, the plain data of each file for the digest, the text of some."""

    root: Path
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seen: dict[str, Data] = field(default_factory=dict)


def load_content(directory: Path) -> Content:
    """All content under a directory laid out as `prompts/` is.

    Raises:
        ContentInvalid: any file that cannot be read or breaks its schema, any reference to something missing; every
            fault on a line of its own.
    """
    if not directory.is_dir():
        raise ContentInvalid(f"{directory}: no such directory; name the folder that holds taxonomy/, hints/, …")
    reading = _Reading(directory)
    labels = taxonomy.Taxonomy(())
    try:
        labels = taxonomy.load(directory / "taxonomy")
    except ContentInvalid as fault:
        reading.faults.extend(f"taxonomy/{line}" for line in str(fault).splitlines())
    reading.vocabulary = _load_vocabulary(reading)
    content = Content(
        taxonomy=labels,
        vocabulary=reading.vocabulary,
        keyword_packs=tuple(pack.as_pack() for pack in _load_kind(reading, "keywords", KeywordPackItem) if pack.in_use),
        hint_cards=_load_kind(reading, "hints", HintCard),
        courses=_load_kind(reading, "courses", CourseItem),
        talktracks=_load_kind(reading, "talktracks", TalkTrack),
        checklist_items=_load_kind(reading, "checklists", ChecklistItem),
        skill_cards=_load_kind(reading, "scorecards/skills", SkillCard),
        processes=_load_kind(reading, "processes", Process),
        health_cards=_load_kind(reading, "scorecards/health", HealthCard),
        metrics=_load_kind(reading, "metrics", Metric),
        credibility_cards=_load_kind(reading, "scorecards/credibility", CredibilityCard),
        loss_patterns=_load_kind(reading, "loss_patterns", LossPattern),
        plan_cards=_load_kind(reading, "plans", PlanCard),
        deal_desks=_load_kind(reading, "deal_desk", DealDesk),
        attribution_cards=_load_kind(reading, "scorecards/attribution", AttributionCard),
        cue_cards=_load_kind(reading, "cues", CueCard),
        office_cards=_load_kind(reading, "office", OfficeCard),
        report_cards=_load_kind(reading, "reports", ReportCard),
        closed_loops=_load_kind(reading, "closed_loops", ClosedLoop),
        pressure_cards=_load_kind(reading, "pressure_tests", PressureCard),
        fact_cards=_load_kind(reading, "facts", FactCard),
        texts=reading.texts,
        digest=_digest(reading, labels),
        titles={(label.kind, label.code): label.title for label in labels.labels},
    )
    if not reading.faults:
        reading.faults.extend(find_reference_faults(content))
    if reading.faults:
        raise ContentInvalid("\n".join(reading.faults))
    return content


def parse_item(kind: type[ClosedT], text: str, *, source: str) -> ClosedT:
    """One content item from the text of its file.

    Args:
        source: the file's name, for error messages.

    Raises:
        ContentInvalid: not YAML, or not what this kind's schema allows; one line a fault, each with its line number.
    """
    return validated(kind, parse(text, source=source), source=source)


def _load_vocabulary(reading: _Reading) -> Vocabulary:
    """The names of events; none where the directory holds none."""
    file = reading.root / EVENTS
    if not file.is_file():
        return Vocabulary()
    try:
        document = parse(file.read_text("utf-8"), source=EVENTS)
        found = validated(Vocabulary, document, source=EVENTS)
    except ContentInvalid as fault:
        reading.faults.extend(str(fault).splitlines())
        return Vocabulary()
    except UnicodeDecodeError:
        reading.faults.append(f"{EVENTS}: not UTF-8; save it as UTF-8")
        return Vocabulary()
    reading.seen[EVENTS] = document.data
    return found


def _load_kind(reading: _Reading, folder: str, kind: type[ItemT]) -> tuple[ItemT, ...]:
    items: list[ItemT] = []
    for file in sorted((reading.root / folder).rglob("*.yaml")):
        source = file.relative_to(reading.root).as_posix()
        try:
            text = file.read_text("utf-8")
            document = parse(text, source=source)
            item = validated(kind, document, source=source, vocabulary=reading.vocabulary)
        except ContentInvalid as fault:
            reading.faults.extend(str(fault).splitlines())
        except UnicodeDecodeError:
            reading.faults.append(f"{source}: not UTF-8; save it as UTF-8")
        else:
            reading.seen[source] = document.data
            items.append(item)
            reading.texts.update({(name, item.id): text for name, owned in OWNED.items() if owned.folder == folder})
            if item.id != file.stem:
                line = document.line(("id",))
                reading.faults.append(f"{source}:{line}: key `id`: {item.id!r} is not the file's name; rename one")
    return tuple(sorted(items, key=lambda item: item.id))


def validated(kind: type[ClosedT], document: Document, *, source: str, vocabulary: Vocabulary | None = None) -> ClosedT:
    """What a document says, as its kind's schema has it; event types stand with their other names.

    Raises:
        ContentInvalid: one line a fault, each with its line number.
    """
    try:
        context = {} if vocabulary is None else {"families": vocabulary.families}
        return kind.model_validate(document.data, context=context)
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_url=False, include_input=False):
            path = (*fault["loc"], *getattr(fault.get("ctx", {}).get("error"), "path", ()))
            key = ".".join(str(part) for part in path) or "(file)"
            lines.append(f"{source}:{document.line(path)}: key `{key}`: {_reason(fault['type'], fault['msg'], kind)}")
        more = len(lines) - MOST_FAULTS
        if more > 0:
            lines[MOST_FAULTS:] = [f"{source}: {more} more faults like these; mend the first ones, then check again"]
        raise ContentInvalid("\n".join(lines)) from error


def _reason(fault: str, message: str, kind: type[Closed]) -> str:
    if fault == "extra_forbidden":
        return f"unknown key; at the top level allowed: {', '.join(kind.model_fields)}"
    if fault == "missing":
        return "missing; add it"
    return message.removeprefix("Value error, ")


def _digest(reading: _Reading, labels: taxonomy.Taxonomy) -> str:
    """SHA-256 over what the files mean: comments, key order and line breaks do not change it."""
    canonical = json.dumps(
        {"files": reading.seen, "taxonomy": [repr(label) for label in labels.labels]},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
