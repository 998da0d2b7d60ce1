"""The demo CRM's story: the same each time, never ahead of its day, and full enough for every board."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.adapters.content.loader import load_content
from service.demo.crm_story import DEALS_A_REP, LEADS, TOLD_BACK, read_in_pieces, tell_crm
from service.demo.seed_crm import seed_crm
from service.domain.crm.cloudevents import from_envelope
from service.domain.months import month_of
from service.settings import ROOT
from service.usecases.crm.read_board import read_board
from service.usecases.crm.read_metrics import read_metric
from tests.support.api import Api, make_api
from tests.support.builders import OTHER_TENANT, TENANT

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
REPS = ("rep-lin", "rep-zhou", "rep-su", "rep-jiang")
STORY = tell_crm(REPS, now=NOW)


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return make_api(tmp_path, load_content(ROOT / "prompts"))


def test_the_same_day_tells_the_same_story_in_the_order_of_the_calendar() -> None:
    assert tell_crm(REPS, now=NOW) == STORY
    assert len({envelope["id"] for envelope in STORY}) == len(STORY)
    times = [datetime.fromisoformat(envelope["time"]) for envelope in STORY]
    assert times == sorted(times)
    assert NOW - timedelta(days=92) < times[0] <= NOW - TOLD_BACK
    assert times[-1] < NOW


def test_every_envelope_is_one_that_a_crm_may_send() -> None:
    events = [from_envelope(envelope, now=NOW) for envelope in STORY]
    kinds = Counter(event.type for event in events)
    assert kinds["opportunity.created"] == DEALS_A_REP * len(REPS)
    assert kinds["lead.created"] == LEADS
    for kind in ("evidence.submitted", "quote.submitted", "payment.received", "opportunity.won", "task.done"):
        assert kinds[kind] >= 2, kind
    assert {event.owner_id for event in events} == set(REPS)
    assert len({month_of(event.occurred_at) for event in events}) >= 3


def test_pieces_hold_everything_once() -> None:
    pieces = list(read_in_pieces(STORY, 100))
    assert [envelope for piece in pieces for envelope in piece] == STORY
    assert max(map(len, pieces)) == 100


def test_a_tenant_is_told_once_though_days_lie_between(api: Api) -> None:
    assert seed_crm(api.services, tenant_id=TENANT, reps=REPS) > 500
    before = set(api.database.state.crm_events)
    api.clock.forward(days=3, hours=5)
    assert seed_crm(api.services, tenant_id=TENANT, reps=REPS) == 0
    assert set(api.database.state.crm_events) == before
    assert seed_crm(api.services, tenant_id=OTHER_TENANT, reps=REPS) > 500, "another tenant hears its own"


def test_boards_metrics_and_alerts_have_something_to_show(api: Api) -> None:
    seed_crm(api.services, tenant_id=TENANT, reps=REPS)
    now, content = api.clock.now(), api.services.content
    with api.services.uow(write=False) as tx:
        cards = read_board(tx, content, TENANT, "hospital_admission", now=now)
        shown = [
            it for it in content.metrics if read_metric(tx, api.services, TENANT, it, now=now).now.value is not None
        ]
    assert len({card.standing.state.current for card in cards}) >= 4
    assert {card.health.band.color for card in cards if card.health} >= {"red", "green"}
    assert len(shown) >= 8
    alerts = api.client().get("/v1/alerts?limit=100").json()["items"]
    assert "budget_node_stale" in {alert["rule"] for alert in alerts}
    assert all(alert["owner_id"] in REPS for alert in alerts if alert["owner_id"])


@pytest.mark.parametrize("days", [0, 5, 10])
def test_fewer_days_of_tasks_leave_the_deals_and_leads_as_they_were(days: int) -> None:
    short = tell_crm(REPS, now=NOW, task_days=days)
    kinds = ("opportunity/", "lead/", "quote/", "payment/", "account/")

    def told(story: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in story if one["subject"].startswith(kinds)]

    assert told(short) == told(STORY)
    since = (NOW - timedelta(days=days + 1)).isoformat()
    tasks = [one for one in STORY if one["subject"].startswith("task/") and one["type"] == "task.planned"]
    kept = [one for one in short if one["subject"].startswith("task/") and one["type"] == "task.planned"]
    assert {one["id"] for one in kept} <= {one["id"] for one in tasks}
    assert all(one["time"] > since for one in kept)
    assert bool(kept) is (days > 0)
