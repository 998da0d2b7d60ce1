"""How the soak counts: every event once, refusals by their status, shares by Jain's index."""

from collections.abc import Callable

import httpx
import pytest

from tests.soak import tenants
from tests.soak.phases import fill, refusals
from tests.soak.tenants import PAGE, Tenant, jain


class Service:
    """Takes visits and tells of them in the order they came, a share of them with each look; read after a cursor."""

    def __init__(self, *, each_look: int = 0, most: int = 1_000_000) -> None:
        self.types, self.taken, self.asked_from = list[str](), 0, list[int]()
        self._each_look, self._most = each_look, most

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"id": "vis"})
        if request.method == "PUT":
            if self.taken >= self._most:
                return httpx.Response(429, json={"code": "queue_full"})
            self.taken += 1
            return httpx.Response(202, json={})
        self.types += ["visit.analyzed"] * min(self._each_look, self.taken - len(self.types))
        begin = int(request.url.params.get("after", "0"))
        self.asked_from.append(begin)
        found = self.types[begin : begin + int(request.url.params["limit"])]
        items = [
            {"type": type_, "id": str(begin + place), "timestamp": "2026-03-02T10:00:00Z"}
            for place, type_ in enumerate(found, start=1)
        ]
        return httpx.Response(200, json={"items": items})


def a_tenant(service: Callable[[httpx.Request], httpx.Response]) -> Tenant:
    return Tenant("t", "key", httpx.Client(base_url="http://service", transport=httpx.MockTransport(service)))


def test_an_event_is_read_once_however_many_pages_there_are() -> None:
    service = Service()
    service.types = ["visit.analyzed", "alert.raised"] * PAGE
    tenant = a_tenant(service)

    assert (tenant.read(), tenant.read()) == (PAGE, 0)
    assert service.asked_from == [0, PAGE, 2 * PAGE, 2 * PAGE]


def test_filling_goes_on_until_as_much_waits_as_wanted_though_some_is_finished_meanwhile() -> None:
    service = Service(each_look=40)
    tenant = a_tenant(service)

    fill(tenant, 100)

    assert tenant.waiting >= 99
    assert tenant.sent > 100


def test_a_refused_visit_is_a_fault_and_not_counted_as_sent() -> None:
    tenant = a_tenant(Service(most=2))
    for _ in range(3):
        tenant.send()

    assert tenant.sent == 2
    assert refusals([tenant]) == ["1 × 429 queue_full where a visit was sent"]


def test_who_is_told_to_come_back_does_so_and_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants, "REST_S", 0.0)
    answers = iter([503, 201, 503, 202])
    busy = a_tenant(lambda request: httpx.Response(next(answers), json={"id": "vis", "code": "database_busy"}))

    assert busy.send()
    assert busy.put_off == {"503 database_busy": 2}
    assert refusals([busy]) == []


def test_waiting_ends_when_nothing_is_told_any_more() -> None:
    tenant = a_tenant(Service(each_look=1))
    for _ in range(2):
        tenant.send()

    assert tenant.until(2, quiet_s=5)
    assert not tenant.until(3, quiet_s=0.01)


@pytest.mark.parametrize(
    ("shares", "index"),
    [([50, 50, 50], 1.0), ([10, 0, 0, 0, 0], 0.2), ([2, 1], 0.9), ([0, 0], 0.0)],
    ids=["even", "all to one of five", "twice as much", "nothing was done"],
)
def test_jains_index_is_one_for_equal_shares_and_one_nth_for_one_winner(shares: list[int], index: float) -> None:
    assert jain(shares) == pytest.approx(index)
