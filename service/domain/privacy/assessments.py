"""Impact assessments and records of processing as versions: what is done with data, and what changed since approval.

Both are made of one document that is read from settings and rows, so that neither can say what is not so; what only
people can judge (risks, what is done against them) is a text beside it. Invariant: a version's digest covers document
and text, and no version is ever changed but by its approval.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from service.domain.privacy.rules import DEFAULT_DAYS, ProcessorRow, RetentionRow
from service.domain.visit import PURPOSES

AssessmentKind = Literal["impact", "record"]
ASSESSMENT_KINDS: tuple[AssessmentKind, ...] = ("impact", "record")
Document = Mapping[str, Mapping[str, Any]]
"""Sections of named items; an item is a text, a number, a truth value or a list of texts."""

_DATA = {
    "audio": "recordings of sales visits: what customers and reps said, in their voices",
    "transcript": "what was said, in words, with who said it and when",
    "features": "what models and rules made of it: findings with quotes, risk, hints, skill values",
    "audit": "who did what to which object, when and why",
}
_PURPOSES = {
    "recording": "to hear a visit again",
    "transcription": "to understand what was said, and to tell the CRM",
    "coaching": "advice to reps and their managers",
    "training": "to make the tenant's own models better; never without its own consent",
    "voices": "to tell apart who speaks; no measure of a voice is kept",
}
_DECISIONS = {
    "scores of staff": "advice; each shows quote, detector and version, and can be appealed",
    "risk of accounts": "advice; each shows its reasons",
    "rules of playbooks": "alerts and decisions that people set up, with the facts they rest on",
}


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One version; `at` is when it was made, `approved_at` when somebody answered for it."""

    id: str
    tenant_id: str
    at: datetime
    kind: AssessmentKind
    version: int
    digest: str
    document: Document
    text: str
    author: str
    approved_at: datetime | None = None
    approved_by: str = ""

    def holds(self) -> bool:
        """Whether document and text are those that were made."""
        return digest_of(self.document, self.text) == self.digest


@dataclass(frozen=True, slots=True)
class Change:
    """One item that differs; None where it was not there, or is not any more."""

    section: str
    item: str
    before: Any
    after: Any

    def told(self) -> str:
        """The change in words."""
        if self.before is None:
            return f"{self.section}: {self.item} is new"
        if self.after is None:
            return f"{self.section}: {self.item} is gone"
        return f"{self.section}: {self.item} was {_shown(self.before)}, is {_shown(self.after)}"


@dataclass(frozen=True, slots=True)
class Measures:
    """What the settings say of an installation, as far as it belongs into an assessment."""

    region: str
    regions: tuple[str, ...]
    receivers: Mapping[str, str]
    kinds_masked: tuple[str, ...]
    encrypts_at_rest: bool
    masks_events: bool
    processors_required: bool


def document_of(measures: Measures, policy: RetentionRow, processors: Sequence[ProcessorRow]) -> dict[str, Any]:
    """What is done with personal data now, section by section; the same facts give the same document."""
    kept: dict[str, Any] = {f"{kind}_days": policy.keeps(kind).days for kind in DEFAULT_DAYS}
    return {
        "data": dict(_DATA),
        "purposes": {purpose: _PURPOSES[purpose] for purpose in PURPOSES},
        "people": {"customers": "who spoke in a visit", "staff": "reps and those who manage or train them"},
        "retention": {**kept, "audio_delete_after_asr": policy.audio_delete_after_asr},
        "processors": {f"{row.kind} {row.host}": _processor(row) for row in processors},
        "receivers": dict(sorted(measures.receivers.items())),
        "regions": {"home": measures.region, "covered": sorted(measures.regions)},
        "decisions": dict(_DECISIONS),
        "measures": {
            "encrypted at rest": measures.encrypts_at_rest,
            "events masked": measures.masks_events,
            "kinds masked": sorted(measures.kinds_masked),
            "register required": measures.processors_required,
        },
    }


def _processor(row: ProcessorRow) -> list[str]:
    return [row.name, row.region, row.purpose, ", ".join(row.fields), row.contract_ref]


def digest_of(document: Document, text: str) -> str:
    """The digest of one version."""
    canonical = json.dumps([document, text], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def compare(before: Document, after: Document) -> list[Change]:
    """Every item that differs, section by section, in the order of their names."""
    return [
        Change(section, item, was, is_)
        for section in sorted({*before, *after})
        for item in sorted({*before.get(section, {}), *after.get(section, {})})
        if (was := before.get(section, {}).get(item)) != (is_ := after.get(section, {}).get(item))
    ]


def to_markdown(document: Document) -> Iterator[str]:
    """The document as lines that people read."""
    for section, items in document.items():
        yield f"\n## {section}\n"
        yield "| what | |\n| --- | --- |"
        for item, value in items.items():
            yield f"| {item} | {_shown(value)} |"


def _shown(value: Any) -> str:  # noqa: ANN401 - an item's value
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
