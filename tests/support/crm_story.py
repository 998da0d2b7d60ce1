"""A CRM in a story: it sends raw events over HTTP while simulated time goes by, and receives what is decided."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from service.domain.delivery.deliveries import Event
from tests.support.api import TENANT, Api
from tests.support.crm import a_cloud_event


@dataclass
class Story:
    """The CRM's side of the service; `tell` sends what happens now, `pass_time` lets time go by."""

    api: Api
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.api.client()

    @property
    def now(self) -> datetime:
        return self.api.clock.now()

    def pass_time(self, **duration: float) -> None:
        self.api.clock.forward(**duration)

    def go_to(self, moment: datetime) -> None:
        self.api.clock.at = moment

    def tell(self, event_type: str, subject: str, *, ago: timedelta = timedelta(0), **data: Any) -> dict[str, Any]:
        """Send one event, a second after the last; `ago` makes it a late one."""
        self.pass_time(seconds=1)
        envelope = a_cloud_event(event_type, subject, self.now - ago, data)
        response = self.client.post("/v1/events", json=envelope)
        assert response.status_code == 202, response.text
        return dict(response.json()["events"][0])

    def tell_all(self, *envelopes: dict[str, Any]) -> None:
        for start in range(0, len(envelopes), 500):
            batch = list(envelopes[start : start + 500])
            headers = {"Content-Type": "application/cloudevents-batch+json"}
            response = self.client.post("/v1/events", json=batch, headers=headers)
            assert response.status_code == 202, response.text

    def read(self, path: str) -> dict[str, Any]:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def told(self, *types: str) -> list[Event]:
        """What the CRM is told, in order."""
        with self.api.services.uow(write=False) as tx:
            return [event for event in tx.events.after(TENANT, None, 1_000) if event.type in types]
