"""Order for any load: pages without gaps or repeats, and no tenant served ahead of another by more than one run."""

from datetime import timedelta
from itertools import combinations, count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from service.domain.stages import StageRun
from tests.support.builders import a_run, a_visit
from tests.support.fakes import NOON

NUMBERS = count(1)
ON_ONE_DATABASE = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""Every example brings tenants of its own, so that one database serves them all."""
LOADS = st.lists(st.lists(st.sampled_from([1.0, 5.0, 60.0]), min_size=1, max_size=5), min_size=2, max_size=3)


def fresh(prefix: str) -> str:
    return f"{prefix}_{next(NUMBERS):032x}"


def pages(uow: UnitOfWorkFactory, tenant_id: str, limit: int, *, add_between: bool = False) -> list[str]:
    """The ids of all visits, read page by page."""
    found: list[str] = []
    after: str | None = None
    while True:
        with uow() as tx:
            page = [visit.id for visit in tx.visits.page(tenant_id, Page(limit, after))]
            if add_between:
                tx.visits.add(a_visit(id=fresh("vis"), tenant_id=tenant_id))
        found += page
        if len(page) < limit:
            return found
        after = page[-1]


@ON_ONE_DATABASE
@given(st.integers(0, 9), st.integers(1, 4))
def test_pages_of_any_size_are_the_whole_list_newest_first(uow: UnitOfWorkFactory, size: int, limit: int) -> None:
    tenant_id = fresh("ten")
    ids = [fresh("vis") for _ in range(size)]
    with uow() as tx:
        for visit_id in ids[::2] + ids[1::2]:
            tx.visits.add(a_visit(id=visit_id, tenant_id=tenant_id))
        tx.visits.add(a_visit(id=fresh("vis"), tenant_id=fresh("ten")))
    assert pages(uow, tenant_id, limit) == sorted(ids, reverse=True)


@ON_ONE_DATABASE
@given(st.integers(0, 7), st.integers(1, 3))
def test_what_arrives_while_someone_pages_moves_nothing(uow: UnitOfWorkFactory, size: int, limit: int) -> None:
    tenant_id = fresh("ten")
    ids = [fresh("vis") for _ in range(size)]
    with uow() as tx:
        for visit_id in ids:
            tx.visits.add(a_visit(id=visit_id, tenant_id=tenant_id))
    assert pages(uow, tenant_id, limit, add_between=True) == sorted(ids, reverse=True)


def queue_all(uow: UnitOfWorkFactory, loads: list[list[float]]) -> dict[str, list[float]]:
    """One tenant a load, the whole load queued before the next tenant comes; tenant to the weights of its runs."""
    tenants = {fresh("ten"): load for load in loads}
    with uow() as tx:
        for tenant_id, load in tenants.items():
            for weight_s in load:
                number = next(NUMBERS)
                run = a_run(number, "analyse", tenant_id=tenant_id, visit_id=f"vis_{number:032x}", recording_id=None)
                tx.runs.enqueue(run, weight_s=weight_s)
    return tenants


def claim_all(uow: UnitOfWorkFactory) -> list[StageRun]:
    """Every due run, in the order they are handed out."""
    claimed: list[StageRun] = []
    while True:
        with uow() as tx:
            run = tx.runs.claim("fast", "me", NOON + timedelta(seconds=1))
            if run is None:
                return claimed
            tx.runs.finish(run.id, run.fence, {})
        claimed.append(run)


@ON_ONE_DATABASE
@given(LOADS)
def test_tenants_that_both_wait_are_served_alike_by_weight(uow: UnitOfWorkFactory, loads: list[list[float]]) -> None:
    """Start-time fair queueing: the work given to two waiting tenants differs by their two largest runs at most."""
    tenants = queue_all(uow, loads)
    left = {tenant_id: len(load) for tenant_id, load in tenants.items()}
    served = dict.fromkeys(tenants, 0.0)
    for run in claim_all(uow):
        served[run.tenant_id] += tenants[run.tenant_id][len(tenants[run.tenant_id]) - left[run.tenant_id]]
        left[run.tenant_id] -= 1
        for one, other in combinations([tenant_id for tenant_id, runs in left.items() if runs], 2):
            assert abs(served[one] - served[other]) <= max(tenants[one]) + max(tenants[other])
    assert set(left.values()) == {0}


@ON_ONE_DATABASE
@given(LOADS)
def test_a_tenants_own_runs_are_served_in_the_order_they_came(uow: UnitOfWorkFactory, loads: list[list[float]]) -> None:
    tenants = queue_all(uow, loads)
    claimed = claim_all(uow)
    for tenant_id in tenants:
        own = [run.id for run in claimed if run.tenant_id == tenant_id]
        assert own == sorted(own)
    assert len(claimed) == sum(map(len, loads))
