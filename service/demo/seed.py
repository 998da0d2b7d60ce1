"""`fieldcue seed-demo`: an invented team's last three months, so that every page of the console has something to show.

Each talk passes the stages that any transcript passes, one after the other in the order of the calendar, on a clock of
the story: what was coached in week two knows week one and nothing of week three. The queue is left alone, so that a
service running beside it takes no part. Invariant: seeding twice leaves what seeding once leaves.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nlp.types import Role, Transcript, Turn
from service.adapters.ids import SortableIds
from service.bootstrap import Installation
from service.demo.corpus_talks import read_talks
from service.demo.crm_story import TASK_DAYS
from service.demo.seed_courses import decide_courses
from service.demo.seed_crm import seed_crm
from service.demo.story_clock import StoryClock
from service.demo.team import PlannedVisit, invented_people, plan_visits
from service.domain.crm.events import CrmEvent, event_id
from service.domain.errors import Conflict
from service.domain.ports import StageHandler, Supervisor
from service.domain.records import Page, TranscriptRecord
from service.domain.speech.recording import Recording
from service.domain.stages import QUEUE_OF, Stage, StageRun
from service.domain.visit import Consent, Visit
from service.usecases.coaching.coach_visit import CoachStage
from service.usecases.crm.put_people import put_people
from service.usecases.crm.take_events import take_events
from service.usecases.services import Services
from service.usecases.visits.accept_recording import store_bytes
from service.usecases.visits.analyse_visit import AnalyseStage
from service.usecases.visits.create_visit import create_visit

ASSETS = Path(__file__).resolve().parent / "assets"
SOURCE = "seed-demo"
RECORDED = "demo-recorded"
VISITS = 200
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, and what stood there already."""

    people: int
    visits: int
    skipped: int
    events: int = 0
    courses: int = 0


def seed_demo(
    installation: Installation,
    *,
    tenant_id: str,
    count: int = VISITS,
    task_days: int = TASK_DAYS,
    into_existing: bool = False,
    told: Told,
) -> Seeded:
    """Fill a tenant.

    Args:
        task_days: for how many days the CRM tells of tasks and daily reports.

    Raises:
        Conflict: the tenant holds visits that are not ours, and nobody asked to add to them (`tenant_not_empty`).
    """
    now = installation.services.clock.now()
    _refuse_strangers(installation.services, tenant_id, into_existing=into_existing)
    story = StoryClock(now)
    services = replace(installation.services, clock=story, ids=SortableIds(story))
    seeder = _Seeder(services, installation, story, tenant_id)
    with services.uow() as tx:
        people = put_people(tx, services, invented_people(tenant_id, now))
    plan = plan_visits(read_talks(installation.settings.content.models_dir / "corpus"), count=count, now=now)
    made = 0
    for number, visit in enumerate(plan):
        made += seeder.play(visit)
        told(number + 1, len(plan) + 1)
    made += seeder.play_recorded(now)
    story.at = now
    reps = [one.id for one in people if one.role == "rep"]
    events = seed_crm(services, tenant_id=tenant_id, reps=reps, task_days=task_days)
    courses = decide_courses(services, story, tenant_id=tenant_id, now=now)
    story.at = now
    told(len(plan) + 1, len(plan) + 1)
    return Seeded(len(people), made, len(plan) + 1 - made, events, courses)


def _refuse_strangers(services: Services, tenant_id: str, *, into_existing: bool) -> None:
    with services.uow(write=False) as tx:
        visits = tx.visits.page(tenant_id, Page(200))
    if not into_existing and any(not (visit.external_id or "").startswith("demo-") for visit in visits):
        raise Conflict(
            f"the tenant {tenant_id} holds visits of its own: choose another --tenant, or say --into-existing",
            code="tenant_not_empty",
        )


