"""From a firing to people and the CRM: the alert's row, its messages, its decisions, the events that carry them.

Invariant: an alert is stored with everything it will ever say; its events are committed with it or not at all.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from service.domain.delivery.deliveries import Event
from service.domain.playbooks.alerts import (
    DECISIONS,
    ENDS_WITH_ITS_CASE,
    FORGOTTEN_AFTER,
    Alert,
    AlertState,
    Decision,
    DecisionKind,
)
from service.domain.playbooks.effects import Effect, Scene, effects_of
from service.domain.playbooks.explain import ROLE_NAMES
from service.domain.playbooks.hours import add_worked
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.running import Firing
from service.domain.playbooks.selecting import Proof
from service.domain.playbooks.timeline import Ref, Timeline
from service.domain.ports import UnitOfWork
from service.usecases.coaching.give_course import give_course
from service.usecases.crm.assign_lead import assign_lead
from service.usecases.playbooks.push_pack import pack_of
from service.usecases.services import Services

SALES_OPS = ({"role": "sales_ops", "person": ""},)


def cause_digest(rule_id: str, cause: str) -> str:
    """The cause as alerts keep it."""
    return hashlib.sha256(f"{rule_id}\n{cause}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Raising:
    """Raises alerts inside one unit of work; what people and the CRM hear of it is stored by `tell`, at its end.

    At its end, because a tenant's events are counted in a row that everybody else then waits for.
    """

    tx: UnitOfWork
    services: Services
    tenant_id: str
    now: datetime
    told: list[tuple[str, Event]] = field(default_factory=list)
    standing: dict[Ref, list[Alert]] = field(default_factory=dict)

    def tell(self) -> None:
        """Store what was said since, in its order."""
        counts = Counter(about for about, _ in self.told)
        following = self.tx.events.next_sequences(self.tenant_id, counts) if counts else {}
        next_ = {about: following[about] - count + 1 for about, count in counts.items()}
        events = []
        for about, event in self.told:
            events.append(replace(event, sequence=next_[about]))
            next_[about] += 1
        if events:
            self.tx.events.add_all(events)
        self.told.clear()

    def alerts_of(self, ref: Ref) -> list[Alert]:
        """The subject's alerts as they stand in this unit of work."""
        if ref not in self.standing:
            self.standing[ref] = self.tx.playbooks.alerts.of_subject(self.tenant_id, ref)
        return self.standing[ref]

    def change(self, alert: Alert) -> None:
        """Store an alert that has changed."""
        self.tx.playbooks.alerts.update(alert)
        known = self.standing.get((alert.subject_kind, alert.subject_id), [])
        known[:] = [alert if other.id == alert.id else other for other in known]

    def raise_alert(self, firing: Firing, timeline: Timeline, *, moot: bool) -> None:
        """Store the alert and carry out its first actions; one that is moot, or experimental, is only written down."""
        digest = cause_digest(firing.rule.id, firing.cause)
        alert, effects = self._compose(firing, timeline, digest, moot=moot)
        known = self.alerts_of(timeline.ref)
        standing = next((one for one in known if (one.rule_id, one.cause) == (alert.rule_id, digest)), None)
        if standing is None:
            if not self.tx.playbooks.alerts.add(alert):
                return
            known.append(alert)
        else:
            if standing.state != "withdrawn":
                # The same case, which a late event has moved: people were told already, the record is put right.
                moved = replace(standing, at=alert.at, evidence=alert.evidence)
                self.change(moved)
                return
            alert = replace(alert, id=standing.id, log=[*standing.log, *alert.log])
            self.change(alert)  # taken back once, and now there is a case after all
        if alert.is_open:
            self.carry_out_all(alert, effects)

    def carry_out_all(self, alert: Alert, effects: Sequence[Effect]) -> None:
        """Actions in their order; a lead that is given to somebody is theirs from there on."""
        for effect in effects:
            done = self._carry_out(alert, effect)
            assigned = str(done.data.get("assigned_to", "")) if done.kind == "assign_lead" else ""
            if assigned and not alert.trial:
                alert = replace(alert, owner_id=assigned)
                self.change(alert)

    def _carry_out(self, alert: Alert, effect: Effect) -> Effect:
        """One action: a message to people, or something the CRM is to do; a trial tells sales operations alone."""
        if effect.kind == "push_pack":
            effect = pack_of(self.tx, self.services.content, self.tenant_id, effect)
        elif effect.kind == "assign_lead":
            effect = assign_lead(self.tx, self.services, self.tenant_id, alert, effect)
        effect = replace(effect, recipients=tuple(_whoever(alert, each) for each in effect.recipients))
        if alert.trial:
            effect = replace(effect, recipients=SALES_OPS if effect.recipients else ())
        elif effect.kind == "assign_course":
            effect = give_course(self.tx, self.services, self.tenant_id, alert, effect, now=self.now)
        told = bool(effect.recipients) and effect.kind != "create_task"
        decision_id = "" if alert.trial else self._decide(alert, effect)
        data = self._event_data(alert, effect)
        if decision_id:
            data["decision_id"] = decision_id
        if told:
            self._emit(alert, "alert.raised", data)
        if not alert.trial and (decision_id or effect.kind in ("create_task", "assign_course")):
            self._emit(alert, "action.taken", data)
        return effect

    def close(self, alert: Alert) -> None:
        """Tell that nobody has to act any more, and end the decisions that stood for this case alone."""
        self.end_decisions(alert)
        data = {"alert_id": alert.id, "rule": alert.rule_id, "state": alert.state, "title": alert.title,
                "text": "", "links": {"alert": f"/v1/alerts/{alert.id}"}}  # fmt: skip
        self._emit(alert, "alert.closed", data)

    def end_decisions(self, alert: Alert) -> None:
        """End the alert's freezes and tags; what was moved or locked needs a person."""
        ends = DECISIONS if alert.state == "withdrawn" else ENDS_WITH_ITS_CASE
        for decision in self.tx.playbooks.decisions.of_alert(self.tenant_id, alert.id):
            if decision.ended_at is None and decision.kind in ends:
                ended = replace(decision, ended_at=self.now, ended_by="", reason=alert.state)
                self.tx.playbooks.decisions.update(ended)
                self.tell_ended(alert, ended)

    def tell_ended(self, alert: Alert, decision: Decision) -> None:
        """Tell the CRM that a decision no longer stands."""
        data = {"alert_id": alert.id, "rule": alert.rule_id, "action": f"end_{decision.kind}", "title": alert.title,
                "text": "", "subject": {"kind": decision.subject_kind, "id": decision.subject_id},
                "decision_id": decision.id, "details": {"by": decision.ended_by, "reason": decision.reason},
                "links": {"alert": f"/v1/alerts/{alert.id}"}}  # fmt: skip
        self._emit(alert, "action.taken", data)

    def _compose(self, firing: Firing, timeline: Timeline, digest: str, *, moot: bool) -> tuple[Alert, list[Effect]]:
        book, verdict = firing.rule.book, firing.verdict
        alert_id = self.services.ids.new("alr")
        visit_id = next((proof.visit_id for proof in verdict.proofs if proof.visit_id), None)
        scene = Scene(book, timeline, firing.at, verdict.values, alert_id, visit_id)
        effects = effects_of(book.actions, scene)
        first = next((effect for effect in effects if effect.text), effects[0])
        steps, respond_by = _clock_of(firing.rule, scene, self.now)
        state: AlertState = "logged" if not book.acts else "expired" if moot else "raised"
        is_open = state == "raised"
        alert = Alert(
            id=alert_id,
            tenant_id=self.tenant_id,
            rule_id=firing.rule.id,
            rule_version=firing.rule.version,
            subject_kind=timeline.ref[0],
            subject_id=timeline.ref[1],
            cause=digest,
            severity=book.severity,
            title=first.title or book.title,
            text=first.text,
            at=firing.at,
            raised_at=self.now,
            state=state,
            owner_id=scene.person("owner"),
            account_id=scene.related("account"),
            opportunity_id=scene.related("opportunity"),
            trial=book.status == "test",
            recipients=[dict(each) for each in first.recipients],
            links={**first.links, "alert": f"/v1/alerts/{alert_id}"},
            evidence=[_proof_json(proof) for proof in verdict.proofs],
            steps=steps,
            due_at=(respond_by or self.now + FORGOTTEN_AFTER) if is_open else None,
            respond_by=respond_by,
            closed_at=None if is_open else self.now,
            log=[{"at": self.now.isoformat(), "who": "", "what": state, "note": ""}],
        )
        return alert, effects

    def _decide(self, alert: Alert, effect: Effect) -> str:
        if effect.kind not in DECISIONS:
            return ""
        decision = Decision(
            id=self.services.ids.new("dec"),
            tenant_id=self.tenant_id,
            alert_id=alert.id,
            rule_id=alert.rule_id,
            kind=cast(DecisionKind, effect.kind),
            subject_kind=alert.subject_kind,
            subject_id=alert.subject_id,
            data=dict(effect.data),
            made_at=self.now,
        )
        self.tx.playbooks.decisions.add(decision)
        return decision.id

    def _event_data(self, alert: Alert, effect: Effect) -> dict[str, Any]:
        return {
            "alert_id": alert.id,
            "rule": alert.rule_id,
            "action": effect.kind,
            "severity": alert.severity,
            "title": effect.title or alert.title,
            "text": effect.text,
            "recipients": [_spoken(each) for each in effect.recipients],
            "recipient_ids": [dict(each) for each in effect.recipients],
            "subject": {"kind": alert.subject_kind, "id": alert.subject_id},
            "step": alert.step,
            "respond_by": alert.respond_by.isoformat() if alert.respond_by else None,
            "trial": alert.trial,
            "links": {**effect.links, "alert": f"/v1/alerts/{alert.id}"},
            "evidence": alert.evidence,
            "details": dict(effect.data),
        }

    def _emit(self, alert: Alert, type_: str, data: dict[str, Any]) -> None:
        visit_id = next((proof["visit_id"] for proof in alert.evidence if proof.get("visit_id")), None)
        event = Event(self.services.ids.new("evt"), self.tenant_id, type_, self.now, visit_id, 0, data)
        self.told.append((visit_id or alert.id, event))


