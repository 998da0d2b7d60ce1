"""Talks that are going on right now: opened, fed sentence by sentence, left and taken up again.

Invariant: nothing of a live talk is stored; it lives in this process, for its tenant alone, and is forgotten when it
ends or a quarter of an hour after its screen went away. A talk has one screen: who takes it up again is the one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from nlp.types import Role, Turn
from service.domain.coaching.live import Cue, Setting, Talk, hear
from service.domain.errors import Conflict, Gone, Invalid, NotFound, TooManyRequests
from service.domain.privacy.transfers import Person
from service.domain.speech.choice import SpeechOption
from service.domain.visit import Visit
from service.usecases.coaching.coach_visit import read_history
from service.usecases.coaching.read_facts import read_facts
from service.usecases.privacy.count_transfers import Sent, counter_over
from service.usecases.services import Services

KEPT_AFTER_LEAVING = timedelta(minutes=15)
LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Opening:
    """Who talks to whom; `customer_role` is one that the talk tracks know, empty when it is not known."""

    rep_id: str
    account_id: str
    visit_id: str | None = None
    stage: str = ""
    customer_role: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one sentence led to: its number, who is taken to have said it, and the cues."""

    i: int
    role: Role
    cues: tuple[Cue, ...]


@dataclass(slots=True)
class LiveTalk:
    """One talk; `screen` counts who has taken it up, so that an old connection is told it has been replaced."""

    id: str
    tenant_id: str
    setting: Setting
    visit: Visit
    opened_at: datetime
    talk: Talk = field(default_factory=Talk)
    screen: int = 0
    left_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def hear(
        self,
        services: Services,
        text: str,
        *,
        screen: int,
        role: Role | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Heard:
        """One sentence, and the cues it calls for; a missing role is predicted.

        Raises:
            Conflict: another screen has taken this talk up (`live_taken_over`).
        """
        with self._lock:
            if screen != self.screen:
                raise Conflict("another connection has taken this talk up", code="live_taken_over")
            turn = Turn(self.talk.heard, text, role or "other", 1.0 if role else 0.0, start_ms, end_ms)
            known, findings = services.core.hear(self.talk.turns, turn, context=self.visit.context())
            self.talk, cues = hear(self.talk, known, findings, self.setting)
        return Heard(known.i, known.role, cues)


class LiveTalks:
    """All live talks of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._talks: dict[tuple[str, str], LiveTalk] = {}
        self._lock = Lock()

    def open(self, tenant_id: str, opening: Opening) -> LiveTalk:
        """A new talk, with what is known of the account.

        Raises:
            Invalid: no talk track is written for such a role (`customer_role_unknown`).
            NotFound: the visit named is not this tenant's (`visit_not_found`). Conflict: its consent was withdrawn,
                or does not cover coaching (`consent_required`). TooManyRequests: the tenant has as many talks as it
                may (`live_talks_full`).
        """
        services = self._services
        now = services.clock.now()
        roles = {strategy.role for track in services.content.talktracks for strategy in track.strategies}
        if opening.customer_role and opening.customer_role not in roles:
            raise Invalid(f"customer_role is one of: {', '.join(sorted(roles))}", code="customer_role_unknown")
        live_id = services.ids.new("liv")
        with services.uow(write=False) as tx:
            visit = _visit(opening, tenant_id, live_id, now)
            if opening.visit_id is not None:
                found = tx.visits.get(tenant_id, opening.visit_id)
                if found is None:
                    raise NotFound("there is no such visit", code="visit_not_found")
                if found.consent is not None and not found.covers("coaching", now):
                    raise Conflict("the consent of this visit does not cover coaching", code="consent_required")
                visit = found
            history = read_history(tx, tenant_id, before=now, account_id=opening.account_id, rep_id=None,
                                   bare=True)  # fmt: skip
            crm = read_facts(tx, services.content, tenant_id=tenant_id, account_id=opening.account_id, now=now,
                             opportunity_id=visit.opportunity_id)  # fmt: skip
        setting = Setting.before(
            services.content,
            visit_id=visit.id,
            rep_id=opening.rep_id,
            account_id=opening.account_id,
            now=now,
            history=[record for record in history if record.visit_id != visit.id],
            stage=opening.stage or visit.stage,
            customer_role=opening.customer_role,
            crm=crm,
        )
        talk = LiveTalk(live_id, tenant_id, setting, visit, now)
        with self._lock:
            self._make_room(tenant_id, now)
            self._talks[tenant_id, live_id] = talk
        return talk

    def take_up(self, tenant_id: str, live_id: str) -> tuple[LiveTalk, int]:
        """The talk and the number of its new screen; whoever had it before is told on their next sentence.

        Raises:
            Gone: it ended, was forgotten, or lives in another process (`live_talk_gone`).
        """
        with self._lock:
            self._forget_old(self._services.clock.now())
            talk = self._talks.get((tenant_id, live_id))
            if talk is None:
                raise Gone("this talk is over or was forgotten: start a new one", code="live_talk_gone")
            talk.screen += 1
            talk.left_at = None
            return talk, talk.screen

    def count_sent(self, talk: LiveTalk, option: SpeechOption | None) -> Callable[[str], None]:
        """Counts who speaks in the talk, with what was heard, where its engine is another's service.

        Told "" before a stretch is handed over: whether that service takes it, nobody can see from here.
        """
        host = self._services.live_speech.sends_to(option)
        if not host:
            return lambda _said: None
        counter, visits = counter_over(self._services), (talk.visit, talk.setting.visit)
        persons: frozenset[Person] = frozenset(
            who for each in visits for who in (("person", each.rep_id), ("account", each.account_id))
        )
        return lambda said: counter(Sent(talk.tenant_id, host, lambda _tx: persons, said))

    def leave(self, talk: LiveTalk, screen: int) -> None:
        """Its screen went away; it may be taken up again for a while."""
        if talk.screen == screen:
            talk.left_at = self._services.clock.now()

    def end(self, talk: LiveTalk) -> None:
        """Forget it."""
        with self._lock:
            self._talks.pop((talk.tenant_id, talk.id), None)

    def count(self, tenant_id: str) -> int:
        """Talks of a tenant that are kept, watched or not."""
        return sum(tenant == tenant_id for tenant, _ in self._talks)

    def _make_room(self, tenant_id: str, now: datetime) -> None:
        self._forget_old(now)
        most = self._services.limits.live_talks
        mine = [talk for (tenant, _), talk in self._talks.items() if tenant == tenant_id]
        left = sorted((talk for talk in mine if talk.left_at), key=lambda talk: (talk.left_at or now, talk.id))
        if len(mine) >= most and not left:
            raise TooManyRequests(f"at most {most} talks at a time", code="live_talks_full", retry_after_s=30)
        for talk in left[: max(0, len(mine) - most + 1)]:
            del self._talks[tenant_id, talk.id]

    def _forget_old(self, now: datetime) -> None:
        for place, talk in list(self._talks.items()):
            if (talk.left_at and now - talk.left_at > KEPT_AFTER_LEAVING) or now - talk.opened_at > LONGEST:
                del self._talks[place]


def _visit(opening: Opening, tenant_id: str, live_id: str, now: datetime) -> Visit:
    """A talk that belongs to no announced visit."""
    return Visit(live_id, tenant_id, opening.rep_id, opening.account_id, now, now, stage=opening.stage)
