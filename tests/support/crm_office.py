"""A sales office around the service: CRMs that send raw events over HTTP, and receivers that hear what is decided.

Time passes as in a runner: its ticks take every chore whose period is over, its deliverer sends what is owed through
real sockets. Only the clock is not real, and it goes from one due moment to the next.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook

from service.adapters.channels.all import robot_channels
from service.adapters.urls import UrlRules
from service.adapters.webhook import HttpWebhookSender
from service.runner.upkeep import Upkeep
from service.usecases.crm.crm_chores import crm_chores
from service.usecases.delivery.deliver_events import Deliverer
from tests.support.api import TENANT, Api
from tests.support.crm_story import Story
from tests.support.crm_vendors import SECRET, Hook
from tests.support.playbooks import china
from tests.support.receiver import Receiver, answers, receiving
from tests.support.robots import Robot, a_robot

SECOND = timedelta(seconds=1)
ALERT, ACTION = "alert.raised", "action.taken"


@dataclass(frozen=True)
class Heard:
    """One webhook that the CRM received and found genuine."""

    type: str
    at: datetime
    data: dict[str, Any]

    @property
    def roles(self) -> list[str]:
        return [each["role"] for each in self.data["recipient_ids"]]

    @property
    def people(self) -> dict[str, str]:
        return {each["role"]: each["person"] for each in self.data["recipient_ids"]}


@dataclass
class Office(Story):
    """`tell` and `hook` send, `until` lets time pass, `heard` is what arrived."""

    receiver: Receiver
    group: Robot
    secret: str = field(init=False)
    hooks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules = UrlRules(allowed_hosts=[self.receiver.host, self.group.receiver.host])
        services = self.api.services = replace(self.api.services, urls=rules)
        super().__post_init__()
        self.vendor = self.api.anonymous()
        self.upkeep = Upkeep(uow=services.uow, clock=services.clock, chores=crm_chores(services))
        self.deliverer = Deliverer(services.uow, services.clock, HttpWebhookSender(rules), "runner", services.ids,
                                   jitter=lambda: 0.0, robots=robot_channels(rules))  # fmt: skip
        told = {"url": f"http://{self.receiver.host}/hooks", "payload": "full"}
        self.secret = str(self._post("/v1/webhook-endpoints", told)["secret"])

    def join_group(self) -> None:
        """From here on the WeCom group reads every alert."""
        told = {"kind": "wecom", "url": self.group.url, "event_types": [ALERT]}
        self._post("/v1/webhook-endpoints", told)

    def tell(self, event_type: str, subject: str, *, ago: timedelta = timedelta(0), **data: Any) -> dict[str, Any]:
        taken = super().tell(event_type, subject, ago=ago, **data)
        self.tick()
        return taken

    def hook(self, kind: str, hook: Hook) -> dict[str, Any]:
        """Send a vendor's own webhook, without a key, to a source that was registered for it."""
        if kind not in self.hooks:
            self.hooks[kind] = str(self._post("/v1/crm-sources", {"kind": kind, "secret": SECRET})["path"])
        headers = {**hook.headers, "Content-Type": "application/json"}
        response = self.vendor.post(self.hooks[kind] + hook.query, content=hook.body, headers=headers)
        assert response.status_code == 202, response.text
        self.pass_time(seconds=1)
        self.tick()
        return dict(response.json())

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """What a person does: the answer of a call that must succeed."""
        answer = self._post(path, body)
        self.tick()
        return answer

    def tick(self) -> None:
        """One round of the runner: its chores, then what is owed to anybody."""
        self.upkeep.step()
        while self.deliverer.deliver_one():
            pass

    def until(self, moment: str | datetime) -> None:
        """Let time pass up to a moment (in China where it is a text), stopping whenever something is due."""
        end = china(moment) if isinstance(moment, str) else moment
        assert end > self.now, "time only goes forward"
        self.tick()
        while self.now < end:
            due = self._next_due()
            self.go_to(end if due is None else min(max(due, self.now + SECOND), end))
            self.tick()

    def heard(self, type_: str = ALERT, *, rule: str = "", action: str = "") -> list[Heard]:
        """What the CRM received, in order; a signature that is not right fails the story."""
        found = [self._opened(number) for number in range(len(self.receiver.requests))]
        return [
            it
            for it in found
            if it.type == type_ and rule in ("", it.data.get("rule")) and action in ("", it.data.get("action"))
        ]

    def one(self, type_: str = ALERT, *, rule: str = "", action: str = "") -> Heard:
        (found,) = self.heard(type_, rule=rule, action=action)
        return found

    def standing(self, kind: str, *, rule: str = "") -> list[dict[str, Any]]:
        """The decisions that the CRM is to enforce now, as it may ask for them."""
        found = self.read(f"/v1/decisions?kind={kind}&standing=true")["items"]
        return [it for it in found if rule in ("", it["rule"])]

    def _opened(self, number: int) -> Heard:
        headers, body = self.receiver.headers(number), self.receiver.body(number)
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        assert Webhook(self.secret).sign(headers["webhook-id"], at, body.decode()) == headers["webhook-signature"]
        told = json.loads(body)
        return Heard(told["type"], at, told["data"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.client.post(path, json=body)
        assert response.status_code in (200, 201), response.text
        return dict(response.json())

    def _next_due(self) -> datetime | None:
        state = self.api.database.state
        moments = [watch.due_at for watch in state.playbook_watches.values()]
        moments += [alert.due_at for alert in state.alerts.values() if alert.is_open]
        moments += [it.next_attempt_at for it in state.deliveries.values() if it.state == "pending"]
        return min((moment for moment in moments if moment is not None), default=None)


@contextmanager
def an_office(api: Api, *, start: str = "2026-03-02 09:00") -> Iterator[Office]:
    """On a Monday morning, unless told otherwise."""
    api.clock.at = china(start)
    with receiving(answers(204)) as receiver, a_robot("wecom") as group:
        yield Office(api, receiver, group)


__all__ = ["ACTION", "ALERT", "TENANT", "Heard", "Office", "an_office"]
