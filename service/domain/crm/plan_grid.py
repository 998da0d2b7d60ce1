"""A rep's week as a grid of customer, product and day: what is planned, what is done, attainment hour by hour.

Invariant: a task counts as done at the hour its own `task.done` happened; what is due later does not count against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.content.plan_cards import PlanCard, Quota
from service.domain.crm.events import CrmEvent
from service.domain.playbooks.values import instant_of

PLANNED = "task.planned"
DONE = "task.done"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of the week: whom for, which product, when it is due, and when it was done."""

    task_id: str
    action: str
    account_id: str
    product: str
    due_at: datetime
    done_at: datetime | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota and how much of it is planned and done."""

    quota: Quota
    planned: int
    done: int

    @property
    def missing(self) -> int:
        """How many are still to be planned."""
        return max(self.quota.at_least - self.planned, 0)


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """The week of one rep; `attainment` holds, for each hour something was due or done, done of due so far."""

    rep_id: str
    week: datetime
    tasks: tuple[PlannedTask, ...]
    quotas: tuple[QuotaState, ...]
    attainment: tuple[tuple[datetime, int, int], ...]


def plan_grid(card: PlanCard, rep_id: str, week: datetime, events: Sequence[CrmEvent], *, now: datetime) -> PlanGrid:
    """The grid of the week that begins at `week`, as it stands at `now`.

    A task counts in the week and for the rep that it was last planned for.

    Args:
        events: plans and completions of tasks, of any rep.
    """
    ordered = sorted(events, key=lambda event: event.order)
    done: dict[str, CrmEvent] = {}
    for event in ordered:
        if event.type == DONE and event.occurred_at <= now:
            done.setdefault(event.entity_id, event)
    tasks: dict[str, PlannedTask] = {}
    for event in (event for event in ordered if event.type == PLANNED):
        due = _due(event)
        is_due = due is not None and week <= due < week + timedelta(weeks=1)
        if due is not None and is_due and event.owner_id == rep_id:
            tasks[event.entity_id] = _task(event, due, done.get(event.entity_id))
        elif event.owner_id not in (None, rep_id) or (due is not None and not is_due):
            tasks.pop(event.entity_id, None)  # put off, brought forward, or handed over
    found = tuple(sorted(tasks.values(), key=lambda task: (task.due_at, task.task_id)))
    quotas = tuple(
        QuotaState(
            quota,
            sum(task.action == quota.action for task in found),
            sum(task.action == quota.action and task.done_at is not None for task in found),
        )
        for quota in card.quotas
    )
    return PlanGrid(rep_id, week, found, quotas, _attainment(found, now))


def _task(event: CrmEvent, due: datetime, done: CrmEvent | None) -> PlannedTask:
    because = (event.id,) if done is None else (event.id, done.id)
    action, product = str(event.data.get("action") or ""), str(event.data.get("product") or "")
    done_at = None if done is None else done.occurred_at
    return PlannedTask(event.entity_id, action, event.account_id or "", product, due, done_at, because)


def _due(event: CrmEvent) -> datetime | None:
    return instant_of(event.data.get("due_at"))


def _attainment(tasks: Sequence[PlannedTask], now: datetime) -> tuple[tuple[datetime, int, int], ...]:
    """(hour, done by then among what was due by then, due by then)."""
    moments = {task.due_at for task in tasks} | {task.done_at for task in tasks if task.done_at is not None}
    hours = sorted({-(-(moment - datetime.min.replace(tzinfo=moment.tzinfo)) // HOUR) for moment in moments})
    points = []
    for count in hours:
        hour = datetime.min.replace(tzinfo=now.tzinfo) + count * HOUR
        if hour > now:
            break
        due = [task for task in tasks if task.due_at <= hour]
        kept = sum(task.done_at is not None and task.done_at <= hour for task in due)
        points.append((hour, kept, len(due)))
    return tuple(points)