def _clock_of(rule: Rule, scene: Scene, now: datetime) -> tuple[list[dict[str, Any]], datetime | None]:
    """The clock's steps in words, each with its moment, and by when people have to answer."""
    clock = rule.book.clock
    if clock is None:
        return [], None
    office = clock.business or rule.office if clock.hours == "business" else None

    def later(start: datetime, duration: timedelta) -> datetime:
        return add_worked(start, duration, office) if office else start + duration

    respond_by = moment = later(now, clock.respond_within)
    steps: list[dict[str, Any]] = []
    for step in clock.then:
        if step.after is not None:
            moment = later(moment, step.after)
        effects = [effect_json(effect) for effect in effects_of(step.actions, scene)]
        steps.append({"due_at": moment.isoformat(), "effects": effects})
    return steps, respond_by


def effect_json(effect: Effect) -> dict[str, Any]:
    """An effect as an alert's row keeps it."""
    return {"kind": effect.kind, "recipients": [dict(each) for each in effect.recipients], "title": effect.title,
            "text": effect.text, "links": dict(effect.links), "data": dict(effect.data)}  # fmt: skip


def effects_from(plain: Sequence[Mapping[str, Any]]) -> list[Effect]:
    """The effects that `effect_json` wrote."""
    return [
        Effect(each["kind"], tuple(each["recipients"]), each["title"], each["text"], each["links"], each["data"])
        for each in plain
    ]


def _whoever(alert: Alert, recipient: Mapping[str, str]) -> Mapping[str, str]:
    """The owner as the alert knows it now: whom it was handed to, or whom the lead was given to."""
    if recipient["role"] != "owner" or not (alert.handed_to or alert.owner_id):
        return recipient
    return {"role": "owner", "person": alert.handed_to or alert.owner_id}


def _proof_json(proof: Proof) -> dict[str, Any]:
    return {"event_id": proof.event_id, "at": proof.at.isoformat(), "what": proof.what, "value": proof.value,
            "visit_id": proof.visit_id, "turn": proof.turn, "quote": proof.quote}  # fmt: skip


def _spoken(recipient: Mapping[str, str]) -> str:
    role = ROLE_NAMES.get(recipient["role"], recipient["role"])
    return " ".join(part for part in (role, recipient["person"]) if part)
