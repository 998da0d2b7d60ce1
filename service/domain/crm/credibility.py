"""How far a rep's own words about visits agree with what else is known of them: talk, receipt, place, screenshot.

Advisory: it leads to coaching, and every value names the two things that were compared. Invariant: what was not proved
either way is not counted; under three comparisons there is no number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal, get_args

from service.domain.coaching.debriefs import DebriefForm
from service.domain.content.credibility import CredibilityCard
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import number
from service.domain.playbooks.measures import metres_between
from service.domain.playbooks.values import as_number

Axis = Literal["transcript", "receipt", "location", "screenshot"]
AXES: tuple[Axis, ...] = get_args(Axis)
ENOUGH = 3
DEBRIEFED = "visit.debriefed"
CHECKED_IN = "visit.checked_in"
RECEIPT = "visit.receipt"
SCREENSHOT = "visit.screenshot_read"
CONFIRMED, DENIED = "visit.confirmed", "visit.denied"
KNOWN_BEFORE = ("visit.created", "visit.planned", "visit.updated")  # may tell where the customer is
TYPES = (DEBRIEFED, CHECKED_IN, RECEIPT, CONFIRMED, DENIED, SCREENSHOT, *KNOWN_BEFORE)
RECEIPTS: Mapping[str, bool | None] = {RECEIPT: None, CONFIRMED: True, DENIED: False}
PLACES = (("checkin_lat", "checkin_lon"), ("customer_lat", "customer_lon"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """One comparison: 1 where both say the same, less where they differ; `note` says what differs."""

    axis: Axis
    visit_id: str
    value: float
    note: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credibility:
    """A rep's month: each axis with its value and count, and the mean over all comparisons."""

    rep_id: str
    month: str
    value: float | None
    n: int
    axes: Mapping[Axis, tuple[float | None, int]]
    agreements: tuple[Agreement, ...]


def credibility(
    card: CredibilityCard, rep_id: str, month: str, events: Sequence[CrmEvent], heard: Mapping[str, DebriefForm]
) -> Credibility:
    """The radar of one rep and month.

    Args:
        events: of this rep's visits in this month, of `TYPES`, named and with fields as packs name them.
        heard: by visit, the form as its recording fills it.
    """
    by_visit: dict[str, dict[str, CrmEvent]] = defaultdict(dict)
    for event in sorted(events, key=lambda event: event.order):
        by_visit[event.entity_id][RECEIPT if event.type in RECEIPTS else event.type] = event
    places = _places(events)
    found = [
        agreement
        for visit_id, told in by_visit.items()
        for agreement in _compare(card, visit_id, told, heard.get(visit_id), places[visit_id])
    ]
    axes = {axis: _mean([it.value for it in found if it.axis == axis]) for axis in AXES}
    value, n = _mean([it.value for it in found])
    return Credibility(rep_id, month, value, n, axes, tuple(found))


def _mean(values: Sequence[float]) -> tuple[float | None, int]:
    return (sum(values) / len(values) if len(values) >= ENOUGH else None), len(values)


def _places(events: Iterable[CrmEvent]) -> Mapping[str, Mapping[str, Any]]:
    """By visit, the coordinates that any of its events wrote, the newest of each."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for event in sorted(events, key=lambda event: event.order):
        found[event.entity_id].update(
            {name: event.data[name] for pair in PLACES for name in pair if name in event.data}
        )
    return found


def _compare(
    card: CredibilityCard,
    visit_id: str,
    told: Mapping[str, CrmEvent],
    heard: DebriefForm | None,
    places: Mapping[str, Any],
) -> list[Agreement]:
    said = told.get(DEBRIEFED)
    found: list[Agreement | None] = []
    if said is not None and heard is not None:
        found.append(_with_transcript(visit_id, said, heard))
    if RECEIPT in told:
        found.append(_with_receipt(visit_id, told[RECEIPT]))
    if CHECKED_IN in told:
        found.append(_with_place(card, visit_id, told[CHECKED_IN], places))
    if said is not None and SCREENSHOT in told:
        found.append(_with_screenshot(visit_id, said, told[SCREENSHOT]))
    return [agreement for agreement in found if agreement is not None]


def _with_transcript(visit_id: str, said: CrmEvent, heard: DebriefForm) -> Agreement | None:
    """Objections as two sets (shared over all), and the due day when both name one; the mean of these."""
    parts: list[float] = []
    notes: list[str] = []
    told = said.data.get("objections")
    if isinstance(told, list):
        mine, theirs = {str(code) for code in told}, set(heard.objections)
        parts.append(len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0)
        hidden, invented = sorted(theirs - mine), sorted(mine - theirs)
        notes += [f"录音里有、没有填的异议：{'、'.join(hidden)}"] if hidden else []
        notes += [f"填了、录音里没有的异议：{'、'.join(invented)}"] if invented else []
    due = said.data.get("due")
    if isinstance(due, str) and heard.due is not None:
        parts.append(float(due[:10] == heard.due.isoformat()))
        notes += [] if parts[-1] else [f"截止日填{due[:10]}，录音里是{heard.due.isoformat()}"]
    if not parts:
        return None
    return Agreement("transcript", visit_id, sum(parts) / len(parts), "；".join(notes), (said.id,))


def _with_receipt(visit_id: str, receipt: CrmEvent) -> Agreement | None:
    confirmed = receipt.data.get("confirmed", RECEIPTS[receipt.type])
    if not isinstance(confirmed, bool):
        return None
    return Agreement("receipt", visit_id, float(confirmed), "" if confirmed else "客户回执：不属实", (receipt.id,))


def _with_place(
    card: CredibilityCard, visit_id: str, checked_in: CrmEvent, places: Mapping[str, Any]
) -> Agreement | None:
    """By the distance that the CRM gives, else by the two places themselves."""
    distance = number(checked_in.data.get("distance_m"))
    if distance is None:
        here, there = ((as_number(places.get(lat)), as_number(places.get(lon))) for lat, lon in PLACES)
        distance = metres_between(here, there)
    if isnan(distance):
        return None
    near = distance <= card.max_distance_m
    note = "" if near else f"定位离客户{distance:.0f}米，超过{card.max_distance_m:.0f}米"
    return Agreement("location", visit_id, float(near), note, (checked_in.id,))


def _with_screenshot(visit_id: str, said: CrmEvent, read: CrmEvent) -> Agreement | None:
    """Name and title of the contact, as the rep wrote them and as the screenshot shows them."""
    parts, notes = [], []
    for name, label in (("contact_name", "姓名"), ("contact_title", "职位")):
        mine, theirs = said.data.get(name), read.data.get(name)
        if isinstance(mine, str) and isinstance(theirs, str) and mine.strip() and theirs.strip():
            same = mine.strip() == theirs.strip()
            parts.append(float(same))
            notes += [] if same else [f"截图里的{label}和填的不一样"]
    if not parts:
        return None
    return Agreement("screenshot", visit_id, sum(parts) / len(parts), "；".join(notes), (said.id, read.id))
