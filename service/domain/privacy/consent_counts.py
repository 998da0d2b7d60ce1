"""How far what is kept of visits is covered by what was agreed to: counted for the proof of the duties.

Invariant: a consent that ended or was withdrawn covers nothing; one that names no purposes covers what `UNNAMED` says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.visit import Consent

COUNTS = ("without", "beyond", "unnamed", "unproven", "purposeless", "trainable", "untrained", "unverified")


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit that holds words or audio: its consent, and what is kept of it."""

    consent: Consent | None
    audio: bool = False
    coached: bool = False


def count_consents(visits: Iterable[Kept], now: datetime) -> Mapping[str, int]:
    """Visits `without` a consent that stands; that keep something `beyond` it; whose consent leaves the notice
    `unnamed`, or names it without the hash of its text (`unproven`), or names no purposes (`purposeless`); that are
    `trainable`, and those that are `untrained` because training was withdrawn; that wait `unverified` for a person."""
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    for visit in visits:
        consent = visit.consent
        if consent is None or not consent.holds_at(now):
            counts["without"] += 1
            continue
        purposes = consent.purposes()
        withdrawn = {each.purpose for each in consent.named() if each.withdrawn_at is not None}
        counts["beyond"] += (visit.audio and "recording" not in purposes) or (
            visit.coached and "coaching" not in purposes
        )
        counts["unnamed"] += not consent.notice_version
        counts["unproven"] += bool(consent.notice_version) and not consent.notice_sha256
        counts["purposeless"] += not consent.agreed
        counts["trainable"] += "training" in purposes
        counts["untrained"] += "training" in withdrawn
        counts["unverified"] += consent.unverified
    return dict(counts)