@dataclass
class _Seeder:
    """Plays visits one after the other."""

    services: Services
    installation: Installation
    story: StoryClock
    tenant_id: str

    def __post_init__(self) -> None:
        core = self.installation.core
        self.stages: tuple[tuple[Stage, StageHandler], ...] = (
            ("analyse", AnalyseStage(self.services, core.analyzer)),
            ("coach", CoachStage(self.services, core.content)),
        )

    def play(self, planned: PlannedVisit) -> bool:
        """One planned visit from its announcement to its coaching; False when it stands already."""
        talk = planned.talk
        visit = self._visit(f"demo-{talk.id}", planned.rep_id, planned.account_id, planned.visited_at)
        visit = replace(visit, industry=talk.industry, channel=talk.channel, stage=talk.stage)
        return self._play(visit, talk.transcript(), account=planned.account)

    def play_recorded(self, now: datetime) -> bool:
        """The visit that comes with a recording, yesterday: its page can be listened to."""
        stored = json.loads((ASSETS / "transcript.json").read_text(encoding="utf-8"))
        context = stored["context"]
        visit = self._visit(RECORDED, "rep-lin", "acc-hengyu", now - timedelta(hours=20))
        visit = replace(visit, industry=context["industry"], channel=context["channel"], stage="商务谈判",
                        competitors=tuple(context["competitors"]))  # fmt: skip
        turns = tuple(_turn(i, turn) for i, turn in enumerate(stored["turns"]))
        transcript = Transcript(turns, "zh", stored["duration_ms"])
        if not self._play(visit, transcript, account="恒屿电池材料厂"):
            return False
        self._attach(visit.external_id or "", duration_ms=stored["duration_ms"])
        return True

    def _visit(self, external_id: str, rep_id: str, account_id: str, at: datetime) -> Visit:
        self.story.at = at + timedelta(hours=1)
        return Visit(
            id=self.services.ids.new("vis"),
            tenant_id=self.tenant_id,
            rep_id=rep_id,
            account_id=account_id,
            visited_at=at,
            created_at=self.story.at,
            external_id=external_id,
            consent=Consent("consent", "verbal", at),
        )

    def _play(self, visit: Visit, transcript: Transcript, *, account: str) -> bool:
        with self.services.uow() as tx:
            known = tx.visits.by_external(self.tenant_id, visit.external_id or "")
            if known is not None and tx.coaching.visits.get(self.tenant_id, known.id) is not None:
                return False
            stored = known or create_visit(tx, visit, now=self.story.at)[0]
            take_events(tx, self.tenant_id, [self._announced(stored, account)])
            record = tx.transcripts.latest(self.tenant_id, stored.id)
            if record is None:
                tx.transcripts.put(_transcript_record(stored, transcript, self.story.at))
        for stage, handler in self.stages:
            self._run(stored, stage, handler)
        return True

    def _run(self, visit: Visit, stage: Stage, handler: StageHandler) -> None:
        run = StageRun(self.services.ids.new("run"), self.tenant_id, visit.id, stage, SOURCE, QUEUE_OF[stage],
                       "running", self.story.at)  # fmt: skip
        result = handler(run, Supervisor())
        with self.services.uow() as tx:
            result.effects(tx)

    def _announced(self, visit: Visit, account: str) -> CrmEvent:
        return CrmEvent(
            id=event_id(SOURCE, visit.account_id),
            source=SOURCE,
            type="account.updated",
            kind="account",
            entity_id=visit.account_id,
            occurred_at=visit.visited_at,
            received_at=self.story.at,
            data={"name": account, "industry": visit.industry, "owner_id": visit.rep_id},
            external_id=visit.account_id,
        )

    def _attach(self, external_id: str, *, duration_ms: int) -> None:
        """The recording as it would stand had a speech model transcribed it."""
        with self.services.uow(write=False) as tx:
            visit = tx.visits.by_external(self.tenant_id, external_id)
        if visit is None:
            raise LookupError(external_id)
        stored = store_bytes(self.services, visit, iter([(ASSETS / "recording.ogg").read_bytes()]))
        recording = Recording(
            id=self.services.ids.new("rec"),
            tenant_id=self.tenant_id,
            visit_id=visit.id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            display_name="客户拜访.ogg",
            blob=stored.blob,
            received_at=self.story.at,
            state="done",
            duration_ms=duration_ms,
        )
        with self.services.uow() as tx:
            tx.recordings.add(recording)


def _transcript_record(visit: Visit, transcript: Transcript, at: datetime) -> TranscriptRecord:
    return TranscriptRecord(visit.id, visit.tenant_id, 0, "upload", transcript, at, engine={"name": SOURCE})


def _turn(i: int, turn: dict[str, Any]) -> Turn:
    role: Role = turn["role"]
    return Turn(i, turn["text"], role, 1.0, turn["start_ms"], turn["end_ms"], turn["text"])
