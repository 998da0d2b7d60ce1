"""CRM events over a real connection, by the real clock, with the runner's own threads: when answer and act come.

What the answer costs beside a bare endpoint is measured by `make bench`; here it only must not wait for anything.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.bootstrap import build, demo_settings
from service.demo.crm import StubCrm
from service.demo.story import running
from tests.support.crm import a_cloud_event

PROMISE_S = 120.0  # the user's two minutes
RULE = "whitepaper_downloaded"


@dataclass
class Live:
    """A whole service on loopback, and the CRM that it tells."""

    client: httpx.Client
    crm: StubCrm

    def send(self, event_type: str, subject: str, **data: Any) -> datetime:
        """Send one event that happens now; when that was."""
        now = datetime.now(UTC)
        self.client.post("/v1/events", json=a_cloud_event(event_type, subject, now, data)).raise_for_status()
        return now

    def wait_for(self, rule: str, timeout_s: float) -> dict[str, Any] | None:
        """The first alert of the rule that arrives and is genuine."""
        inbox = self.crm.inbox

        def found() -> dict[str, Any] | None:
            return next((it for it in inbox.events if it["data"].get("rule") == rule), None)

        with inbox.arrived:
            inbox.arrived.wait_for(lambda: found() is not None, timeout_s)
            return found()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with StubCrm() as crm:
        installation = build(demo_settings(tmp_path_factory.mktemp("service"), crm_port=crm.port))
        with running(installation) as (address, key):
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60) as client:
                told = {"url": f"http://127.0.0.1:{crm.port}/hooks", "payload": "full"}
                crm.inbox.secret = client.post("/v1/webhook-endpoints", json=told).json()["secret"]
                yield Live(client, crm)


@pytest.mark.timeout(300)
def test_a_white_papers_pack_is_at_the_crm_within_two_real_minutes(live: Live) -> None:
    for number in range(3):
        live.send(
            "opportunity.won", f"opportunity/w-{number}", name=f"储能项目{number}", industry="储能", amount=10_000
        )
    live.send("account.created", "account/acc-1", name="云杉新能源", industry="储能", owner_id="rep-1")
    began = time.monotonic()
    downloaded = live.send("content.downloaded", "account/acc-1", content_type="whitepaper", title="工商业储能白皮书")

    pack = live.wait_for(RULE, PROMISE_S)
    assert time.monotonic() - began < PROMISE_S
    assert pack is not None
    assert datetime.fromisoformat(pack["timestamp"]) - downloaded < timedelta(seconds=PROMISE_S)
    assert pack["data"]["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]
    assert len(pack["data"]["details"]["cases"]) == 3
    assert live.crm.inbox.refused == 0


@pytest.mark.timeout(300)
def test_an_event_is_answered_without_waiting_for_the_rules_it_sets_off(live: Live) -> None:
    """By how many times a bare answer takes on the same connection: a busy machine slows both. `make bench` says 10."""
    bare, taken = [], []
    for number in range(40):
        began = time.perf_counter()
        live.client.get("/healthz").raise_for_status()
        between = time.perf_counter()
        live.send("opportunity.updated", f"opportunity/o-{number % 7}", stage="报价", amount=number)
        bare.append(between - began)
        taken.append(time.perf_counter() - between)
    assert statistics.median(taken) < 50 * statistics.median(bare)
