"""The quick checklist of one visit: three items chosen for it, answered in one call, or skipped by a signed proof.

Invariant: the items are fixed when they are first shown, so that what is answered is what was asked; every answer is an
observation of its item's skill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.checklists import Tick
from service.domain.coaching.skills import Observation

TICKED, MISSED = 85, 25  # a rep's own word: worth less than words on record at either end
TICK_WEIGHT = 0.6
PROOF_VALUE = 95


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A visit's checklist; `id` is the visit's, `at` when it was chosen; `proof_id` where a proof stands for it."""

    id: str
    tenant_id: str
    at: datetime
    rep_id: str
    account_id: str
    items: tuple[Tick, ...]
    answers: Mapping[str, bool]
    answered_at: datetime | None = None
    took_ms: int | None = None
    proof_id: str | None = None

    @property
    def state(self) -> str:
        """`open`, `answered`, or `exempt` by a signed proof."""
        if self.proof_id is not None:
            return "exempt"
        return "open" if self.answered_at is None else "answered"

    @property
    def high_quality(self) -> bool:
        """Whether the customer signed for what hurts (C3)."""
        return self.proof_id is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """A customer-signed confirmation of a pain point; its bytes are kept under `blob`."""

    id: str
    tenant_id: str
    at: datetime
    visit_id: str
    blob: str
    sha256: str
    size_bytes: int
    display_name: str


def tick_observations(check: CheckIn, *, at: datetime) -> list[Observation]:
    """One observation an answered item: what the rep says of the visit, in the item's own words."""
    seen: list[Observation] = []
    for item in check.items:
        if item.item in check.answers:
            done = check.answers[item.item]
            note = f"清单勾选：{item.text}" if done else f"清单未做到：{item.text}"
            value = TICKED if done else MISSED
            seen.append(Observation(item.skill, f"tick_{item.item}", note, value, TICK_WEIGHT, check.id, at))
    return seen


def proof_observation(visit_id: str, *, at: datetime) -> Observation:
    """A customer who signs for the pain was understood."""
    return Observation("discovery", "signed_proof", "客户签字确认了痛点", PROOF_VALUE, 2.0, visit_id, at)
